import ArgumentParser
import ControlPlane
import Lifecycle
import Registry

/// Makes the control topic say what the registry says.
struct RepublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "republish", abstract: "Announce the registry's deployments again.")

    @Argument(help: "The model; all models without.")
    var model: String?

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let name = try model.map { text throws(SwerveError) in try ModelName(text) }
        let registry = try registry.open(create: false)
        let relay = OutboxRelay(
            registry: registry, topic: try kafka.resolve().controlTopic())
        let publications = try relay.republish(name)
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
