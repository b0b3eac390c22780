/// What to run as a child process, and what it gets.
package struct ChildCommand: Sendable {
    /// What a child's standard stream is.
    package enum Stream: Sendable, Equatable {
        /// The parent's own.
        case inherit
        /// /dev/null.
        case null
        /// A pipe whose other end is a property of the `ChildProcess`.
        case pipe
    }

    /// A path; never searched for in PATH.
    package var executable: String
    /// Without the program's own name.
    package var arguments: [String]
    /// The program's own name, argv[0]; nil is `executable`.
    package var name: String?
    /// nil hands on the parent's environment.
    package var environment: [String: String]?
    package var standardInput: Stream = .null
    package var standardOutput: Stream = .null
    package var standardError: Stream = .inherit
    /// Whether descriptor 3 of the child is a pipe that ends with this process (`ParentLifeline`).
    package var hasLifeline = false
    /// Whether a Ctrl-C at the terminal reaches the parent alone, which then decides.
    package var hasOwnProcessGroup = false
    /// Whether the child ignores SIGHUP from its first instruction, where this process ignores it.
    package var keepsHangUpIgnored = false
    /// Whether SIGUSR1 and SIGUSR2 wait for the child to take them (`SignalWatch`); they end it
    /// otherwise, as long as it has not come as far.
    package var holdsUserSignals = false

    package init(
        executable: String, arguments: [String] = [], name: String? = nil,
        environment: [String: String]? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.name = name
        self.environment = environment
    }
}
