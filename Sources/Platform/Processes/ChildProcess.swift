import CPlatform
import Glibc
package import Lifecycle

/// A child process, from its start until its end has been read.
///
/// Spawned, never forked: neither the Swift runtime nor librdkafka survives a fork. Whoever drops
/// this value before the child has ended kills it and waits for that: no child outlives its owner,
/// and none stays behind as a zombie.
package final class ChildProcess: Sendable {
    package let pid: Int32
    /// The parent's ends of the pipes that the command asked for.
    package let standardInput: OwnedDescriptor?
    package let standardOutput: OwnedDescriptor?
    package let standardError: OwnedDescriptor?
    /// The end whose closing, by hand or with this process, tells the child to stop.
    package let lifeline: OwnedDescriptor?

    private let watch: OwnedDescriptor
    private let ended = Guarded<ExitStatus?>(nil)

    /// Starts `command`, with default signal handlers, no blocked signals and no descriptors but
    /// the three standard ones and the lifeline.
    ///
    /// - Throws: `.notFound` for a missing executable, `.unavailable` where the machine has no
    ///   process to give for now, else `.system` or `.invalid`.
    package static func spawn(_ command: ChildCommand) throws(SwerveError) -> ChildProcess {
        try ChildProcess(command)
    }

    private init(_ command: ChildCommand) throws(SwerveError) {
        let act = "starting \(command.executable)"
        let input = try command.standardInput == .pipe ? Pipe() : nil
        let output = try command.standardOutput == .pipe ? Pipe() : nil
        let error = try command.standardError == .pipe ? Pipe() : nil
        let life = try command.hasLifeline ? Pipe() : nil
        let descriptors = Descriptors(
            input: Self.number(command.standardInput, input?.readEnd, STDIN_FILENO),
            output: Self.number(command.standardOutput, output?.writeEnd, STDOUT_FILENO),
            error: Self.number(command.standardError, error?.writeEnd, STDERR_FILENO),
            lifeline: life?.readEnd.raw ?? -1)
        pid = try Self.start(command, descriptors, act: act)
        let pidfd = platform_pidfd_open(pid)
        guard pidfd >= 0 else {
            // Without the descriptor there is no way to watch it, so it must not live.
            _ = kill(pid, SIGKILL)
            _ = waitpid(pid, nil, 0)
            throw SystemError.make(pidfd, act: act, call: "pidfd_open")
        }
        watch = OwnedDescriptor(pidfd)
        standardInput = input?.writeEnd
        standardOutput = output?.readEnd
        standardError = error?.readEnd
        lifeline = life?.writeEnd
    }

    deinit {
        guard ended.withLock({ $0 == nil }) else { return }
        _ = platform_pidfd_signal(watch.raw, SIGKILL)
        _ = Self.reap(watch.raw, blocking: true)
    }

    /// Becomes readable when the child ends; a pidfd for poll(2).
    package var descriptor: Int32 { watch.raw }

    /// Sends `signal`; nothing happens where the child has ended.
    ///
    /// Never reaches a stranger that was given the number since.
    package func terminate(_ signal: ProcessSignal = .terminate) throws(SwerveError) {
        let result = platform_pidfd_signal(watch.raw, signal.rawValue)
        guard result >= 0 || result == -ESRCH else {
            throw SystemError.make(
                result, act: "sending signal \(signal.rawValue) to process \(pid)",
                call: "pidfd_send_signal")
        }
    }

    /// How it ended; nil while it runs.
    ///
    /// Does not block; the same answer however often.
    package func exitStatus() throws(SwerveError) -> ExitStatus? {
        let (status, failure) = ended.withLock { ended -> (ExitStatus?, Int32) in
            if let ended { return (ended, 0) }
            switch Self.reap(watch.raw, blocking: false) {
            case .success(let status):
                ended = status
                return (status, 0)
            case .failure(let failure): return (nil, failure.number)
            }
        }
        guard failure == 0 else {
            throw SystemError.make(
                failure, act: "reading how process \(pid) ended", call: "waitid")
        }
        return status
    }

    /// Waits for its end, at most `timeoutMs` (nil: without end); nil when it still runs then.
    package func wait(timeoutMs: Int?) throws(SwerveError) -> ExitStatus? {
        if let status = try exitStatus() { return status }
        _ = try Poll.waitForAny([watch.raw], timeoutMs: timeoutMs)
        return try exitStatus()
    }

    /// Waits for its end, however long.
    package func wait() throws(SwerveError) -> ExitStatus {
        while true {
            if let status = try wait(timeoutMs: nil) { return status }
        }
    }

    // MARK: - The calls

    private struct Descriptors {
        let input, output, error, lifeline: Int32
    }

    private struct Failure: Error {
        let number: Int32
    }

    private static func number(
        _ stream: ChildCommand.Stream, _ end: OwnedDescriptor?, _ own: Int32
    ) -> Int32 {
        switch stream {
        case .inherit: own
        case .null: -1
        case .pipe: end?.raw ?? -1
        }
    }

    private static func start(
        _ command: ChildCommand, _ descriptors: Descriptors, act: String
    ) throws(SwerveError) -> Int32 {
        let path = command.executable
        guard !path.utf8.contains(0) else {
            throw SwerveError(.invalid, act: act, reason: "the path has a NUL byte in it")
        }
        let arguments = try CStringList([command.name ?? path] + command.arguments, act: act)
        let variables = (command.environment ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()
        let environment = try CStringList(variables, act: act)
        var pid: Int32 = 0
        let result = unsafe path.withCString { path in
            var request = unsafe platform_spawn_request(
                path: path, arguments: arguments.pointers,
                environment: command.environment == nil ? nil : environment.pointers,
                standard_input: descriptors.input, standard_output: descriptors.output,
                standard_error: descriptors.error, lifeline: descriptors.lifeline,
                own_process_group: command.hasOwnProcessGroup ? 1 : 0,
                keeps_hang_up_ignored: command.keepsHangUpIgnored ? 1 : 0,
                holds_user_signals: command.holdsUserSignals ? 1 : 0)
            return unsafe platform_spawn(&request, &pid)
        }
        guard result >= 0 else {
            throw SystemError.make(result, act: act, call: "posix_spawn", path: path)
        }
        return pid
    }

    /// The status, nil while it runs, or an errno.
    private static func reap(_ pidfd: Int32, blocking: Bool) -> Result<ExitStatus?, Failure> {
        var signalled: Int32 = 0
        var value: Int32 = 0
        let result = unsafe platform_pidfd_reap(pidfd, blocking ? 1 : 0, &signalled, &value)
        if result < 0 { return .failure(Failure(number: result)) }
        if result == 0 { return .success(nil) }
        return .success(signalled == 0 ? .code(value) : .signal(value))
    }
}
