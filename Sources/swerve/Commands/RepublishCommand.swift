import ArgumentParser
import Lifecycle
import Operations
import Platform
import Registry

/// Makes the control topic say what the registry says.
struct RepublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "republish", abstract: "Announce the registry's deployments again.",
        discussion: """
            The very same announcements; with --sign-with the same deployments under new epochs, signed \
            now: for announcements whose signature ran out before they were published.
            """)

    @Argument(help: "The model; all models without.")
    var model: String?

    @Option(help: "Why, for the history, where it is signed anew.")
    var reason = "signed anew"

    @OptionGroup var signing: SigningOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let name = try model.map { text throws(SwerveError) in try ModelName(text) }
        let configuration = try registry.configuration(kafka, signing)
        let brokers = try kafka.brokers(configuration)
        let signing = try signing.signing(configuration, topic: brokers.control)
        let act = name.map { "announcing \($0) again" } ?? "announcing all models again"
        let registry = try registry.open(create: false)
        let trust = try brokers.trust()
        let relay = OutboxRelay(
            registry: registry, topic: try brokers.foundControlTopic(before: act), trust: trust,
            isWaiting: Terminal.noteWaiting)
        let publications: [Publication]
        if let signing {
            let note = ChangeNote(
                by: Environment.author, at: Timestamp.text(ofMs: WallClock.nowMs), reason: reason)
            publications = try relay.republish(name, note: note, signing: signing)
        } else {
            publications = try relay.republish(name)
        }
        let said = Dictionary(
            try registry.deployments().map { ($0.model, $0) },
            uniquingKeysWith: { first, _ in first })
        if output.json {
            Terminal.document([
                "publications": .array(publications.map { Self.document($0, said[$0.model]) })
            ])
        } else {
            if publications.isEmpty {
                Terminal.note("swerve: nothing to announce: no model was promoted")
            }
            for publication in publications where publication.error == nil {
                Terminal.line(
                    "\(publication.model) \(Self.state(publication, said[publication.model]))")
            }
        }
        if let error = publications.compactMap(\.error).first { throw error }
    }
    /// What was announced, so that nobody's key stands for what they did not see.
    private static func state(_ publication: Publication, _ deployment: Deployment?) -> String {
        guard let deployment, deployment.epoch == publication.epoch else {
            return "epoch \(publication.epoch) is on the topic"
        }
        let settings =
            deployment.settings.versions.isEmpty ? "" : " (\(deployment.settings.json.text))"
        return "\(deployment.summary)\(settings) is on the topic".printable
    }

    private static func document(
        _ publication: Publication, _ deployment: Deployment?
    ) -> JSONValue {
        var fields: [String: JSONValue] = [
            "model": .string(publication.model.description), "epoch": .int(publication.epoch),
            "announced": .bool(publication.error == nil),
            "error": publication.error.map { .string($0.atTerminal.description) } ?? .null,
        ]
        if let deployment, deployment.epoch == publication.epoch {
            fields["deployment"] = deployment.document
        }
        return .object(fields)
    }
}
