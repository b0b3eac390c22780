internal import Scoring

/// Takes a record's bytes for the text, whatever they are: no parts, no numbers, no id.
///
/// For one thread. The memory, one record's, is taken at the start.
@safe
package final class TextRecordDecoder {
    private let limitBytes: Int
    private let memory: UnsafeMutableBufferPointer<UInt8>
    private var length = 0
    private var prepared: PreparedWants?

    init(limitBytes: Int) {
        self.limitBytes = limitBytes
        unsafe memory = .allocate(capacity: limitBytes)
    }

    deinit { unsafe memory.deallocate() }

    func install(_ prepared: PreparedWants) {
        self.prepared = prepared
        length = 0
    }

    func decode(_ record: UnsafeBufferPointer<UInt8>?) -> RejectReason? {
        length = 0
        guard let record = unsafe record, let source = record.baseAddress,
            let target = unsafe memory.baseAddress
        else { return .nullPayload }
        guard record.count <= limitBytes else { return .tooLarge(limitBytes: limitBytes) }
        guard record.count > 0 else { return .emptyPayload }
        guard prepared?.views.contains(.text) ?? true else { return .textNotNumbers }
        unsafe target.update(from: source, count: record.count)
        length = record.count
        return nil
    }

    func input(of position: Int) -> ScoringInput {
        guard length > 0, prepared?.wants[position].views.contains(.text) ?? true else {
            return ScoringInput()
        }
        return unsafe ScoringInput(text: UnsafeBufferPointer(rebasing: memory[..<length]))
    }

    /// A text gives no numbers, whichever are wanted.
    func refusal(of position: Int, _ views: InputViews) -> RejectReason { .textNotNumbers }
}
