import Configuration
import Lifecycle
import Operations

extension FileBackend {
    /// The backend that a command's options name.
    ///
    /// - Throws: where the configuration cannot be read.
    init(
        _ registry: RegistryOptions, _ kafka: KafkaOptions, _ signing: SigningOptions,
        hear: @escaping @Sendable (BackendEvent) -> Void = Terminal.tell
    ) throws(SwerveError) {
        let configuration = try registry.configuration(kafka, signing)
        self.init(
            registry: try configuration.required(.registry),
            brokers: { () throws(SwerveError) in try kafka.brokersOrNone(configuration) },
            author: Environment.author,
            signing: { topic throws(SwerveError) in
                try signing.signing(configuration, topic: topic)
            },
            hear: hear)
    }
}
