import ArgumentParser
import Lifecycle
import Operations
import Platform
import Registry

/// Who may sign what: public keys in the registry, private ones in files of their owners.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make, list and revoke the keys that sign.",
        discussion: """
            A private key is a file that its owner alone may read; the registry has the public half. \
            Workers do not ask the registry whom to trust: give them the lines of keys list --trust \
            as their trust file.
            """,
        subcommands: [
            KeysGenerateCommand.self, KeysAddCommand.self, KeysListCommand.self,
            KeysRevokeCommand.self,
        ])
}

/// What a key may sign, as options.
struct RoleOptions: ParsableArguments {
    @Option(
        help: """
            What it may sign: promote (deployments) or register (artifacts), repeatable; or alone \
            report (heartbeats, for workers), or rollout (what a signed plan allows, for swerve \
            rollout run).
            """)
    var role: [String]

    func roles() throws(SwerveError) -> Set<KeyRole> {
        var roles: Set<KeyRole> = []
        for name in role.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            guard let role = KeyRole(rawValue: String(name)) else {
                throw SwerveError(
                    .usage, act: "reading --role '\(name.description.shortened(to: 40))'",
                    reason: "not a role", remedy: "roles are \(KeyRole.names)")
            }
            roles.insert(role)
        }
        if let conflict = KeyRole.conflict(in: roles) {
            throw SwerveError(
                .usage, act: "reading --role", reason: conflict,
                remedy: "make a key of its own for it")
        }
        return roles
    }
}

struct KeysGenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make a key: the private half into a new file, the public one into the registry.")

    @Argument(help: "The key's name, as models are named; never used again.")
    var name: String

    @Option(help: "The private key's file; default NAME.swervekey. It is never written over.")
    var out: String?

    @OptionGroup var role: RoleOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var announcing: AnnouncingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let name = try KeyText.name(name)
        let roles = try role.roles()
        let path = out ?? "\(name).swervekey"
        let key = try SigningKey.generate(name)
        func request(isTrial: Bool) -> AddKeyRequest {
            AddKeyRequest(name: name, publicKey: key.publicKey, roles: roles, isTrial: isTrial)
        }
        try announcing.change(registry) { backend throws(SwerveError) in
            // Before a file is made that the registry would not take.
            _ = try backend.addKey(request(isTrial: true))
            // The file first: a public key whose private half nobody has would use its name up.
            try key.write(to: path)
            do throws(SwerveError) {
                return try backend.addKey(request(isTrial: false))
            } catch {
                try StateFile.remove(path)
                throw error
            }
        } tell: {
            KeyText.show($0.key, file: path, asJSON: output.json)
        }
    }
}

struct KeysAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Take in somebody else's public key.")

    @Argument(help: "The key's name, as models are named; never used again.")
    var name: String

    @Argument(help: "The public key, ed25519:BASE64, as keys generate prints it.")
    var publicKey: String

    @OptionGroup var role: RoleOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var announcing: AnnouncingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let name = try KeyText.name(name)
        let bytes = try KeyText.publicKey(publicKey)
        let request = AddKeyRequest(name: name, publicKey: bytes, roles: try role.roles())
        try announcing.change(registry) { backend throws(SwerveError) in
            try backend.addKey(request)
        } tell: {
            KeyText.show($0.key, asJSON: output.json)
        }
    }
}

struct KeysListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the keys, revoked ones among them.")

    @Flag(help: "Print the lines of a trust file for workers.")
    var trust = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let keys = try registry.backend().keys(KeysRequest(isToBelieve: trust)).keys
        if output.json {
            return Terminal.document(["keys": .array(keys.map(\.document))])
        }
        if keys.isEmpty { Terminal.note("the registry has no keys; see: swerve keys generate") }
        for key in keys { Terminal.line(trust ? key.trustLine : key.summary.printable) }
    }
}

struct KeysRevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a key, for good.",
        discussion: """
            The registry signs nothing more with it. Workers learn of it from their trust file: bring \
            it up to date with keys list --trust. What it signed before goes on being served.
            """)

    @Argument(help: "The key's name.")
    var name: String

    @Option(help: "Why.")
    var reason = ""

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var announcing: AnnouncingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let request = RevokeKeyRequest(name: try KeyText.name(name), reason: reason)
        try announcing.change(registry) { backend throws(SwerveError) in
            try backend.revokeKey(request)
        } tell: { result in
            Terminal.tell(already: result.already)
            KeyText.show(result.key, asJSON: output.json)
        }
    }
}

extension KeyText {
    /// What the commands that change a key tell of it.
    ///
    /// - Parameter file: of the private key that was made.
    fileprivate static func show(_ key: RegisteredKey?, file: String? = nil, asJSON: Bool) {
        guard let key else { return }
        if asJSON {
            var fields = key.document.object ?? [:]
            fields["file"] = file.map { .string($0) }
            return Terminal.document(.object(fields))
        }
        if let file { Terminal.note("private key in \(file.printable), for you alone") }
        Terminal.line(key.trustLine)
    }
}
