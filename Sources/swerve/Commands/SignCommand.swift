import ArgumentParser
import Lifecycle
import Operations
import Platform
import Registry

/// Somebody stands for a version that is registered.
struct SignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign a version's artifact, for workers that want it signed.",
        discussion: "The signature covers the model's name and the artifact's digest.")

    @Argument(help: "The version, NAME@V or NAME@ALIAS.")
    var version: String

    @Option(help: "The private key file; its key has the role register.")
    var signWith: String

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var announcing: AnnouncingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let selector = try VersionSelector(version)
        let key = try SigningKey.read(signWith)
        try announcing.change(registry) { backend throws(SwerveError) in
            try backend.sign(try Self.request(selector, key, backend))
        } tell: { result in
            guard output.json else {
                return Terminal.line(
                    "\(result.version) \(result.digest.short) "
                        + (result.already
                            ? "is signed by \(key.name) already" : "signed by \(key.name)"))
            }
            Terminal.document([
                "model": .string(result.version.model.description),
                "version": .int(Int64(result.version.version)),
                "digest": .string(result.digest.description),
                "key": .string(key.name.description), "new": .bool(!result.already),
                "signatures": .array(result.signatures.map { .string($0.description) }),
            ])
        }
    }

    /// Looks the version up and signs what it is: the key's file does not leave this machine.
    private static func request(
        _ selector: VersionSelector, _ key: SigningKey, _ backend: any Backend
    ) throws(SwerveError) -> SignRequest {
        let version: RegisteredVersion
        do throws(SwerveError) {
            version = try backend.version(VersionRequest(version: selector)).version
        } catch {
            // An alias that is not there is told as for every command.
            guard case .number = selector.choice, error.code == .notFound else { throw error }
            throw SwerveError(
                error.code, act: "signing \(selector)", reason: error.reason,
                remedy: error.remedy, problem: error.problem)
        }
        let reference = version.reference
        let message = SignedMessage.artifact(model: reference.model, digest: version.digest)
        return SignRequest(
            version: reference, signature: try key.signer.signature(over: message))
    }
}
