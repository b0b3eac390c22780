import Lifecycle
import Verification

/// What a kept run leaves of each topic, beside its registry.
struct KeptTopics {
    private var files: [String: (name: String, records: KeptRecords)]
    private let isKept: Bool

    init(_ topics: StreamTopics, ledger: String, isKept: Bool) {
        self.isKept = isKept
        func records(isJSON: Bool) -> KeptRecords { KeptRecords(isKept: isKept, isJSON: isJSON) }
        files = [
            topics.input: ("inputs", records(isJSON: false)),
            topics.output: ("predictions", records(isJSON: true)),
            topics.deadLetters: ("dead_letters", records(isJSON: false)),
            topics.status: ("status", records(isJSON: true)),
            topics.control: ("control", records(isJSON: true)),
            ledger: ("ledger", records(isJSON: true)),
        ]
    }

    mutating func append(_ record: StreamRecord, of topic: String) {
        files[topic]?.records.append(record)
    }

    func write(to workspace: DemoWorkspace) throws(SwerveError) {
        guard isKept else { return }
        for (name, records) in files.values {
            try workspace.write("\(name).jsonl", records.bytes)
        }
    }
}

/// The records of one topic as JSON lines of partition, offset, key and value.
struct KeptRecords {
    private let isKept: Bool
    /// Whether values are Swerve's own JSON and stand as such, or other people's bytes in a string.
    private let isJSON: Bool
    private(set) var bytes: [UInt8] = []

    init(isKept: Bool, isJSON: Bool) {
        self.isKept = isKept
        self.isJSON = isJSON
    }

    mutating func append(_ record: StreamRecord) {
        guard isKept else { return }
        let (partition, offset) = (record.place.partition, record.place.offset)
        bytes += Array(#"{"partition":\#(partition),"offset":\#(offset),"key":"#.utf8)
        appendText(record.key)
        bytes += Array(#","value":"#.utf8)
        switch record.value {
        case nil: bytes += Array("null".utf8)
        case .some(let value) where isJSON && value.first == UInt8(ascii: "{"): bytes += value
        case .some(let value): appendText(value)
        }
        bytes += Array("}\n".utf8)
    }

    /// Bytes that are not UTF-8 are shown with U+FFFD in their place.
    private mutating func appendText(_ text: [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        TextEncoding.writeJSON(Array(String(decoding: text, as: UTF8.self).utf8), to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }
}
