/// The signals that Swerve's processes send each other, with Linux's numbers.
package enum ProcessSignal: Int32, Sendable {
    case hangUp = 1
    /// Ctrl-C.
    case interrupt = 2
    case kill = 9
    /// SIGUSR1, to a worker: end, and give the place in the group back; to a supervisor: log at
    /// the next level.
    case firstUser = 10
    /// SIGUSR2, to a worker: log at the next level.
    case secondUser = 12
    /// The polite request to end.
    case terminate = 15
}
