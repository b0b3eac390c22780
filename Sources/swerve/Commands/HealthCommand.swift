import ArgumentParser
import Configuration
import Lifecycle
import Transfer
import Web

/// Asks a service of this machine how it is, over its own HTTP port.
struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Ask the service on this machine whether it is ready.",
        discussion: """
            Asks /readyz at the address that http names in the configuration, or with --hub at that \
            of hub.listen, without any proxy. For the checks of containers and for scripts: a slot \
            is ready once it serves a deployment, and one line says of each that is not, why. A hub with \
            hub.tls.certificate is asked over https, and must show that very certificate, or with --ca \
            one that these stand for; for whichever name it is.

            Exit code 0 where the answer is yes, 1 where it is no or none comes in time, and where \
            another program answers at the address.
            """)

    @Flag(help: "Ask the hub instead of the workers' service.")
    var hub = false

    @Option(help: "Certificates in PEM to believe the hub's by, in place of that one itself.")
    var ca: String?

    @Flag(help: "Ask /livez instead: whether the process is at work, ready or not.")
    var live = false

    @Option(help: "Seconds to wait for the answer, 1 to 60.")
    var timeout = 3

    @OptionGroup var source: SourceOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        guard (1...60).contains(timeout) else {
            throw SwerveError(
                .usage, act: "reading --timeout", reason: "\(timeout) is not in 1 … 60")
        }
        guard hub || ca == nil else {
            throw SwerveError(
                .usage, act: "reading --ca", reason: "workers are asked over plain HTTP",
                remedy: "leave it away, or ask the hub: --hub")
        }
        let key: ConfigurationKey = hub ? .hubListen : .http
        let configuration = try source.configuration()
        let certificate = hub ? configuration.text(.hubCertificate) : nil
        let url = try Self.url(
            configuration, key, path: live ? "/livez" : "/readyz",
            scheme: certificate == nil ? "http" : "https")
        let health = try Health.ask(
            url, believing: ca ?? certificate, timeoutMs: timeout * 1_000)
        if output.json {
            Terminal.document(health.document)
        } else {
            for line in health.lines { Terminal.line(line) }
        }
        guard health.isWell else { throw ExitCode(ExitContract.failed) }
    }

    /// Where this machine reaches the address of `key`.
    static func url(
        _ configuration: Configuration, _ key: ConfigurationKey, path: String,
        scheme: String = "http"
    ) throws(SwerveError) -> String {
        let text = try configuration.required(key)
        guard text != "none" else {
            throw configuration.wrong(
                key, "is none: the service answers nowhere",
                remedy: "set it to an address, as in 127.0.0.1:9464")
        }
        let address: HTTPAddress
        do throws(SwerveError) {
            address = try HTTPAddress(parsing: text)
        } catch {
            throw configuration.wrong(key, "is no address: \(error.reason)", remedy: error.remedy)
        }
        guard address.port > 0 else {
            throw configuration.wrong(
                key, "lets the system choose the port, which is told in the service's log alone",
                remedy: "set a port")
        }
        // Every address of the machine is no address to connect to.
        let host = ["0.0.0.0": "127.0.0.1", "::": "::1"][address.host] ?? address.host
        return "\(scheme)://\(HTTPAddress(host: host, port: address.port))\(path)"
    }
}

/// What a service answered to the question whether it is well.
struct Health {
    let url: String
    let status: Int
    /// What it said, without control characters; at least one.
    let lines: [String]

    var isWell: Bool { status == 200 }

    /// `url`, `status` of HTTP, `ok`, and `lines`: what it said.
    var document: JSONValue {
        [
            "url": .string(url), "status": .int(Int64(status)), "ok": .bool(isWell),
            "lines": .array(lines.map { .string($0) }),
        ]
    }

    /// - Parameter believing: certificates in PEM, for https.
    /// - Throws: where no answer comes in time, or one of another program's.
    static func ask(
        _ url: String, believing certificates: String? = nil, timeoutMs: Int
    ) throws(SwerveError) -> Health {
        let act = "asking \(url)"
        var connection = WebConnection()
        connection.caFile = certificates
        connection.caSetting = "--ca"
        connection.isAttended = true
        connection.totalMs = timeoutMs
        var request = WebRequest(try WebAddress(url, act: act))
        request.isPastProxies = true
        // The address of this machine is in few certificates.
        request.takesAnyName = true
        let sink = Sink(act: act)
        let answer: WebAnswer
        do throws(SwerveError) {
            answer = try WebExchange.perform(
                request, by: connection, limit: .max, sink: sink, act: act, isCancelled: { false })
        } catch {
            throw SwerveError(
                error.code, act: error.act, reason: error.reason,
                remedy: error.remedy.isEmpty
                    ? "look whether the service runs, and at which address (http, hub.listen)"
                    : error.remedy)
        }
        try checkOwn(answer, act: act)
        let said = answer.isSuccess ? sink.bytes : answer.refusal
        var lines = String(decoding: said, as: UTF8.self).split(separator: "\n")
            .map { String($0).shortened(to: lineCharacters).printable }
        // Whoever is told no is told why, or that nobody says it.
        if lines.isEmpty { lines = ["it answers with \(answer.status), and says nothing"] }
        return Health(url: url, status: answer.status, lines: lines)
    }

    /// Whoever else has the address answers for itself, whatever it says.
    ///
    /// - Throws: where it does not come from Swerve.
    fileprivate static func checkOwn(_ answer: WebAnswer, act: String) throws(SwerveError) {
        guard answer.headers["server"] != HTTPServer.name else { return }
        let place = answer.location.map {
            ", and sends to \($0.shortened(to: lineCharacters).printable)"
        }
        throw SwerveError(
            .refused, act: act,
            reason: "another program answers there, and no service of Swerve's: it says "
                + "\(answer.status)\(place ?? "")",
            remedy: "look which program has the address, and at which the service runs (http, "
                + "hub.listen)")
    }

    private static let lineCharacters = 400

    private final class Sink: WebSink {
        var bytes: [UInt8] = []
        private let act: String

        init(act: String) { self.act = act }

        /// Before the answer's bytes, so that those of others are not waited for.
        func begin(_ answer: WebAnswer) throws(SwerveError) {
            try Health.checkOwn(answer, act: act)
        }

        func take(_ bytes: [UInt8]) throws(SwerveError) {
            self.bytes += bytes.prefix(Limits.shortAnswerBytes - self.bytes.count)
        }
    }
}
