import Foundation
import Inputs

/// Inputs to begin with, out of the cases of a folder of vectors.
enum Seeds {
    static func write(of target: Target, from vectors: String, to folder: String) {
        var count = 0
        func put(_ bytes: [UInt8]) {
            guard bytes.count <= 4_096 else { return }
            do {
                try Data(bytes).write(to: URL(filePath: "\(folder)/vector-\(count)"))
                count += 1
            } catch {
                fail("\(error)")
            }
        }
        switch target {
        case .log:
            for (format, line) in lines(vectors) {
                let place = LogTarget.formats.firstIndex { $0.format == format }
                if let place { put([0x61 + UInt8(place)] + line) }
            }
        case .logFormat:
            for (format, line) in lines(vectors) {
                switch format {
                case .apache(let text): put(Array("0\(text)\n".utf8) + line)
                case .nginx(let text, let escape):
                    put(Array("\(escape == .json ? 2 : 1)\(text)\n".utf8) + line)
                }
            }
        case .avro: for bytes in avro(vectors) { put(bytes) }
        case .text: for (_, line) in lines(vectors) { put(line) }
        default: break
        }
    }

    private static func lines(_ folder: String) -> [(LogFormat, [UInt8])] {
        ["log_lines.jsonl", "log_real.jsonl"].flatMap { name in
            cases("\(folder)/\(name)").compactMap { document in
                guard let format = format(document["log"]) else { return nil }
                if let text = document["in"] as? String { return (format, Array(text.utf8)) }
                guard let base64 = document["in_b64"] as? String,
                    let data = Data(base64Encoded: base64)
                else { return nil }
                return (format, Array(data))
            }
        }
    }

    /// Cases of Avro with what they want and their schemas, references aside.
    private static func avro(_ folder: String) -> [[UInt8]] {
        var texts: [Int: String] = [:]
        for document in cases("\(folder)/avro_schemas.jsonl") {
            if let id = document["schema_id"] as? Int { texts[id] = document["schema"] as? String }
        }
        return ["avro_records.jsonl", "avro_fuzz.jsonl"].flatMap { cases("\(folder)/\($0)") }
            .compactMap { document in
                guard let id = document["schema_id"] as? Int, let text = texts[id],
                    let plan = document["plan"] as? [String: Any],
                    let base64 = document["value_b64"] as? String,
                    let value = Data(base64Encoded: base64)
                else { return nil }
                let names = (plan["fields"] as? [String: String] ?? [:]).map { "\($0)=\($1)" }
                let words = names.sorted() + (plan["numbers"] as? [String] ?? [])
                return Array((words.joined(separator: " ") + "\n" + text).utf8) + [0] + Array(value)
            }
    }

    private static func format(_ value: Any?) -> LogFormat? {
        if let name = value as? String { return try? LogFormat(named: name) }
        guard let words = value as? [String: String] else { return nil }
        return try? LogFormat(
            apache: words["apache"], nginx: words["nginx"], escape: words["escape"])
    }

    private static func cases(_ path: String) -> [[String: Any]] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return data.split(separator: 0x0A).compactMap {
            try? JSONSerialization.jsonObject(with: $0) as? [String: Any]
        }
    }
}
