internal import Scoring

/// Takes a record's bytes for the text, whatever they are: no parts, no numbers, no id.
///
/// For one thread. The memory, one record's, is taken at the start.
@safe
package final class TextRecordDecoder {
    private let limitBytes: Int
    private let recordBytes: Int
    private let memory: UnsafeMutableBufferPointer<UInt8>
    private var length = 0
    private(set) var marks: RecordMarks = []
    private var prepared: PreparedWants?

    init(limitBytes: Int, recordBytes: Int) {
        self.limitBytes = limitBytes
        self.recordBytes = recordBytes
        unsafe memory = .allocate(capacity: limitBytes)
    }

    deinit { unsafe memory.deallocate() }

    func install(_ prepared: PreparedWants) {
        self.prepared = prepared
        length = 0
    }

    func decode(_ record: UnsafeBufferPointer<UInt8>?) -> RejectReason? {
        length = 0
        marks = []
        guard let record = unsafe record, let source = record.baseAddress,
            let target = unsafe memory.baseAddress
        else { return .nullPayload }
        guard record.count <= recordBytes else { return .tooLarge(limitBytes: recordBytes) }
        guard record.count > 0 else { return .emptyPayload }
        guard prepared?.views.contains(.text) ?? true else { return .textNotNumbers }
        length = unsafe Self.beginning(of: record, limitBytes: limitBytes)
        if length < record.count { marks = .truncated }
        unsafe target.update(from: source, count: length)
        return nil
    }

    /// How many bytes of a text are taken: those up to the limit, but for a code point that would
    /// be cut.
    ///
    /// Bytes that are no UTF-8 are cut where the limit is.
    static func beginning(
        of text: UnsafeBufferPointer<UInt8>, limitBytes: Int
    ) -> Int {
        guard text.count > limitBytes else { return text.count }
        for back in 0..<min(4, limitBytes) {
            let byte = unsafe text[limitBytes - back]
            if byte & 0xC0 == 0x80 { continue }
            return back == 0 || byte >= 0xC0 ? limitBytes - back : limitBytes
        }
        return limitBytes
    }

    func input(of position: Int) -> ScoringInput {
        guard length > 0, prepared?.wants[position].views.contains(.text) ?? true else {
            return ScoringInput()
        }
        var input = unsafe ScoringInput(text: UnsafeBufferPointer(rebasing: memory[..<length]))
        prepared?.takeNoTexts(of: position, into: &input)
        return input
    }

    /// A text gives no numbers, whichever are wanted.
    func refusal(of position: Int, _ views: InputViews) -> RejectReason { .textNotNumbers }
}
