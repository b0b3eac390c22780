import ArgumentParser
import Lifecycle
import Operations
import Platform
import Registry

struct RegistryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry", abstract: "Look after the registry itself.",
        subcommands: [
            RegistryIDCommand.self, RegistryAdoptCommand.self, RegistryBackupCommand.self,
            RegistryMigrateCommand.self,
        ])
}

struct RegistryIDCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "id", abstract: "Print the registry's id, which every control record carries.")

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let registry = try Registry.open(path: registry.path, access: .readOnly)
        if output.json {
            Terminal.document(["id": .string(registry.id), "path": .string(registry.path)])
        } else {
            Terminal.line(registry.id)
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

    @OptionGroup var signing: SigningOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let configuration = try registry.configuration(kafka, signing)
        let brokers = try kafka.brokers(configuration)
        let signing = try signing.signing(configuration, topic: brokers.control)
        let registry = try registry.open(create: false)
        let trust = try brokers.trust()
        let relay = OutboxRelay(
            registry: registry,
            topic: try brokers.foundControlTopic(before: "adopting \(model.shortened(to: 63))"),
            trust: trust, isWaiting: Terminal.noteWaiting)
        let note = ChangeNote(
            by: Environment.author, at: Timestamp.text(ofMs: WallClock.nowMs), reason: reason)
        let adopted = try relay.adopt(
            try ModelName(model), note: note, signing: signing, isForced: force)
        let deployment = adopted.deployment
        for publication in adopted.publications {
            guard let error = publication.error else { continue }
            guard publication.model == deployment.model else {
                Terminal.note("swerve: \(error.atTerminal.description)")
                continue
            }
            throw Promoter.notAnnounced(deployment, error)
        }
        if force, let epoch = adopted.disregarded, epoch >= deployment.epoch {
            Terminal.note(
                "swerve: epoch \(epoch) on the control topic was passed over; workers without a "
                    + "trust file that heard it believe it and ignore epoch \(deployment.epoch)")
        }
        if output.json {
            var document = deployment.document.object ?? [:]
            document["disregarded_epoch"] = adopted.disregarded.map { .int($0) } ?? .null
            Terminal.document(.object(document))
        } else {
            Terminal.line("\(model) \(deployment.summary)")
        }
    }
}
