package import Logging
import Platform

/// A worker's log lines, with the slot on each.
///
/// Any thread.
package struct WorkerLog: Sendable {
    private let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    package func info(_ line: String) { logger.info("\(line)") }
    package func warning(_ line: String) { logger.warning("\(line)") }
    package func error(_ line: String) { logger.error("\(line)") }

    /// For librdkafka's own lines: its errors are warnings here, since it goes on trying.
    ///
    /// With brokers away it repeats itself many times a second; one such line a second is told, and
    /// how many were not.
    package var kafka: @Sendable (Bool, String) -> Void {
        let throttle = Throttle()
        return { isError, line in
            guard isError else { return logger.debug("kafka: \(line)") }
            guard let untold = throttle.admit(at: MonotonicClock.now) else { return }
            logger.warning("kafka: \(line)\(untold > 0 ? " (and \(untold) more lines)" : "")")
        }
    }

    /// Lets one line a second through.
    private final class Throttle: Sendable {
        private let state = Guarded<(last: UInt64, untold: Int)>((0, 0))

        /// How many were held back before this one; nil where this one is held back.
        func admit(at now: UInt64) -> Int? {
            state.withLock { state in
                guard state.last == 0 || now &- state.last >= Self.intervalNs else {
                    state.untold += 1
                    return nil
                }
                defer { state = (now, 0) }
                return state.untold
            }
        }

        private static let intervalNs: UInt64 = 1_000_000_000
    }
}
