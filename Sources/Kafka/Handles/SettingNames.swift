import Lifecycle

/// What somebody may have meant by a setting that librdkafka does not have.
enum SettingNames {
    /// - Parameter names: librdkafka's own.
    /// - Returns: nil where nothing is near.
    static func remedy(for key: String, among names: [String]) -> String? {
        let plain = String(key.lowercased().map { $0 == "_" || $0 == "-" ? "." : $0 })
        if names.contains(plain) { return "did you mean \(plain)?" }
        if let words = others[plain] { return words }
        return NearestWord.find(plain, among: names).map { "did you mean \($0)?" }
    }

    /// Second names, and settings that librdkafka does not list while nobody has set them.
    static let unlisted = [
        "linger.ms", "acks", "batch.num.messages", "compression.type", "request.timeout.ms",
        "delivery.timeout.ms", "retries", "max.in.flight", "metadata.broker.list",
        "bootstrap.servers", "sasl.username", "sasl.password", "sasl.mechanism", "sasl.mechanisms",
        "ssl.ca.location", "ssl.ca.pem", "ssl.certificate.location", "ssl.certificate.pem",
        "ssl.key.location", "ssl.key.pem", "ssl.key.password", "ssl.keystore.location",
        "ssl.keystore.password", "ssl.crl.location", "ssl.cipher.suites", "debug", "client.rack",
        "group.id", "sasl.oauthbearer.config", "sasl.oauthbearer.client.id",
        "sasl.oauthbearer.client.secret", "sasl.oauthbearer.token.endpoint.url",
    ]

    /// Names of Kafka's Java clients, and what people call the brokers.
    private static let others = [
        "bootstrap": brokers, "brokers": brokers, "broker.list": brokers, "servers": brokers,
        "fetch.max.wait.ms": "librdkafka calls it fetch.wait.max.ms",
        "buffer.memory": "librdkafka calls it queue.buffering.max.kbytes, in KiB",
        "max.request.size": "librdkafka calls it message.max.bytes",
        "max.poll.records": "a batch of Swerve has up to 1000 records; remove it",
        "ssl.truststore.location": "librdkafka reads PEM: ssl.ca.location",
        "ssl.truststore.password": "librdkafka reads PEM, which has none: ssl.ca.location",
        "sasl.jaas.config": "give user and password as sasl.username and sasl.password",
        "key.serializer": "Swerve serializes itself; remove it",
        "value.serializer": "Swerve serializes itself; remove it",
        "key.deserializer": "input.format says how records are read; remove it",
        "value.deserializer": "input.format says how records are read; remove it",
    ]
    private static let brokers = "did you mean bootstrap.servers?"
}
