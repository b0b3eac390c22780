import CRdKafka
package import Lifecycle

/// How far a group has committed, asked from outside: nobody joins it.
package enum GroupProgress {
    /// What the question needs at the brokers.
    package static func rights(of group: String, topic: String) -> [KafkaRight] {
        [.group(group, "Describe"), .topic(topic, "Describe")]
    }

    /// The committed offset of each partition; nil where the group committed none.
    ///
    /// Blocking; any thread.
    ///
    /// - Throws: `.unavailable` where the brokers do not answer in time; `.refused` without the
    ///   right to see the group.
    package static func committed(
        by group: String, of topic: String, partitions: Int, settings: KafkaSettings,
        timeoutMs: Int32, log: @escaping KafkaLogSink
    ) throws(SwerveError) -> [Int64?] {
        let act = "asking how far group \(group) has come"
        var settings = settings
        settings["group.id"] = group
        settings["group.instance.id"] = nil
        settings["enable.auto.commit"] = "false"
        settings["allow.auto.create.topics"] = "false"
        let handle = try unsafe KafkaHandle(
            RD_KAFKA_CONSUMER, settings: settings, act: act, log: log)
        defer { handle.destroy() }
        return try unsafe handle.offsets(
            act, of: topic, partitions: partitions, timeoutMs: timeoutMs,
            rights: rights(of: group, topic: topic)
        ) { list, waitMs in unsafe rd_kafka_committed(handle.raw, list, waitMs) }
    }
}
