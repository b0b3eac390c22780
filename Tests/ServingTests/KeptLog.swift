import Logging
import Platform
import Serving

/// A worker's log whose lines a test reads.
struct KeptLog: Sendable {
    private final class Lines: Sendable { let lines = Guarded<[String]>([]) }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level

        init(_ lines: Lines, _ level: Logger.Level) { (self.lines, logLevel) = (lines, level) }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.lines.withLock { $0.append("\(event.level): \(event.message)") }
        }
    }

    private let lines = Lines()
    let log: WorkerLog

    /// - Parameter level: what is below it is not kept.
    init(_ level: Logger.Level = .info) {
        let lines = lines
        log = WorkerLog(Logger(label: "worker") { _ in Handler(lines, level) })
    }

    /// Each as `level: line`, in order.
    var all: [String] { lines.lines.withLock { $0.map { $0 } } }

    /// One that is no log line, such as what a loader warns of.
    func note(_ line: String) { lines.lines.withLock { $0.append(line) } }
}
