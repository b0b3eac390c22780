import ArgumentParser
import Lifecycle
import Operations
import Registry

struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "List the models, and what is live of each.")

    @Option(
        name: .customLong("where"),
        help: "List the versions for which it holds, as: metric.auc > 0.9 and tag.team = waf.")
    var query: String?

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        if let query { return try search(try SearchRequest(query)) }
        let models = try registry.backend().models(ModelsRequest()).models
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

    private func search(_ request: SearchRequest) throws {
        let result = try registry.backend().search(request)
        let found = result.versions
        guard !output.json else {
            return Terminal.document([
                "versions": .array(found.map { VersionDocument.named($0) })
            ])
        }
        if found.isEmpty { Terminal.note(Self.whyNone(result.unknownFields)) }
        for version in found {
            var parts = [
                "\(version.reference)", version.facts.format, version.digest.short,
                version.metadata.registeredAt,
            ]
            if let role = version.role { parts.append(role.rawValue) }
            if version.archival != nil { parts.append("archived") }
            parts += version.aliases.map { "@\($0)" }
            Terminal.line(parts.joined(separator: "  ").printable)
        }
    }

    private static func whyNone(_ unknown: [String]) -> String {
        guard !unknown.isEmpty else { return "no version matches" }
        let names = unknown.joined(separator: ", ")
        return "no version matches: none has \(names); see swerve annotate --help".printable
    }
}
