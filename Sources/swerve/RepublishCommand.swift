import ArgumentParser
import ControlPlane
import Lifecycle
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
        let brokers = try kafka.resolve()
        let signing = try signing.signing(topic: brokers.control)
        let relay = OutboxRelay(
            registry: try registry.open(create: false), topic: brokers.controlTopic(),
            trust: try brokers.trust())
        let publications: [Publication]
        if let signing {
            let note = ChangeNote(
                by: Environment.author, at: Timestamp.text(ofMs: WallClock.nowMs), reason: reason)
            publications = try relay.republish(name, note: note, signing: signing)
        } else {
            publications = try relay.republish(name)
        }
        if output.json {
            Terminal.document(
                [
                    "publications": .array(
                        publications.map { publication in
                            [
                                "model": .string(publication.model.description),
                                "epoch": .int(publication.epoch),
                                "error": publication.error.map { .string($0.description) } ?? .null,
                            ]
                        })
                ])
        } else {
            for publication in publications where publication.error == nil {
                Terminal.line("\(publication.model) epoch \(publication.epoch) is on the topic")
            }
        }
        if let error = publications.compactMap(\.error).first { throw error }
    }
}
