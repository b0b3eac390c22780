import CRdKafka
package import Lifecycle

/// How far a group has committed, asked from outside: nobody joins it.
package enum GroupProgress {
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
        var found = [Int64?](repeating: nil, count: partitions)
        try handle.retrying(
            act, timeoutMs: timeoutMs,
            rights: [.group(group, "Describe"), .topic(topic, "Describe")]
        ) { waitMs in
            let list = unsafe rd_kafka_topic_partition_list_new(Int32(partitions))
            defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
            for partition in 0..<Int32(partitions) {
                _ = unsafe rd_kafka_topic_partition_list_add(list, topic, partition)
            }
            let code = unsafe rd_kafka_committed(handle.raw, list, waitMs)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let list = unsafe list else { return code }
            for index in 0..<Int(unsafe list.pointee.cnt) {
                let entry = unsafe list.pointee.elems[index]
                guard unsafe entry.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                    return unsafe entry.err
                }
                let (partition, offset) = unsafe (Int(entry.partition), entry.offset)
                guard found.indices.contains(partition) else { continue }
                found[partition] = offset >= 0 ? offset : nil
            }
            return code
        }
        return found
    }
}
