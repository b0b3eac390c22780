import ArgumentParser
import Configuration
import FoundationEssentials
import Kafka
import Lifecycle
import Operations
import Serving

/// The access list of a service at the brokers.
struct RightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rights",
        abstract: "List the rights that each process needs at the brokers.",
        discussion: """
            From the configuration of the service alone: no broker is asked. Each line is one entry \
            of an access list (ACL). With --principal the lists are printed as commands of Kafka's \
            own tool, to be run by whoever may give rights; those behind a # are only needed in the \
            case that is said.

            Where the registry's file is here, the transactional id of announcements is that of this \
            registry; else the entry is for all registries. With name_prefix, one entry is for all \
            groups, and one for all transactional ids, that begin with it; give group the same \
            beginning, and they are the only ones. The configuration of a hub names no model: with it \
            the hub's own rights are listed.
            """)

    @Argument(
        help: "Only this process, as serve, hub, promote or 'topics create'; all without.")
    var process: String?

    @Option(help: "Print commands of kafka-acls.sh that give the rights to it, as User:swerve.")
    var principal: String?

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let configuration = try registry.configuration(kafka)
        let all = try access(configuration)
        if let principal, !principal.contains(":") || principal.printable != principal {
            throw SwerveError(
                .usage, act: "reading --principal",
                reason: "'\(principal.shortened(to: 80))' is not KIND:NAME",
                remedy: "write it as in User:swerve")
        }
        let access = try chosen(all)
        if output.json {
            Terminal.document(AccessText.document(access, principal: principal))
        } else if let principal {
            let bootstrap = try configuration.required(.bootstrap)
            for line in AccessText.commands(access, principal: principal, bootstrap: bootstrap) {
                Terminal.line(line)
            }
        } else {
            for line in AccessText.lines(access) { Terminal.line(line) }
        }
    }

    /// A hub's configuration names no model, and lists the hub alone.
    private func access(
        _ configuration: Configuration
    ) throws(SwerveError) -> [ProcessAccess] {
        guard configuration.given(.model) != nil || !isOfHub(configuration) else {
            return [
                .hub(
                    control: try configuration.topic(.topicControl),
                    status: try configuration.topic(.topicStatus),
                    prefix: try configuration.namePrefix(),
                    registry: try registryID(configuration))
            ]
        }
        let worker = try WorkerConfiguration(
            configuration, slot: 0, of: try configuration.integerUnlessWord(.slotsTotal))
        guard worker.group != "*" else {
            throw SwerveError(
                .usage, act: "listing rights",
                reason: "the group is called *, which stands for every group in an access list",
                remedy: "give the group another name")
        }
        return worker.access(
            registry: try registryID(configuration),
            corrections: try TopicNames(configuration).corrections)
    }

    /// Whether something is said that a hub alone reads, or its rights are asked for.
    private func isOfHub(_ configuration: Configuration) -> Bool {
        process == "hub"
            || ConfigurationKey.allCases.contains {
                $0.row.readers == [.hub] && configuration.given($0) != nil
            }
    }

    private func chosen(_ access: [ProcessAccess]) throws(SwerveError) -> [ProcessAccess] {
        guard let process else { return access }
        let found = access.filter { $0.process == process }
        guard found.isEmpty else { return found }
        throw SwerveError(
            .usage, act: "listing the rights of \(process.shortened(to: 80))",
            reason: "there is no such process in this configuration",
            remedy: "name one of " + access.map(\.process).joined(separator: ", "))
    }

    /// Nil where there is no registry here.
    private func registryID(_ configuration: Configuration) throws(SwerveError) -> String? {
        if case .file(let path) = try RegistryPlace(configuration) {
            guard FileManager.default.fileExists(atPath: path) else { return nil }
        }
        return try registry.backend().registry(RegistryRequest()).id
    }
}
