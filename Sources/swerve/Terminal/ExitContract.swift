import Lifecycle

/// The exit codes, a contract of the command line.
enum ExitContract {
    static let done: Int32 = 0
    static let failed: Int32 = 1
    static let notConverged: Int32 = 2
    /// No promise is known to be broken, and not all of them could be decided.
    static let undecided: Int32 = 3
    static let usage: Int32 = 64

    static func code(of error: SwerveError) -> Int32 {
        switch error.code {
        // A file that the configuration names: the next command would end alike. A secret may be
        // written just now, and then it passes; a worker's supervisor starts it again.
        case _ where error.problem?.kind == .namedFileUnusable && !error.isRetryable: usage
        case .usage: usage
        case .timedOut: notConverged
        default: failed
        }
    }
}
