import CRdKafka
package import Lifecycle

/// The settings of the consumer of the input topic: what somebody configured over what was measured
/// here, and what the delivery rules need over both.
package enum ConsumerSettings {
    static func whole(
        _ settings: KafkaSettings, _ membership: GroupMembership, _ commits: OffsetCommits
    ) -> KafkaSettings {
        var settings = settings.withDefaults(defaults)
        if looksIntoQueue {
            settings = settings.withDefaults([queueBackoff: queueBackoffMs])
        }
        // librdkafka wants a fetch to hold the largest message. Whoever raises only that one means
        // this one as well.
        if settings["fetch.max.bytes"] == nil {
            let largest = settings["message.max.bytes"].flatMap(Int.init) ?? 0
            settings["fetch.max.bytes"] = String(max(fetchBytes, largest))
        }
        switch commits {
        case .inBackground(let intervalMs):
            settings["enable.auto.commit"] = "true"
            settings["auto.commit.interval.ms"] = "\(intervalMs)"
        case .whenAsked:
            // Without, nothing would be committed as partitions are given up, and at the close.
            settings["enable.auto.commit"] = "true"
            settings["auto.commit.interval.ms"] = longestIntervalMs
        case .withTransactions:
            settings["enable.auto.commit"] = "false"
        }
        settings["enable.auto.offset.store"] = "false"
        settings["auto.offset.reset"] = "error"
        settings["allow.auto.create.topics"] = "false"
        settings["enable.partition.eof"] = "false"
        if membership.isOfGroup { settings["partition.assignment.strategy"] = "range" }
        if case .static(let instanceID) = membership {
            settings["group.instance.id"] = instanceID
        }
        return settings
    }

    /// Checks that librdkafka takes all these settings together; connects to nothing.
    ///
    /// - Throws: `.usage`, in librdkafka's words.
    package static func check(
        _ settings: KafkaSettings, membership: GroupMembership, act: String
    ) throws(SwerveError) {
        try KafkaHandle.checkTogether(
            RD_KAFKA_CONSUMER, whole(settings, membership, .standard), act: act)
    }

    /// After which a group drops a member that says nothing, in milliseconds.
    package static func sessionMs(_ settings: KafkaSettings) -> Int {
        settings[sessionTimeout].flatMap(Int.init) ?? sessionMs
    }

    /// The longest that librdkafka takes, a day.
    private static let longestIntervalMs = "86400000"
    private static let fetchBytes = 2_097_152
    private static let sessionTimeout = "session.timeout.ms"
    private static let sessionMs = 45_000

    /// Measured starting points; see librdkafka's CONFIGURATION.md.
    ///
    /// `swerve.yaml` overrides them. The queue's bound is what a backlog costs in memory (about
    /// twice itself). By the refresh of the metadata, of this topic alone, a member of a group
    /// learns of partitions that the topic has got: as often as a worker looks for them.
    private static let defaults = [
        sessionTimeout: "\(sessionMs)",
        "queued.min.messages": "1000000", "queued.max.messages.kbytes": "65536",
        "fetch.message.max.bytes": "262144", "fetch.wait.max.ms": "50",
        "topic.metadata.refresh.interval.ms": "5000",
        "isolation.level": "read_committed", "check.crcs": "true",
    ]

    /// Whether librdkafka looks again soon whether its full queue has room: from 2.2 on.
    ///
    /// Before, the thread that fetches sleeps a second, whatever is taken out; see `QueueWakeUp`.
    static let looksIntoQueue = KafkaHandle.hasSetting(queueBackoff, queueBackoffMs)

    private static let queueBackoff = "fetch.queue.backoff.ms"
    private static let queueBackoffMs = "20"
}
