package import Logging

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
    package var kafka: @Sendable (Bool, String) -> Void {
        { isError, line in
            if isError { logger.warning("kafka: \(line)") } else { logger.debug("kafka: \(line)") }
        }
    }
}
