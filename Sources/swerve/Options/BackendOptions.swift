import Configuration
import Lifecycle
import Operations

extension FileBackend {
    /// The backend of a command that only looks at the registry, and names no brokers.
    ///
    /// - Throws: where the configuration cannot be read.
    init(
        _ registry: RegistryOptions,
        hear: @escaping @Sendable (BackendEvent) -> Void = Terminal.tell
    ) throws(SwerveError) {
        self.init(
            through: FileDoor(try registry.path, authority: registry.authority),
            brokers: { () throws(SwerveError) in
                throw SwerveError(
                    .usage, act: "looking for brokers",
                    reason: "this command looks at the registry alone")
            }, for: Caller(author: Environment.author, hear: hear))
    }

    /// The backend that a command's options name.
    ///
    /// - Throws: where the configuration cannot be read.
    init(
        _ registry: RegistryOptions, _ kafka: KafkaOptions, _ signing: SigningOptions? = nil,
        hear: @escaping @Sendable (BackendEvent) -> Void = Terminal.tell
    ) throws(SwerveError) {
        let options: [any KeyOptions] = [kafka] + (signing.map { [$0] } ?? [])
        let configuration = try registry.configuration(options)
        self.init(
            through: FileDoor(
                try configuration.required(.registry), authority: registry.authority),
            isRegistryNamed: configuration.given(.registry) != nil,
            brokers: { () throws(SwerveError) in try kafka.brokersOrNone(configuration) },
            signing: { topic throws(SwerveError) in
                try signing?.signing(configuration, topic: topic)
            },
            for: Caller(
                author: Environment.author, hear: hear, wording: { $0.atTerminal.description }))
    }
}
