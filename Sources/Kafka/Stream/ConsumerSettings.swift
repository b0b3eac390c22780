/// The settings of the consumer of the input topic: what somebody configured over what was measured
/// here, and what the delivery rules need over both.
enum ConsumerSettings {
    static func whole(
        _ settings: KafkaSettings, _ membership: GroupMembership, _ commits: OffsetCommits
    ) -> KafkaSettings {
        var settings = settings.withDefaults(defaults)
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

    private static let fetchBytes = 2_097_152

    /// Measured starting points; see librdkafka's CONFIGURATION.md.
    ///
    /// `swerve.yaml` overrides them. The queue's bound is what a backlog costs in memory (about
    /// twice itself). A broker thread that finds it full sleeps up to a second, whatever is taken
    /// out meanwhile, unless something wakes it: the refresh of the metadata does, five times a
    /// second. Without it the same bound gave 200,000 records a second instead of 340,000.
    private static let defaults = [
        "session.timeout.ms": "45000",
        "queued.min.messages": "1000000", "queued.max.messages.kbytes": "65536",
        "fetch.message.max.bytes": "262144", "fetch.wait.max.ms": "50",
        "topic.metadata.refresh.interval.ms": "200",
        "isolation.level": "read_committed", "check.crcs": "true",
    ]
}
