import Lifecycle
import Platform

/// Whether somebody asked to stop: SIGINT, SIGTERM, a reader of the pipe that went away, or output
/// that cannot be written any more.
struct StopSign {
    private let signals: SignalWatch
    private let descriptors: [Int32]

    init() throws(SwerveError) {
        signals = try SignalWatch()
        // A pipe that is written to becomes ready when its reader is gone, and only then.
        let output = StandardStream.output
        descriptors = [signals.descriptor] + (output.isPipe ? [output.descriptor] : [])
    }

    /// - Parameter withinMs: how long to wait for it.
    func isGiven(withinMs: Int = 0) throws(SwerveError) -> Bool {
        guard !Terminal.isOutputLost else { return true }
        return try !Poll.waitForAny(descriptors, timeoutMs: withinMs).isEmpty
    }
}
