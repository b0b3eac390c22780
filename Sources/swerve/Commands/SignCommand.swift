import ArgumentParser
import Lifecycle
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
        let registry = try registry.open(create: false)
        let reference = try registry.resolve(selector)
        let note = ChangeNote(by: key.name.description, at: Timestamp.text(ofMs: WallClock.nowMs))
        let isNew = try registry.sign(reference, by: key.signer, note: note)
        defer { announcing.announcePending(in: registry, by: self.registry) }
        let digest = try registry.version(reference).digest
        if output.json {
            let signatures = try registry.signatures(of: reference.model, digest)
            Terminal.document([
                "model": .string(reference.model.description),
                "version": .int(Int64(reference.version)), "digest": .string(digest.description),
                "key": .string(key.name.description), "new": .bool(isNew),
                "signatures": .array(signatures.map { .string($0.signature.description) }),
            ])
        } else {
            Terminal.line(
                "\(reference) \(digest.short) "
                    + (isNew ? "signed by \(key.name)" : "is signed by \(key.name) already"))
        }
    }
}
