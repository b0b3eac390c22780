/// Which signed words of one slot are news: a value without a clock.
///
/// Anybody who may write to the status topic can send an old record again, under its own signature.
/// So of one process a word counts that is later than all before, by its number; and of a process
/// that was not heard yet, one that was not said long before the newest word of the slot.
package struct HeartbeatOrder: Sendable, Equatable {
    /// How far the clocks of two machines may be apart, and a heartbeat late.
    package static let toleranceMs: Int64 = 10_000

    /// By process, the one heard last behind the others.
    private var last: [(id: String, sequence: Int64)] = []
    private var newestSentAtMs = Int64.min

    package init() {}

    /// Takes in a believed word.
    ///
    /// - Returns: whether it is news; nothing else of the slot counts.
    package mutating func take(_ record: StatusRecord) -> Bool {
        guard let sequence = record.sequence else { return false }
        let id = record.incarnation.id
        if let known = last.firstIndex(where: { $0.id == id }) {
            guard sequence > last[known].sequence else { return false }
            last.remove(at: known)
        } else {
            let (bound, overflow) = newestSentAtMs.subtractingReportingOverflow(Self.toleranceMs)
            guard overflow || record.sentAtMs >= bound else { return false }
            if last.count == Self.processesMax { last.removeFirst() }
        }
        last.append((id, sequence))
        newestSentAtMs = max(newestSentAtMs, record.sentAtMs)
        return true
    }

    /// A process said that it stops: no word of it is news any more.
    package mutating func end(_ incarnation: String) {
        guard let known = last.firstIndex(where: { $0.id == incarnation }) else { return }
        last[known].sequence = .max
    }

    package static func == (left: HeartbeatOrder, right: HeartbeatOrder) -> Bool {
        left.newestSentAtMs == right.newestSentAtMs
            && left.last.elementsEqual(right.last) { $0 == $1 }
    }

    /// When a believed word was said, by the reader's clock.
    ///
    /// The signed time counts, and not the broker's. Where the two clocks are no further apart than
    /// is tolerated it was said as it was heard.
    ///
    /// - Parameter reference: when it was heard, or appended if it stood there before.
    /// - Returns: nil where it was said in the future, and so says nothing.
    package static func saidAtMs(_ sentAtMs: Int64, reference: Int64) -> Int64? {
        let (early, tooEarly) = reference.subtractingReportingOverflow(toleranceMs)
        let (late, tooLate) = reference.addingReportingOverflow(toleranceMs)
        if !tooLate, sentAtMs > late { return nil }
        return tooEarly || sentAtMs >= early ? reference : sentAtMs
    }

    private static let processesMax = 8
}
