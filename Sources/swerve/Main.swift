import ArgumentParser
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
            try command.run()
        } catch let error as SwerveError {
            Terminal.error(error.atTerminal.description)
            SwerveCommand.exit(withError: ExitCode(ExitContract.code(of: error)))
        } catch {
            SwerveCommand.exit(withError: error)
        }
    }
}
