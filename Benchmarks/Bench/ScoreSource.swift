import ArgumentParser
import Catalogue
import Lifecycle
import Registry

/// Which model is measured: a version of a registry, or a model file with its featurizer spec.
struct ScoreSource: ParsableArguments {
    @Option(help: "The registry file of --name.")
    var registry: String?

    @Option(help: "A registered version, NAME@V.")
    var name: String?

    @Option(help: "A model file of any format that swerve register takes.")
    var model: String?

    @Option(help: "The featurizer spec beside the model file, where it needs one.")
    var featurizer: String?

    func validate() throws {
        let isRegistered = registry != nil && name != nil && model == nil && featurizer == nil
        let isPlain = registry == nil && name == nil && model != nil
        guard isRegistered || isPlain else {
            throw ValidationError("either --registry and --name, or --model")
        }
    }

    /// The artifact, read into memory.
    ///
    /// A plain file becomes what its registration would store, golden inputs included.
    func artifact() throws -> Artifact {
        if let registry, let name {
            let registry = try Registry.open(path: registry, access: .readOnly)
            return try registry.artifact(registry.version(try VersionReference(name)).digest)
        }
        guard let model else { throw ValidationError("--model is missing") }
        return try Self.artifact(model: model, featurizer: featurizer)
    }

    /// What the registration of a plain file would store.
    static func artifact(model: String, featurizer: String?) throws -> Artifact {
        let name = try ModelName("bench")
        let content = try RegistrationPaths(file: model, featurizer: featurizer).read(for: name)
        return try Registrar.prepare(RegistrationRequest(model: name, content: content)).artifact
    }
}
