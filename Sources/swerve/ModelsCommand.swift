import ArgumentParser
import ControlPlane
import Lifecycle
import Registry

struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "List the models, and what is live of each.")

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let models = try Registry.open(path: registry.path, access: .readOnly).models()
        guard !output.json else {
            return Terminal.document(
                [
                    "models": .array(
                        models.map { model in
                            [
                                "name": .string(model.name.description),
                                "versions": .int(Int64(model.versions)),
                                "newest": .int(Int64(model.newest)),
                                "deployment": model.deployment?.document ?? .null,
                            ]
                        })
                ])
        }
        if models.isEmpty { Terminal.note("no model is registered; see swerve register --help") }
        for model in models {
            let live = model.deployment?.summary ?? "never promoted"
            Terminal.line("\(model.name)  versions 1 … \(model.newest)  \(live)")
        }
    }
}
