/// Until when a transaction may take to end, and how long it may then take to be taken back.
///
/// A value; the clock comes from outside, in monotonic nanoseconds.
package struct TransactionDeadline: Equatable {
    private var end: UInt64
    private var isTakenBack = false

    /// - Parameter expiresAt: when its coordinator would take it back; nil for one without records.
    package init(expiresAt: UInt64?) { end = expiresAt ?? .max }

    /// A stop or a revocation has a time of its own.
    ///
    /// What is taken back is not hurried.
    package mutating func noLater(than other: UInt64) {
        if !isTakenBack { end = min(end, other) }
    }

    /// Whether its time is over.
    ///
    /// Each time that it is, another begins, in which it is taken back, so that readers need not
    /// wait for the coordinator's own end of it.
    package mutating func passes(at now: UInt64) -> Bool {
        guard now >= end else { return false }
        end = now &+ Self.takingBackNs
        isTakenBack = true
        return true
    }

    package static let takingBackNs: UInt64 = 2_000_000_000
}
