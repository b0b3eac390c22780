import ArgumentParser
import Lifecycle
import Operations
import Platform

struct RegistryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry", abstract: "Look after the registry itself.",
        subcommands: [
            RegistryIDCommand.self, RegistryAdoptCommand.self, RegistryBackupCommand.self,
            RegistryRestoreCommand.self, RegistryMigrateCommand.self,
        ])
}

struct RegistryIDCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "id", abstract: "Print the registry's id, which every control record carries.")

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let result = try registry.backend().registry(RegistryRequest())
        if output.json {
            Terminal.document(["id": .string(result.id), "path": .string(result.place)])
        } else {
            Terminal.line(result.id)
        }
    }
}

/// Takes a model over from another registry that spoke for it on the control topic.
struct RegistryAdoptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Take the control topic's record of a model over, under an epoch above it.",
        discussion: """
            For a restored or a second registry, which may not speak with old epochs. A record that \
            the workers' trust file refuses (--trust) needs no epoch above it, however high its own; \
            --force says the same without the file.
            """)

    @Argument(help: "The model.")
    var model: String

    @Option(help: "Why, for the history.")
    var reason = "adopted"

    @Flag(
        help: "Pass the record over, whosever it is and whatever its epoch: no worker believes it.")
    var force = false

    @Option(
        help: """
            An epoch that workers have seen: the new one is above it, whatever the topic says. \
            What live slots tell on the status topic counts without it.
            """)
    var above: Int64?

    @OptionGroup var signing: SigningOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func request() throws(SwerveError) -> AdoptRequest {
        if let above, !(1..<Int64(Limits.epoch)).contains(above) {
            throw SwerveError(
                .usage, act: "reading --above", reason: "not between 1 and \(Limits.epoch - 1)")
        }
        return AdoptRequest(
            model: try ModelName(model), reason: reason, isForced: force, above: above)
    }

    func run() throws {
        let request = try request()
        let result = try registry.backend(kafka, signing).adopt(request)
        for line in result.others?.lines(by: try registry.announcer()) ?? [] {
            Terminal.note("swerve: \(line)".printable)
        }
        if let fault = result.fault { throw fault }
        let deployment = result.deployment
        let warnings = result.warnings.map { $0.line(of: deployment.model) }
        for line in warnings { Terminal.note("swerve: warning: \(line)".printable) }
        if force, let epoch = result.disregardedEpoch, epoch >= deployment.epoch {
            Terminal.note(
                "swerve: epoch \(epoch) on the control topic was passed over; workers without a "
                    + "trust file that heard it believe it and ignore epoch \(deployment.epoch)")
        }
        if output.json {
            var document = deployment.document.object ?? [:]
            document["disregarded_epoch"] = result.disregardedEpoch.map { .int($0) } ?? .null
            document["warnings"] = .array(warnings.map { .string($0) })
            Terminal.document(.object(document))
        } else {
            Terminal.line("\(model) \(deployment.summary)")
        }
    }
}
