package import Lifecycle
import Platform

/// How the workers of a supervisor are started, and by which configuration.
///
/// Used on the supervisor's thread alone.
package protocol WorkerCommands {
    /// How to start the worker of `slot`; asked for each start.
    ///
    /// - Parameters:
    ///   - suspects: records that it is to beware of.
    ///   - lastStop: how the slot's process before ended; nil for the first.
    func command(
        slot: Int, suspects: SuspectRecords?, lastStop: StatusRecord.Stop?
    ) -> WorkerCommand
    /// Reads the configuration anew, for every later start.
    ///
    /// - Throws: where it makes no sense, or cannot be taken up slot by slot; nothing is changed.
    mutating func renew() throws(SwerveError)
    /// Goes back to the configuration before the last `renew`, for every later start; false where
    /// that changed nothing.
    mutating func takeBack() -> Bool
    /// This process, and workers started from now on, are to log at the next level.
    mutating func stepLog()
}

extension WorkerCommands {
    /// For workers that have no level.
    package mutating func stepLog() {}
}

/// How the worker of one slot is started.
package struct WorkerCommand: Sendable {
    package var executable: String
    package var arguments: [String]
    /// argv[0], what `ps` shows; nil is the executable.
    package var name: String?
    /// nil hands on the supervisor's.
    package var environment: [String: String]?
    /// One line, sent over the lifeline right after the start: not on the command line, where every
    /// user of the machine could read its passwords.
    package var document: [UInt8]
    /// The file in which the worker writes down what it has at hand (`BatchJournal`); nil for none.
    package var journal: String?
    /// How long the worker may take to end once it is asked to, at least.
    package var stopMs: Int
    /// Whether it reports over its standard output.
    package var reports: Bool

    package init(
        executable: String = CurrentExecutable.spawnPath, arguments: [String],
        name: String? = nil, environment: [String: String]? = nil, document: [UInt8] = [],
        journal: String? = nil, stopMs: Int = 0,
        reports: Bool = false
    ) {
        self.reports = reports
        self.executable = executable
        self.arguments = arguments
        self.name = name
        self.environment = environment
        self.document = document
        self.journal = journal
        self.stopMs = stopMs
    }

    /// Standard error is the supervisor's own: no line is lost when either process dies, and none
    /// waits in a pipe that a stuck supervisor does not read.
    ///
    /// Standard output belongs to the supervisor's document: a worker's is a pipe for its reports,
    /// or nothing.
    var child: ChildCommand {
        var command = ChildCommand(
            executable: executable, arguments: arguments, name: name, environment: environment)
        command.hasLifeline = true
        command.standardOutput = reports ? .pipe : .null
        command.hasOwnProcessGroup = true
        command.keepsHangUpIgnored = true
        command.holdsUserSignals = true
        return command
    }
}
