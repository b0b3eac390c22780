package import Kafka
package import Lifecycle

/// What the worker's Kafka handles are made of.
extension WorkerConfiguration {
    /// The brokers, with what the development broker needs.
    package var baseSettings: KafkaSettings {
        let settings = KafkaSettings(kafka, names: KafkaNames(prefix: namePrefix))
        guard isDevelopment else { return settings }
        return settings.withDefaults(["fetch.wait.max.ms": "\(developmentWaitMs)"])
    }

    /// How long a fetch waits at the development broker.
    ///
    /// One that finds nothing is answered when its time is over, also where something comes before;
    /// so it is short. But one thread of that broker answers all, and the more slots ask, the less
    /// often each of them may.
    private var developmentWaitMs: Int { min(max(10, total ?? 0), 100) }

    /// Of the consumer of the input topic.
    package var consumerSettings: KafkaSettings {
        var settings = baseSettings.overlaid(with: KafkaSettings(kafkaConsumer))
        settings["group.id"] = group
        return isDevelopment ? settings.withDefaults(Self.developmentGroup) : settings
    }

    /// Of the reader of the control and the status topic: the consumer's.
    ///
    /// But its fetches wait a second at most: by their answers the worker knows that brokers are
    /// there (`BrokerSilence`).
    package var readerSettings: KafkaSettings {
        var settings = baseSettings.overlaid(with: KafkaSettings(kafkaConsumer))
        let name = "fetch.wait.max.ms"
        if let waitMs = settings.values[name].flatMap({ Int($0) }), waitMs > 1_000 {
            settings[name] = "1000"
        }
        return settings
    }

    /// Of the producer of predictions and dead letters.
    package var producerSettings: KafkaSettings {
        baseSettings.overlaid(with: KafkaSettings(kafkaProducer))
    }

    /// The id of the producer's transactions; nil without them.
    package var transactionalID: String? {
        delivery == .exactlyOnce ? ProducerTransactions.transactionalID(of: slotID) : nil
    }

    /// Who commits offsets.
    package var commits: OffsetCommits {
        switch delivery {
        case .atLeastOnce: .whenAsked
        case .exactlyOnce: .withTransactions
        }
    }

    package var membership: GroupMembership {
        switch assignment {
        case .static: .static(instanceID: "\(group)-\(slot)")
        case .dynamic: .dynamic
        case .fixed: .fixed(slot: slot, total: total ?? Limits.slots)
        }
    }

    /// Checks that librdkafka can make the worker's clients of these settings; connects to nothing.
    ///
    /// - Throws: `.usage`, with what librdkafka does not take.
    package func checkClients() throws(SwerveError) {
        try ConsumerSettings.check(
            consumerSettings, membership: membership, act: "checking the consumer's kafka settings")
        try RecordProducer.check(
            producerSettings, transactionalID: transactionalID,
            act: "checking the producer's kafka settings")
    }

    /// The development broker lets a group wait for the session timeout whenever a member comes or
    /// goes, so it is kept short there.
    private static let developmentGroup = [
        "session.timeout.ms": "6000", "heartbeat.interval.ms": "500",
    ]
}
