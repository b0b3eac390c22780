/// How a service ended.
package struct SupervisorOutcome: Sendable, Equatable {
    /// Of the whole service: 0 after a clean stop, else what `WorkerExit` says, or 1.
    package let exitCode: Int32
    /// Why, in one line; empty after a clean stop.
    package let reason: String

    package init(exitCode: Int32, reason: String) {
        self.exitCode = exitCode
        self.reason = reason
    }
}
