/// Until when what is out may be waited for: a value that is told the time.
///
/// A revocation waits for as long as the configuration says. A stop has as long from when it was
/// asked for, whoever waits, and less where the brokers were away before: what they have not taken
/// for so long they will not take in what is left. All times are in monotonic nanoseconds.
package struct DrainDeadline: Sendable {
    /// A stop, as it stands now.
    package struct Stop: Sendable {
        package var askedAt: UInt64
        /// Since when no broker is connected; nil where one is.
        package var awaySince: UInt64?

        package init(askedAt: UInt64, awaySince: UInt64? = nil) {
            self.askedAt = askedAt
            self.awaySince = awaySince
        }
    }

    private let limitNs: UInt64
    private var metAt: UInt64?

    package init(limitMs: Int) { limitNs = UInt64(clamping: limitMs) &* 1_000_000 }

    /// - Parameter begunAt: when whoever waits began to.
    package mutating func end(_ stop: Stop?, begunAt: UInt64) -> UInt64 {
        guard let stop else { return begunAt &+ limitNs }
        let metAt = metAt ?? begunAt
        self.metAt = metAt
        var end = stop.askedAt &+ limitNs
        if let awaySince = stop.awaySince, awaySince < stop.askedAt {
            end = min(end, awaySince &+ limitNs)
        }
        // What was being scored as the stop came is to have a moment too.
        return max(end, metAt &+ min(limitNs, Self.leastNs))
    }

    package static let leastNs: UInt64 = 1_000_000_000
}
