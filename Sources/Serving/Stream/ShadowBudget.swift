/// How much of the poll thread's time a shadow may take: a value that is told the time.
///
/// Credit grows with the clock, `percent` of what goes by, up to what `windowNs` gives, so that an
/// idle hour does not pay for a long gap between two polls: a batch may take 33 ms at 25 %, a
/// quarter of which comes in meanwhile. What a slice of records took beyond the credit is paid back
/// before the next. A worker that is behind gives its shadow nothing.
package struct ShadowBudget: Sendable {
    package static let windowNs: UInt64 = 100_000_000

    private let percent: Int64
    private let creditMaxNs: Int64
    private var creditNs: Int64
    private var now: UInt64 = 0

    /// - Parameter percent: 0 … 100; at 0 the shadow never scores.
    package init(percent: Int) {
        self.percent = Int64(percent)
        creditMaxNs = Int64(Self.windowNs) * Int64(percent) / 100
        creditNs = creditMaxNs
    }

    /// A batch's records wait for the shadow: whether any of them may be scored.
    package mutating func begin(at now: UInt64, isBehind: Bool) -> Bool {
        pass(until: now)
        return !isBehind && creditNs > 0
    }

    /// Since the last word the shadow scored: whether it may go on.
    package mutating func scored(until now: UInt64) -> Bool {
        creditNs -= Int64(clamping: now &- self.now)
        pass(until: now)
        return creditNs > 0
    }

    private mutating func pass(until now: UInt64) {
        if self.now > 0 {
            let gone = Int64(clamping: now &- self.now) / 100 * percent
            creditNs = min(creditMaxNs, creditNs + min(gone, Self.debtMaxNs))
        }
        self.now = now
    }

    /// Whatever a slice took is paid back by then.
    private static let debtMaxNs: Int64 = 3_600_000_000_000
}
