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
    /// By their signed times, none of them later than its reader's clock was.
    private var newestMs = Int64.min

    package init() {}

    /// What a believed word is worth.
    package enum Verdict: Sendable, Equatable {
        case news
        /// The last word of its process once more: it tells nothing.
        case known
        /// It does not count, and why.
        case refused(String)
    }

    /// Takes in a believed word.
    ///
    /// - Parameter referenceMs: when it was heard by the reader's clock, or appended if it stood
    ///   there before. A word from a clock ahead of it counts as said then: it must not make those
    ///   of the next process late.
    package mutating func take(_ record: StatusRecord, referenceMs: Int64) -> Verdict {
        guard let sequence = record.sequence else { return .refused("it bears no number") }
        let id = record.incarnation.id
        if let known = last.firstIndex(where: { $0.id == id }) {
            let newest = last[known].sequence
            guard newest != .max else { return .refused("its process has stopped") }
            guard sequence != newest else { return .known }
            guard sequence > newest else {
                return .refused("it was said before others of its process")
            }
            last.remove(at: known)
        } else {
            let (bound, overflow) = newestMs.subtractingReportingOverflow(Self.toleranceMs)
            guard overflow || record.sentAtMs >= bound else {
                return .refused(
                    "it was said long before what another process of the slot said: an old word, "
                        + "or one from a clock that is behind")
            }
            if last.count == Self.processesMax { last.removeFirst() }
        }
        last.append((id, sequence))
        newestMs = max(newestMs, min(record.sentAtMs, referenceMs))
        return .news
    }

    /// A process said that it stops: no word of it is news any more, heard before or not.
    ///
    /// - Returns: whether that is news.
    @discardableResult
    package mutating func end(_ incarnation: String) -> Bool {
        if let known = last.firstIndex(where: { $0.id == incarnation }) {
            defer { last[known].sequence = .max }
            return last[known].sequence != .max
        }
        if last.count == Self.processesMax { last.removeFirst() }
        last.append((incarnation, .max))
        return true
    }

    package static func == (left: HeartbeatOrder, right: HeartbeatOrder) -> Bool {
        left.newestMs == right.newestMs
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
