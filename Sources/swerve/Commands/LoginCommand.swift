import ArgumentParser
import Configuration
import Lifecycle
import Platform
import Transfer

/// Which hub, for commands about the token that it is shown.
struct HubOptions: ParsableArguments, KeyOptions {
    @Option(
        help: """
            The hub, as in https://models.example:9465; over $SWERVE_HUB and the configuration file.
            """)
    var hub: String?

    @Option(help: "Certificates in PEM to believe the hub's by, in place of the system's.")
    var ca: String?

    @OptionGroup var source: SourceOptions

    var keys: [ConfigurationKey: String?] { [.hubURL: hub, .hubCA: ca] }

    func configuration() throws(SwerveError) -> Configuration { try source.configuration(self) }

    func address(_ configuration: Configuration) throws(SwerveError) -> WebAddress {
        let act = "reading which hub"
        guard let text = configuration.text(.hubURL) else {
            throw SwerveError(
                .usage, act: act, reason: "none is named",
                remedy: "name it: --hub URL, SWERVE_HUB, or hub.url of the configuration")
        }
        let address = try WebAddress(text, act: act)
        guard address.scheme == .https || (address.scheme == .http && address.isLoopback) else {
            throw SwerveError(
                .usage, act: act,
                reason: "the token would travel to \(address.shown) where everybody reads it",
                remedy: "give an address that begins with https://")
        }
        return address
    }

    /// Where the token for it is kept.
    func file(for address: WebAddress) throws(SwerveError) -> TokenFile {
        let credentials = HubCredentials(environment: Environment.variables)
        guard let file = credentials.file(for: address) else {
            throw SwerveError(
                .usage, act: "looking for the folder of your settings",
                reason: "neither XDG_CONFIG_HOME nor HOME is set",
                remedy: "set HOME, or give the token as SWERVE_TOKEN")
        }
        return file
    }
}

/// A token for a hub, checked and kept.
struct LoginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Keep a token for a hub, once the hub has taken it.",
        discussion: """
            The token comes from standard input: typed without being shown, or piped, as in \
            swerve login --hub URL < token.txt. It is kept in a file that you alone may read, below \
            $XDG_CONFIG_HOME/swerve or ~/.config/swerve. SWERVE_TOKEN, where it is set, comes first.
            """)

    @OptionGroup var options: HubOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let configuration = try options.configuration()
        let address = try options.address(configuration)
        let file = try options.file(for: address)
        let act = "reading the token"
        let typed = try TerminalSecret.read(
            prompt: "Token for \(address.shown): ", limit: TokenFile.bytesMax, act: act)
        guard let token = TokenFile.line(typed) else {
            throw SwerveError(.usage, act: act, reason: "it is not one line of text")
        }
        let subject = try WhoamiCall.ask(
            address, token: token, by: RegistryPlace.connection(configuration))
        try file.write(token)
        if output.json {
            return Terminal.document([
                "hub": .string(address.shown), "file": .string(file.path), "subject": subject,
            ])
        }
        Terminal.note("kept in \(file.path.printable), for you alone")
        Terminal.line(Self.words(subject, address))
    }

    private static func words(_ subject: JSONValue, _ address: WebAddress) -> String {
        let grants = (subject["grants"]?.array ?? []).map { grant in
            "\(grant["role"]?.string ?? "?") of \(grant["models"]?.string ?? "?")"
        }
        let name = subject["name"]?.string ?? "?"
        return "\(name) at \(address.shown): \(grants.joined(separator: ", "))".printable
    }
}

/// The end of a login.
struct LogoutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Forget the token for a hub.",
        discussion: "The token itself goes on holding: to end it, swerve tokens revoke.")

    @OptionGroup var options: HubOptions

    func run() throws {
        let address = try options.address(options.configuration())
        let file = try options.file(for: address)
        Terminal.note(
            try file.remove()
                ? "forgotten: \(file.path.printable)" : "there was none for \(address.shown)")
    }
}

/// Asks a hub whom a token stands for.
enum WhoamiCall {
    static func ask(
        _ hub: WebAddress, token: String, by given: WebConnection
    ) throws(SwerveError) -> JSONValue {
        let act = "asking \(hub.shown) whom the token stands for"
        let base = hub.url.hasSuffix("/") ? String(hub.url.dropLast()) : hub.url
        var request = WebRequest(try WebAddress("\(base)/v1/whoami", act: act))
        request.authorization = .bearer(token)
        var connection = given
        connection.totalMs = patienceMs
        let sink = Sink()
        let answer = try WebExchange.perform(
            request, by: connection, limit: Int64(answerBytes), sink: sink, act: act
        ) { false }
        guard answer.isSuccess else {
            let told = try? JSONValue(parsing: answer.refusal, act: act)
            guard let reason = told?["detail"]?.string else {
                throw WebFault.error(answer, act: act)
            }
            throw SwerveError(
                answer.status >= 500 || answer.status == 429 ? .unavailable : .refused, act: act,
                reason: reason.shortened(to: 300))
        }
        let subject = try JSONValue(parsing: sink.bytes, act: act, limit: answerBytes)
        guard subject["name"]?.string != nil else {
            throw SwerveError(.invalid, act: act, reason: "that is no answer of a hub")
        }
        return subject
    }

    private final class Sink: WebSink {
        var bytes: [UInt8] = []
        func begin(_ answer: WebAnswer) {}
        func take(_ more: [UInt8]) { bytes += more }
    }

    private static let patienceMs = 30_000
    private static let answerBytes = 64 << 10
}
