import Inputs

/// What a parser makes of one record, copied out of its buffers.
struct Parsed: Equatable {
    let outcome: RequestOutcome
    let text: [UInt8]
    let id: String?

    init(_ record: [UInt8], with parser: RequestParser) {
        // Exactly as many bytes as the record has: a sanitizer sees a step beyond them.
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: record.count)
        defer { unsafe bytes.deallocate() }
        _ = unsafe bytes.initialize(from: record)
        outcome = unsafe parser.parse(UnsafeBufferPointer(bytes))
        text = unsafe Array(parser.text)
        id = unsafe parser.id.map { unsafe String(decoding: $0, as: UTF8.self) }
    }

    init(_ record: String, with parser: RequestParser) {
        self.init(Array(record.utf8), with: parser)
    }

    var string: String { String(decoding: text, as: UTF8.self) }

    var reason: RejectReason? {
        guard case .rejected(let reason) = outcome else { return nil }
        return reason
    }
}
