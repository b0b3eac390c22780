/// Tells a second request from the first one that arrived twice.
///
/// A signal to a process group often comes a second time from the parent, which got it too and
/// hands it on: the same signal within a second of the one that counted counts once.
struct SignalRepeats {
    private var last: [Int32: UInt64] = [:]

    static let windowNs: UInt64 = 1_000_000_000

    /// Whether `signal`, read at `nowNs` (monotonic), is a request of its own.
    mutating func counts(_ signal: ProcessSignal, nowNs: UInt64) -> Bool {
        if let before = last[signal.rawValue], nowNs &- before < Self.windowNs { return false }
        last[signal.rawValue] = nowNs
        return true
    }
}
