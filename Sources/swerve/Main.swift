import ArgumentParser
import Configuration
import Lifecycle
import Platform

/// The one executable; see `swerve --help`.
@main
enum Main {
    static func main() {
        Pipe.ignoreBroken()
        do {
            try CommandWords.check(Array(CommandLine.arguments.dropFirst()))
            var command = try SwerveCommand.parseAsRoot()
            tellUnknownVariables(to: command)
            try command.run()
        } catch let error as SwerveError {
            Terminal.error(error.commandLine)
            SwerveCommand.exit(withError: ExitCode(ExitContract.code(of: error)))
        } catch {
            SwerveCommand.exit(withError: error)
        }
    }

    private static func tellUnknownVariables(to command: any ParsableCommand) {
        // A worker's were told by its service.
        guard !(command is WorkerCommandLine) else { return }
        for variable in UnknownVariables.find(in: Environment.variables) {
            Terminal.note("swerve: warning: \(variable.line)".printable)
        }
    }
}
