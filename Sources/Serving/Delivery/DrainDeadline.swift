/// Until when what is out may be waited for: a value that is told the time.
///
/// A revocation waits for as long as the configuration says. A stop waits once: the revocation that
/// comes with the consumer's close has what is left of the stop's own time.
package struct DrainDeadline: Sendable {
    private let limitNs: UInt64
    private var stopNs: UInt64?

    package init(limitMs: Int) { limitNs = UInt64(clamping: limitMs) &* 1_000_000 }

    /// In monotonic nanoseconds, as `now`.
    package mutating func begin(at now: UInt64, isStopping: Bool) -> UInt64 {
        guard isStopping else { return now &+ limitNs }
        let until = stopNs ?? now &+ limitNs
        stopNs = until
        return until
    }
}
