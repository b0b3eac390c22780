import Platform
import SchemaRegistry

/// A log of a schema registry whose lines a test reads.
struct KeptLog: Sendable {
    private final class Lines: Sendable { let lines = Guarded<[String]>([]) }

    private let lines = Lines()
    let log: SchemaLog

    /// - Parameter keepsDetails: whether the lines are kept that few people read.
    init(keepsDetails: Bool = false) {
        let lines = lines
        log = SchemaLog { news, line in
            let level: String
            switch news {
            case .detail:
                guard keepsDetails else { return }
                level = "debug"
            case .info: level = "info"
            case .warning, .ofStrangers: level = "warning"
            case .error: level = "error"
            }
            lines.lines.withLock { $0.append("\(level): \(line)") }
        }
    }

    /// Each as `level: line`, in order.
    var all: [String] { lines.lines.withLock { $0.map { $0 } } }

    /// One that is no log line, such as what a folder warns of.
    func note(_ line: String) { lines.lines.withLock { $0.append(line) } }
}
