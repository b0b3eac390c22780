import FoundationEssentials
import Lifecycle
import Platform

/// A swerve command as a child process: its output collected, its last words kept.
///
/// One thread. Whoever drops it kills the process.
final class DemoProcess {
    /// `swerve serve`: for people.
    let name: String
    let child: ChildProcess
    private(set) var output: [UInt8] = []
    /// The end of what it wrote to standard error.
    private(set) var errors: [UInt8] = []

    init(_ executable: String, _ arguments: [String], keepsInput: Bool = false) throws(SwerveError)
    {
        name = "swerve " + (arguments.first ?? "")
        var command = ChildCommand(
            executable: executable, arguments: arguments, name: "swerve",
            environment: Self.environment)
        command.standardInput = keepsInput ? .pipe : .null
        command.standardOutput = .pipe
        command.standardError = .pipe
        command.hasOwnProcessGroup = true
        child = try ChildProcess.spawn(command)
        try child.standardOutput?.setNonBlocking()
        try child.standardError?.setNonBlocking()
    }

    /// Takes in what it wrote; never blocks.
    func drain() throws(SwerveError) {
        if let stream = child.standardOutput { try Self.drain(stream, into: &output) }
        if let stream = child.standardError { try Self.drain(stream, into: &errors) }
        guard output.count <= Self.outputBytes else {
            throw SwerveError(
                .tooLarge, act: "reading what \(name) prints",
                reason: "more than \(Self.outputBytes) bytes")
        }
        if errors.count > 2 * Self.errorBytes { errors.removeFirst(errors.count - Self.errorBytes) }
    }

    /// Waits for its end, at most `milliseconds`, reading on meanwhile.
    func wait(milliseconds: Int) throws(SwerveError) -> ExitStatus? {
        let deadline = Deadline(afterMs: milliseconds)
        while true {
            try drain()
            if let status = try child.exitStatus() {
                try drain()
                return status
            }
            if deadline.hasPassed { return nil }
            _ = try Poll.waitForAny([child.descriptor], timeoutMs: Self.drainMs)
        }
    }

    /// Asks it to end, and ends it when it has not done so in time.
    @discardableResult
    func stop(withinMs milliseconds: Int) throws(SwerveError) -> ExitStatus? {
        child.standardInput?.close()
        try child.terminate()
        if let status = try wait(milliseconds: milliseconds) { return status }
        try child.terminate(.kill)
        return try wait(milliseconds: milliseconds)
    }

    /// The last lines on standard error in one: what went wrong, in its own words.
    var lastWords: String {
        let lines = String(decoding: errors, as: UTF8.self).split(separator: "\n")
        let last = lines.suffix(Self.lastLines).map {
            $0.printable.shortened(to: Self.lineCharacters)
        }
        return last.isEmpty ? "it said nothing" : last.joined(separator: " | ")
    }

    /// What its end means where it was not expected.
    func failure(_ status: ExitStatus) -> SwerveError {
        SwerveError(
            status == .code(2) ? .timedOut : .refused, act: "running \(name)",
            reason: "ended with \(status): \(lastWords)")
    }

    /// The own environment without Swerve's variables: they name what the user runs for real, and
    /// the run has to touch nothing of that.
    static let environment = ProcessInfo.processInfo.environment.filter {
        !$0.key.hasPrefix("SWERVE_")
    }

    private static func drain(
        _ stream: OwnedDescriptor, into bytes: inout [UInt8]
    ) throws(SwerveError) {
        guard stream.isOpen else { return }
        while true {
            switch try stream.read(upTo: chunkBytes) {
            case .bytes(let more): bytes += more
            case .nothingYet: return
            case .end: return stream.close()
            }
        }
    }

    private static let chunkBytes = 16 << 10
    private static let outputBytes = 4 << 20
    private static let errorBytes = 1 << 20
    private static let drainMs = 20
    private static let lastLines = 6
    private static let lineCharacters = 400
}

extension Substring {
    fileprivate var printable: String { String(self).printable }
}
