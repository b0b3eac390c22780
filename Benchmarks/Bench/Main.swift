import ArgumentParser
import Lifecycle
import Platform

/// What the benchmarks need of Kafka, of registries and of scorers, through Swerve's own classes;
/// driven by `Benchmarks/run`, `Benchmarks/lifecycle` and `Benchmarks/scoring`.
@main
enum Main {
    static func main() {
        Pipe.ignoreBroken()
        do {
            var command = try BenchCommand.parseAsRoot()
            try command.run()
        } catch let error as SwerveError {
            StandardStream.error.write("swerve-bench: \(error.description)\n")
            BenchCommand.exit(withError: ExitCode.failure)
        } catch {
            BenchCommand.exit(withError: error)
        }
    }
}

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swerve-bench",
        abstract: "Swerve's own side of the benchmarks; see Benchmarks/README.md.",
        subcommands: [
            FeedCommand.self, EchoCommand.self, WatchCommand.self, SampleCommand.self,
            StatusesCommand.self, FillCommand.self, DeliveryCommand.self, ScoreCommand.self,
            ScoreLoadCommand.self, TeamCommand.self, CanaryCommand.self, SwapsCommand.self,
            ScrapeCommand.self, DecodeCommand.self, PaceCommand.self, ArrivalsCommand.self,
            PromotionsCommand.self, RolloutsCommand.self,
        ])
}
