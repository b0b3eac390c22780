import Inputs
import Lifecycle
import Scoring

/// What a decoder makes of one record, copied out of its buffers.
struct Parsed: Equatable {
    /// Nil where the record has a view; without the place of what is no JSON, which `fault` has.
    let reason: RejectReason?
    let fault: JSONFault?
    /// Of the first want; empty without.
    let text: [UInt8]
    let id: String?

    init(_ record: [UInt8], with decoder: RecordDecoder) {
        // Exactly as many bytes as the record has: a sanitizer sees a step beyond them.
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: record.count)
        defer { unsafe bytes.deallocate() }
        _ = unsafe bytes.initialize(from: record)
        let found = unsafe decoder.decode(UnsafeBufferPointer(bytes))
        if case .json(.malformed(let fault)) = found {
            self.fault = fault
            reason = .notJSON
        } else {
            fault = nil
            reason = found
        }
        text = unsafe Array(decoder.input.text)
        id = unsafe decoder.id.map { unsafe String(decoding: $0, as: UTF8.self) }
    }

    init(_ record: String, with decoder: RecordDecoder) {
        self.init(Array(record.utf8), with: decoder)
    }

    var string: String { String(decoding: text, as: UTF8.self) }
}

extension RejectReason {
    static let notJSON = RejectReason.json(.malformed(nil))
    static let notAnObject = RejectReason.json(.notAnObject)
    static let trailingContent = RejectReason.json(.trailingContent)
}

extension RecordDecoder {
    /// Makes ready and installs what records are read for.
    func want(_ wants: [InputWant], limitBytes: Int = Limits.requestBytes) throws {
        install(try PreparedWants(wants, for: InputSettings(limitBytes: limitBytes)))
    }
}
