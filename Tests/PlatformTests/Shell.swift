import Lifecycle
import Platform

/// `/bin/sh` scripts as child processes.
enum Shell {
    /// Longer than any child here takes, so that a fault fails instead of hanging.
    static let patienceMs = 60_000
    static let outputBytes = 1 << 20

    /// A command that runs `script` with `arguments` as `$1` and on, its output in a pipe.
    static func command(_ script: String, _ arguments: [String] = []) -> ChildCommand {
        var command = ChildCommand(
            executable: "/bin/sh", arguments: ["-c", script, "sh"] + arguments)
        command.standardOutput = .pipe
        return command
    }

    /// What `command` printed, and how it ended.
    static func run(
        _ command: ChildCommand
    ) throws(SwerveError) -> (output: String, status: ExitStatus?) {
        let child = try ChildProcess.spawn(command)
        let output = try child.standardOutput?.readToEnd(limit: outputBytes) ?? []
        return (String(decoding: output, as: UTF8.self), try child.wait(timeoutMs: patienceMs))
    }
}
