import FoundationEssentials
import Inputs
package import Lifecycle

/// Reads cases of records, one JSON document a line, and says what the worker's own decoders make
/// of each: `swerve decode`.
///
/// For tests of formats against other implementations. One thread, blocking.
package enum DecodedCases {
    /// What a file's cases are.
    package enum Kind: String, Sendable, CaseIterable {
        /// Formats of logs: whether each is taken.
        case logFormats = "log_formats"
        /// Lines of logs, each with its format.
        case logLines = "log_lines"
        /// Schemas of Avro: whether each is taken.
        case avroSchemas = "avro_schemas"
        /// Records of Avro; their schemas are in `avro_schemas.jsonl` of the same folder.
        case avroRecords = "avro_records"
        /// The same, of damaged records.
        case avroFuzz = "avro_fuzz"
        /// Predictions, and what they are in Avro.
        case predictions
    }

    /// Hands over `{"id":…,"got":{…}}` for each case of the file at `path` (nil: standard input).
    ///
    /// - Throws: `SwerveError.invalid` at the first line that is no case; what reading throws.
    package static func read(
        _ kind: Kind, of path: String?, _ emit: (JSONValue) -> Void
    ) throws(SwerveError) {
        let avro = AvroCases()
        if kind == .avroRecords || kind == .avroFuzz {
            let folder = path?.lastIndex(of: "/").map { path?[...$0] ?? "" } ?? ""
            try forEach(of: folder + AvroCases.schemasFile) { document, act throws(SwerveError) in
                try avro.add(document, act: act)
            }
        }
        try forEach(of: path) { document, act throws(SwerveError) in
            let got = try got(kind, document, avro: avro, act: act)
            emit(["id": document["id"] ?? .null, "got": got])
        }
    }

    private static func forEach(
        of path: String?, _ body: (JSONValue, String) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        let reader = try FileLineReader(path: path)
        try reader.forEach { number, line throws(SwerveError) in
            guard !line.isEmpty else { return true }
            let act = "reading case \(number) of \(reader.name)"
            var bytes: [UInt8] = []
            for index in line.indices { bytes.append(line[index]) }
            try body(try JSONValue(parsing: bytes, act: act), act)
            return true
        }
    }

    /// The one place where a kind of cases gets its decoder.
    ///
    /// - Parameter avro: knows the schemas of `avroRecords`.
    package static func got(
        _ kind: Kind, _ document: JSONValue, avro: AvroCases = AvroCases(), act: String
    ) throws(SwerveError) -> JSONValue {
        switch kind {
        case .logFormats: LogCase.format(of: document)
        case .logLines: try LogCase.line(of: document, act: act)
        case .avroSchemas: try AvroCases.schema(of: document, act: act)
        case .avroRecords, .avroFuzz: try avro.record(of: document, act: act)
        case .predictions: try PredictionCase.avro(of: document, act: act)
        }
    }

    /// Bytes as a text where they are one, else as base64.
    static func text(_ bytes: [UInt8]) -> [String: JSONValue] {
        if let text = String(validating: bytes, as: UTF8.self) { return ["text": .string(text)] }
        return ["text_b64": .string(Data(bytes).base64EncodedString())]
    }

    /// A number, with words for what JSON has no number for; null for an absent one.
    static func number(_ value: Double) -> JSONValue {
        if value.isNaN { return .null }
        guard value.isInfinite else { return .double(value) }
        return value > 0 ? "inf" : "-inf"
    }

    static func bytes(base64: JSONValue?) -> [UInt8]? {
        base64?.string.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
    }
}
