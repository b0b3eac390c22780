import ArgumentParser
import Configuration
import Hub
import Lifecycle
import Logging
import Operations
import Platform
import Supervision
import Web

/// The registry and the fleet behind an address.
struct HubCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hub",
        abstract: "Serve the registry and the fleet over HTTP, until asked to stop.",
        discussion: """
            One hub leads a registry: it alone writes it, announces what is committed, and carries \
            rollouts out. A second one on the same machine answers reads and takes over when the \
            first ends, or does not renew its lease (hub.lease_ms). While one leads, commands that \
            write the registry's file are refused, unless --break-glass is given.

            What it answers is described at /v1/openapi.json. Whoever asks shows a token; with \
            hub.open: loopback, this machine itself is let in without one.

            SIGTERM and SIGINT let what is at work be answered, give the lease up, and stop.
            """)

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions

    func run() throws {
        try registry.requireFile(for: "leading a registry")
        let configuration = try registry.configuration(kafka)
        let address = try Self.address(configuration)
        let form = LogLine.Form(rawValue: try configuration.choice(.logFormat)) ?? .text
        // Before any other thread.
        let stop = try StopSign()
        let log = ProcessLog(form, LogVerbosity(try configuration.choice(.logLevel))) { 0 }
        log.begin()
        defer { log.end() }
        let logger = Logger(label: "hub")
        if let warning = OpenFiles.raise() { logger.warning("\(warning)") }
        let kafka = kafka
        var settings = HubSettings(
            address: address, registry: try configuration.required(.registry),
            leaseMs: Int64(try configuration.integer(.hubLease)),
            version: SwerveCommand.configuration.version,
            brokers: { try kafka.brokersOrNone(configuration) })
        settings.flips = StreamFlips(
            files: try workerFiles(configuration), registry: settings.registry,
            kafka: { configuration throws(SwerveError) in try kafka.brokers(configuration) })
        settings.isOpen = try configuration.choice(.hubOpen) == "loopback"
        do throws(SwerveError) {
            settings.issuer = try Self.issuer(configuration)
            settings.identity = try Self.identity(configuration)
            try Self.checkFiles(configuration, try kafka.brokersOrNone(configuration))
        } catch {
            // A file that cannot be used is the configuration's fault: another start ends alike.
            throw error.ofNamedFile
        }
        if let warning = Self.clearWarning(
            configuration, address, isSecure: settings.identity != nil)
        {
            logger.warning("\(warning)")
        }
        let scheme = settings.identity == nil ? "http" : "https"
        let hub = try Hub(settings) { HubLog.tell($0, address, scheme, logger) }
        hub.start()
        var manager = ManagerWords(
            ServiceManager.of(Environment.variables, log: logger), log: logger)
        manager.turned()
        MemoryPolicy.releaseCode()
        while try !stop.isGiven(withinMs: manager.turnMs ?? Self.lookMs) {
            if hub.isAlive { manager.turned() }
        }
        manager.stopping(withinMs: Self.stopMs)
        logger.info("stopping: what is at work is answered first")
        hub.stop()
    }

    /// Those that it reads only once it runs: a hub would start, and its log alone would tell why
    /// nothing is announced, no heartbeat counts, or nobody can sign in.
    static func checkFiles(
        _ configuration: Configuration, _ brokers: KafkaBrokers
    ) throws(SwerveError) {
        try brokers.checkFiles()
        guard configuration.given(.hubIssuer) != nil else { return }
        let files = NamedFiles(configuration: configuration)
        try files.checkAuthorities(.hubIssuerCA)
        try files.checkSecret(.hubClientSecretFile)
    }

    /// How requests of the models are read, for examples on pages.
    private func workerFiles(_ own: Configuration) throws(SwerveError) -> WorkerFiles {
        let (registry, kafka) = (registry, kafka)
        return try WorkerFiles(own) { file throws(SwerveError) in
            var options = registry
            options.config = file
            return try options.configuration(kafka)
        }
    }

    /// Whose tokens count beside the registry's own; nil for nobody's.
    private static func issuer(
        _ configuration: Configuration
    ) throws(SwerveError) -> IssuerSettings? {
        guard let issuer = configuration.text(.hubIssuer) else { return nil }
        var rules: [IssuerSettings.Rule] = []
        for text in try configuration.list(.hubRoles) {
            do throws(SwerveError) {
                rules.append(try IssuerSettings.Rule(text))
            } catch {
                throw configuration.wrong(
                    .hubRoles, "has '\(text.shortened(to: 80))' in it: \(error.reason)",
                    remedy: error.remedy)
            }
        }
        guard !rules.isEmpty else {
            throw configuration.wrong(
                .hubRoles, "is needed beside hub.oidc.issuer: without it nobody may do anything",
                remedy: "write what values of the claim are good for, as in ml-team=promoter:http-*"
            )
        }
        var settings = IssuerSettings(
            issuer: issuer, audience: try configuration.required(.hubAudience),
            claim: try configuration.required(.hubClaim),
            nameClaim: try configuration.required(.hubName), rules: rules,
            caFile: configuration.text(.hubIssuerCA))
        settings.signIn = try HubSignIn.settings(configuration)
        return settings
    }

    private static func address(
        _ configuration: Configuration
    ) throws(SwerveError) -> HTTPAddress {
        do throws(SwerveError) {
            return try HTTPAddress(parsing: try configuration.required(.hubListen))
        } catch {
            throw configuration.wrong(
                .hubListen, "is no address: \(error.reason)", remedy: error.remedy)
        }
    }

    /// What is to be said of a hub that others reach over plain HTTP; nil where none do, or where
    /// people ask a proxy that speaks HTTPS.
    static func clearWarning(
        _ configuration: Configuration, _ address: HTTPAddress, isSecure: Bool
    ) -> String? {
        let isLocal =
            address.host == "localhost" || address.host == "::1"
            || address.host.hasPrefix("127.")
        let isBehindProxy =
            configuration.text(.hubPublicURL)?.lowercased().hasPrefix("https://") ?? false
        guard !isSecure, !isLocal, !isBehindProxy else { return nil }
        return "hub.listen, \(address): other machines reach this hub over plain HTTP, and tokens "
            + "and sessions can be read on the way; give \(ConfigurationKey.hubCertificate.rawValue) "
            + "and \(ConfigurationKey.hubKey.rawValue), or listen on 127.0.0.1 behind a proxy that "
            + "speaks HTTPS"
    }

    private static func identity(
        _ configuration: Configuration
    ) throws(SwerveError) -> TLSIdentity? {
        let (certificate, key) = (
            configuration.given(.hubCertificate)?.value, configuration.given(.hubKey)?.value
        )
        guard let certificate, let key else {
            guard certificate != nil || key != nil else { return nil }
            let missing = certificate == nil ? ConfigurationKey.hubCertificate : .hubKey
            throw SwerveError(
                .usage, act: "reading the configuration",
                reason: "\(missing.rawValue) is not given, and its other half is",
                remedy: "give both, or none")
        }
        return try TLSIdentity(certificate: certificate, key: key)
    }

    private static let lookMs = 1_000
    /// More than what is at work takes.
    private static let stopMs = 60_000
}

/// What a hub tells, as lines of its log.
enum HubLog {
    static func tell(
        _ news: HubNews, _ address: HTTPAddress, _ scheme: String, _ log: Logger
    ) {
        switch news {
        case .http(.listening(let port)):
            let place = HTTPAddress(host: address.host, port: port)
            log.info("the hub answers at \(scheme)://\(place)")
        case .http(.notListening(let error, _)):
            log.error("\(error.description); it is tried again")
        case .leader(.leads(let term)): log.info("this hub leads the registry, term \(term)")
        case .leader(.stopped(let term)):
            log.warning("this hub does not lead the registry any more (term \(term))")
        case .leader(.follows(let holder)):
            log.info("\(holder) leads the registry; reads are answered here")
        case .leader(.fault(let error)): log.error("\(error.atTerminal.description)")
        case .nobodyKnown:
            log.warning(
                """
                nobody is let in: the registry has no token that holds, and no issuer's count; make \
                one with swerve tokens create NAME --role admin --break-glass
                """)
        case .announced(let done):
            let lines = done.hubLines
            if let line = lines.done { log.info("\(line)") }
            if let line = lines.obstacle { log.warning("\(line)") }
        case .fault(let loop, let error):
            log.warning("\(loop): \(error.atTerminal.line(passing: "passing: it is tried again"))")
        case .certificate(let news): tell(news, log)
        case .untold(let webhook, let delivery, let words, let isTriedAgain):
            let then = isTriedAgain ? "it is tried again" : "it is not tried again"
            log.warning("webhook \(webhook), delivery \(delivery): \(words.printable); \(then)")
        case .rollout(.told(let model, let rollout, _, let event, let detail)):
            log.info("\(model): rollout \(rollout): \(event): \(detail)")
        case .rollout(.noted(let model, let words)): log.info("\(model): labels: \(words)")
        case .rollout(.waits(let model, let words)):
            log.warning("\(model.map { "\($0): " } ?? "rollouts: ")waits for \(words)")
        case .rollout(.fault(let model, let error)):
            let whose = model.map { "\($0): " } ?? ""
            log.warning(
                "\(whose)\(error.atTerminal.line(passing: "passing: it is tried again"))")
        }
    }
    private static func tell(_ news: CertificateNews, _ log: Logger) {
        switch news {
        case .replaced(let endsAtMs):
            log.info("a new certificate is shown, until \(Timestamp.text(ofMs: endsAtMs))")
        case .unusable(let error):
            log.error("\(error.description); the certificate from before is shown")
        case .ends(let days) where days < 0: log.error("the certificate has ended: renew it")
        case .ends(let days): log.warning("the certificate ends in \(days) days: renew it")
        }
    }
}
