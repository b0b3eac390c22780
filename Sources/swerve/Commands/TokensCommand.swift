import ArgumentParser
import Lifecycle
import Operations
import Registry

/// Who may ask the hub for what: the registry keeps a hash of each token, and people the token.
struct TokensCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens", abstract: "Make, list and revoke the tokens of the hub.",
        discussion: """
            A token is shown once, when it is made; the registry has its hash alone. While a hub leads \
            the registry, tokens are made and revoked through it. The first one is made in the \
            registry's file, before the hub is started or with --break-glass, which the audit chain \
            tells: so does an admin who has lost theirs. A hub knows of a change at once.
            """,
        subcommands: [
            TokensCreateCommand.self, TokensListCommand.self, TokensRevokeCommand.self,
        ])

    /// - Throws: `.usage` for what is not named as a model is.
    static func name(_ text: String) throws(SwerveError) -> ModelName {
        guard let name = try? ModelName(text) else {
            throw SwerveError(
                .usage, act: "naming token '\(text.shortened(to: 80))'",
                reason: "not a token's name", remedy: NameProposal.remedy(for: text))
        }
        return name
    }
}

struct TokensCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a token, and print it: once.",
        discussion: """
            reader looks; registrar also registers versions and says what is said of them; promoter \
            also changes deployments; admin does all, and with --models '*' keys and tokens too. What \
            is done with it is told in the audit chain as by 'NAME (token)'.
            """)

    @Argument(help: "The token's name, as models are named; never used again.")
    var name: String

    @Option(help: "What it may: reader, registrar, promoter or admin.")
    var role: String

    @Option(help: "For which models: names, * for any letters, as in http-*,login.")
    var models = "*"

    @Option(help: "For how long it holds: 90d, 12h, 30m, or never.")
    var expires = "90d"

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var announcing: AnnouncingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let request = CreateTokenRequest(
            name: try TokensCommand.name(name), role: try HubRole(role),
            models: try ModelPattern(models), lifetime: try TokenLifetime(expires))
        try announcing.change(registry) { backend throws(SwerveError) in
            try backend.createToken(request)
        } tell: { result in
            if output.json {
                var fields = result.token.document.object ?? [:]
                fields["secret"] = .string(result.secret)
                return Terminal.document(.object(fields))
            }
            Terminal.note(result.token.summary.printable)
            Terminal.note("keep it now: it is shown this once")
            Terminal.line(result.secret)
        }
    }
}

struct TokensListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the tokens, revoked ones among them, the newest first.")

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let tokens = try registry.backend().tokens(TokensRequest()).tokens
        if output.json {
            return Terminal.document(["tokens": .array(tokens.map(\.document))])
        }
        if tokens.isEmpty {
            Terminal.note("the registry has no tokens; see: swerve tokens create")
        }
        for token in tokens { Terminal.line(token.summary.printable) }
    }
}

struct TokensRevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "End a token, for good.",
        discussion: "From then on no hub takes it. What was done with it stays done.")

    @Argument(help: "The token's name.")
    var name: String

    @Option(help: "Why.")
    var reason = ""

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var announcing: AnnouncingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let request = RevokeTokenRequest(name: try TokensCommand.name(name), reason: reason)
        try announcing.change(registry) { backend throws(SwerveError) in
            try backend.revokeToken(request)
        } tell: { result in
            Terminal.tell(already: result.already)
            guard let token = result.token else { return }
            if output.json { return Terminal.document(token.document) }
            Terminal.line(token.summary.printable)
        }
    }
}
