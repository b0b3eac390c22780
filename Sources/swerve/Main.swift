import ArgumentParser
import Configuration
import Lifecycle
import Platform

/// The one executable; see `swerve --help`.
@main
enum Main {
    static func main() {
        HeldSignals.hold()
        Pipe.ignoreBroken()
        StandardStream.holdClosed()
        SwerveCommand.exit(withError: ExitCode(Terminal.finish(run())))
    }

    /// The exit code.
    private static func run() -> Int32 {
        do {
            try refuseUnreadableVariables()
            try CommandWords.check(Array(CommandLine.arguments.dropFirst()))
            var command = try SwerveCommand.parseAsRoot()
            if !(command is ServeCommand || command is HubCommand) { HeldSignals.release() }
            tellUnknownVariables(to: command)
            try command.run()
            return ExitContract.done
        } catch let error as SwerveError {
            Terminal.error(error.commandLine)
            return ExitContract.code(of: error)
        } catch {
            let code = SwerveCommand.exitCode(for: error).rawValue
            // Help and version are such errors too, and are asked for.
            let text = SwerveCommand.fullMessage(for: error)
            if !text.isEmpty {
                code == ExitContract.done ? Terminal.line(text) : Terminal.note(text)
            }
            return code
        }
    }

    /// Read as a text, such a value would be another one, and nobody would be told.
    private static func refuseUnreadableVariables() throws(SwerveError) {
        guard let name = EnvironmentBytes.unreadable(prefix: "SWERVE_").first else { return }
        throw SwerveError(
            .usage, act: "reading \(name.shortened(to: 80))", reason: "its value is not UTF-8",
            remedy: "set it in UTF-8, or unset it")
    }

    private static func tellUnknownVariables(to command: any ParsableCommand) {
        // A worker's were told by its service.
        guard !(command is WorkerCommandLine) else { return }
        for variable in UnknownVariables.find(in: Environment.variables) {
            Terminal.note("swerve: warning: \(variable.line)".printable)
        }
    }
}
