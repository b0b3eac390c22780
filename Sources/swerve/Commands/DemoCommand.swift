import ArgumentParser
import Configuration
import Demo
import Lifecycle
import Platform

/// The main job on one machine, with proof.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run the main job here: swaps under traffic, and a report on what held.",
        discussion: """
            Starts a development broker, a registry in a temporary folder and workers, feeds records, \
            and while they flow begins a 10 % canary, promotes version 2 and rolls back. Then checks \
            every prediction. Broker, group, topics and folder are the demo's own: no SWERVE_ variable \
            and no swerve.yaml counts. With --bootstrap it makes topics of new names on those brokers \
            and deletes them at the end. Exit code 0 when every promise held, 1 when one did not.
            """)

    @Option(parsing: .unconditional, help: "Records to feed.")
    var records = 200_000

    @Option(parsing: .unconditional, help: "Records a second; 0 is unlimited.")
    var rate = 10_000

    @Option(parsing: .unconditional, help: "Worker processes.")
    var workers = 2

    @Option(parsing: .unconditional, help: "Partitions of input and output.")
    var partitions = 8

    @Option(parsing: .unconditional, help: "Seed of the generated traffic.")
    var seed: UInt64 = TrafficGenerator.defaultSeed

    @Option(
        parsing: .upToNextOption,
        help: "Requests from files instead: JSON lines, plain or gzip; repeated to --records.")
    var requests: [String] = []

    @Option(help: "The model file of version 1 (with --featurizer-v1).")
    var modelV1: String?

    @Option(help: "The model file of version 2 (with --featurizer-v2).")
    var modelV2: String?

    @Option(help: "The featurizer spec of version 1.")
    var featurizerV1: String?

    @Option(help: "The featurizer spec of version 2.")
    var featurizerV2: String?

    @Option(help: "The folder of the shipped models; searched from the executable upwards without.")
    var models: String?

    @Option(help: "A name for a class, NAME=CLASS; repeatable. Shipped: attack=1, normal=-1.")
    var label: [String] = []

    @Option(help: "A real Kafka, HOST:PORT; a broker of the demo's own without.")
    var bootstrap: String?

    @Option(help: "Keep inputs, predictions, status, registry and report in this folder.")
    var keep: String?

    @Option(help: "Plant a fault that the report must find: lose, duplicate or stale.")
    var inject: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        var options = DemoOptions()
        options.records = records
        options.rate = rate
        options.workers = workers
        options.partitions = partitions
        options.seed = seed
        options.requestFiles = requests
        options.modelFiles = [modelV1, modelV2]
        options.featurizerFiles = [featurizerV1, featurizerV2]
        options.modelsFolder = models
        if !label.isEmpty { options.labels = label }
        options.bootstrap = bootstrap
        options.isBootstrapIgnored =
            bootstrap == nil && Environment[ConfigurationKey.bootstrap.variable] != nil
        options.keepFolder = keep
        options.inject = try inject.map { text throws(SwerveError) in
            guard let fault = DemoOptions.Fault(rawValue: text) else {
                throw SwerveError(
                    .usage, act: "reading --inject '\(text.shortened(to: 40))'",
                    reason: "not one of "
                        + DemoOptions.Fault.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return fault
        }
        options.isColourRefused = Terminal.isColourRefused
        do throws(DemoOptions.Mistake) {
            try options.check()
        } catch {
            throw Self.error(error)
        }
        let report = try Demo.run(options)
        if output.json {
            Terminal.document(report.json)
        } else {
            Terminal.line(
                report.text(
                    isColoured: StandardStream.output.isTerminal && !Terminal.isColourRefused))
        }
        throw ExitCode(report.exitCode)
    }

    /// What was wrong with the flags.
    static func error(_ mistake: DemoOptions.Mistake) -> SwerveError {
        switch mistake {
        case .outOfRange(let names, let range):
            SwerveError(
                .usage, act: "reading " + names.map { "--\($0)" }.joined(separator: " and "),
                reason: range)
        case .featurizerMissing(let version):
            SwerveError(
                .usage, act: "reading --model-v\(version)", reason: "it needs a featurizer",
                remedy: "give --featurizer-v\(version) SPEC.json")
        case .versionsMissing:
            SwerveError(.usage, act: "reading the models", reason: "two versions are needed")
        }
    }
}
