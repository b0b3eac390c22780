/// What an administrator's calls need at the brokers.
extension TopicAdministrator {
    /// Or the right to create on the cluster, which is one to create them all.
    package static func rightToCreate(_ topic: String) -> KafkaRight { .topic(topic, "Create") }

    package static func rightToReadSettings(of topic: String) -> KafkaRight {
        .topic(topic, "DescribeConfigs")
    }

    package static let rightToReadBrokerSettings = KafkaRight.cluster("DescribeConfigs")

    /// Also implied by the right to read or to write it.
    package static func rightToSee(_ topic: String) -> KafkaRight { .topic(topic, "Describe") }
}
