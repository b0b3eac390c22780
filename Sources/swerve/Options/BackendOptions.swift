import Configuration
import HubClient
import Lifecycle
import Operations
import Transfer

extension RegistryOptions {
    /// The backend of a command that only looks at the registry, and names no brokers.
    ///
    /// - Throws: where the configuration cannot be read.
    func backend(
        hear: @escaping @Sendable (BackendEvent) -> Void = Terminal.tell
    ) throws(SwerveError) -> any Backend {
        switch try RegistryPlace(configuration()) {
        case .hub(let address): try hub(address, hear: hear)
        case .file(let path):
            FileBackend(
                through: FileDoor(path, authority: authority),
                brokers: { () throws(SwerveError) in
                    throw SwerveError(
                        .usage, act: "looking for brokers",
                        reason: "this command looks at the registry alone")
                }, for: Caller(author: Environment.author, hear: hear))
        }
    }

    /// The backend that a command's options name.
    ///
    /// - Throws: where the configuration cannot be read, and `.usage` for brokers that are named
    ///   beside a hub, which has its own.
    func backend(
        _ kafka: KafkaOptions, _ signing: SigningOptions? = nil,
        hear: @escaping @Sendable (BackendEvent) -> Void = Terminal.tell
    ) throws(SwerveError) -> any Backend {
        let options: [any KeyOptions] = [kafka] + (signing.map { [$0] } ?? [])
        let configuration = try configuration(options)
        switch try RegistryPlace(configuration) {
        case .hub(let address):
            try kafka.requireUnnamed(beside: address)
            return try hub(
                address,
                signing: { () throws(SwerveError) in
                    try signing?.hubSigning(configuration)
                }, hear: hear)
        case .file: return try file(configuration, kafka, signing, hear)
        }
    }

    private func hub(
        _ address: HubAddress,
        signing: @escaping () throws(SwerveError) -> HubBackend.Signing? = { nil },
        hear: @escaping @Sendable (BackendEvent) -> Void
    ) throws(SwerveError) -> HubBackend {
        guard !breakGlass else {
            throw SwerveError(
                .usage, act: "asking \(address)",
                reason: "--break-glass is for the registry's file, and a hub is named",
                remedy: "leave it away, or name the file: --registry FILE")
        }
        return try HubBackend(address, signing: signing, hear: hear)
    }

    /// The backend of this machine, for what is no request: a process beside the registry's file.
    ///
    /// - Parameter act: for the error of somebody who names a hub.
    func fileBackend(
        _ kafka: KafkaOptions, _ signing: SigningOptions, for act: String
    ) throws(SwerveError) -> FileBackend {
        let configuration = try configuration(kafka, signing)
        _ = try RegistryPlace(configuration).file(for: act)
        return try file(configuration, kafka, signing, Terminal.tell)
    }

    /// Who announces what a command commits and cannot announce.
    func announcer() throws(SwerveError) -> Announcer {
        if case .hub = try RegistryPlace(configuration()) { .hub } else { .laterCommands }
    }

    /// Where the registry is, for people.
    func shown(_ backend: any Backend) throws(SwerveError) -> String {
        switch try RegistryPlace(configuration()) {
        case .file(let path): path
        case .hub: try backend.registry(RegistryRequest()).place
        }
    }

    /// For processes beside the registry's file, whose configuration may name a hub for others.
    ///
    /// - Throws: `.usage` where `--hub` is given.
    func requireFile(for act: String) throws(SwerveError) {
        if let hub { throw RegistryPlace.needsFile(act, hub) }
        guard ca == nil else { throw RegistryPlace.needsHub }
    }

    private func file(
        _ configuration: Configuration, _ kafka: KafkaOptions, _ signing: SigningOptions?,
        _ hear: @escaping @Sendable (BackendEvent) -> Void
    ) throws(SwerveError) -> FileBackend {
        FileBackend(
            through: FileDoor(
                try configuration.required(.registry), authority: authority),
            isRegistryNamed: configuration.given(.registry) != nil,
            brokers: { () throws(SwerveError) in try kafka.brokersOrNone(configuration) },
            signing: { topic throws(SwerveError) in
                try signing?.signing(configuration, topic: topic)
            },
            for: Caller(
                author: Environment.author, hear: hear, wording: { $0.atTerminal.description }))
    }
}

/// Where the registry is that a command is about: a file of this machine, or a hub.
enum RegistryPlace {
    case file(String)
    case hub(HubAddress)

    /// - Throws: `.usage` where both are named in the same place; else the one of the higher rank
    ///   counts.
    init(_ configuration: Configuration) throws(SwerveError) {
        guard let hub = configuration.given(.hubURL) else {
            guard configuration.given(.hubCA)?.origin.rank != Origin.option("").rank else {
                throw Self.needsHub
            }
            self = .file(try configuration.required(.registry))
            return
        }
        if let registry = configuration.given(.registry) {
            guard hub.origin.rank != registry.origin.rank else {
                throw SwerveError(
                    .usage, act: "looking for the registry",
                    reason: "a hub is named (\(hub.origin)), and a registry's file too "
                        + "(\(registry.origin))",
                    remedy: "name one of them: --hub URL or --registry FILE")
            }
            guard hub.origin.rank > registry.origin.rank else {
                self = .file(registry.value)
                return
            }
        }
        let credentials = HubCredentials(environment: Environment.variables)
        self = .hub(
            try HubAddress(hub.value, connection: Self.connection(configuration)) {
                address throws(SwerveError) in
                try credentials.token(for: address)
            })
    }

    /// How the hub of a configuration is reached.
    static func connection(_ configuration: Configuration) -> WebConnection {
        var connection = WebConnection()
        connection.caFile = configuration.text(.hubCA)
        connection.caSetting = "--ca, SWERVE_HUB_CA or hub.ca"
        connection.isAttended = true
        return connection
    }

    /// - Parameter act: for the error.
    /// - Throws: `.usage` for a hub.
    func file(for act: String) throws(SwerveError) -> String {
        switch self {
        case .file(let path): return path
        case .hub(let address): throw Self.needsFile(act, address.shown)
        }
    }

    /// An option that would be passed over in silence.
    static var needsHub: SwerveError {
        SwerveError(
            .usage, act: "reading --ca", reason: "no hub is asked whose certificate it is about",
            remedy: "name the hub with --hub, or leave --ca away")
    }

    static func needsFile(_ act: String, _ hub: String) -> SwerveError {
        SwerveError(
            .usage, act: act,
            reason: "it needs the registry's file, and a hub is named: \(hub.shortened(to: 80))",
            remedy: "run it where the file is, with --registry FILE")
    }
}

extension KafkaOptions {
    /// Options that would be passed over in silence.
    fileprivate func requireUnnamed(beside hub: HubAddress) throws(SwerveError) {
        let named = [
            ("--bootstrap", bootstrap != nil), ("--status-topic", statusTopic != nil),
            ("--trust", trust != nil), ("--broker-timeout", brokerTimeout != nil),
        ]
        guard let option = named.first(where: { $0.1 })?.0 else { return }
        throw SwerveError(
            .usage, act: "reading \(option)",
            reason: "the hub at \(hub.shown) has brokers, topics and a trust file of its own",
            remedy: "leave \(option) away")
    }
}
