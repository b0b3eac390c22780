/// How many events of a kind may have their full effect: a burst, and then so many a second.
///
/// What strangers cause beyond that is counted, and costs nothing more. A value that is told the
/// time.
package struct EventBudget: Sendable, Equatable {
    private let burst: UInt64
    private let everyNs: UInt64
    /// The time at which the budget is whole again.
    private var wholeAt: UInt64 = 0
    /// Events beyond the budget since the last one within it.
    package private(set) var refused = 0

    /// - Parameters:
    ///   - burst: events that may come at once; at least 1.
    ///   - everyNs: nanoseconds after which one more may come.
    package init(burst: Int, everyNs: UInt64) {
        precondition(burst > 0)
        self.burst = UInt64(burst)
        self.everyNs = everyNs
    }

    /// Whether an event at `now`, in monotonic nanoseconds, is within the budget.
    package mutating func take(at now: UInt64) -> Bool {
        let from = max(wholeAt, now)
        guard from &- now <= (burst - 1) &* everyNs else {
            refused += 1
            return false
        }
        wholeAt = from &+ everyNs
        return true
    }

    /// How many events were refused since this was asked last.
    package mutating func takeRefused() -> Int {
        defer { refused = 0 }
        return refused
    }
}
