import CRdKafka
package import Lifecycle

/// Looks at topics and makes them.
///
/// Blocking; for start-up and the command line.
@safe
package final class TopicAdministrator {
    private let handle: KafkaHandle

    package init(settings: KafkaSettings, log: @escaping KafkaLogSink) throws(SwerveError) {
        handle = try unsafe KafkaHandle(
            RD_KAFKA_PRODUCER, settings: settings, act: "opening an admin client", log: log)
    }

    package func close() { handle.destroy() }

    /// The number of partitions of each topic; 0 for one that does not exist.
    ///
    /// - Throws: `.unavailable` when no broker answers in time, `.refused` for wrong credentials.
    package func partitionCounts(
        of topics: [String], timeoutMs: Int32
    ) throws(SwerveError) -> [String: Int] {
        let act =
            "looking for \(topics.count == 1 ? "topic" : "topics") "
            + topics.joined(separator: ", ")
        var metadata: UnsafePointer<rd_kafka_metadata>?
        // Of all topics: asking for one by name makes it, on brokers that make topics themselves.
        let code = unsafe rd_kafka_metadata(handle.raw, 1, nil, &metadata, timeoutMs)
        for fault in pollFaults() where fault.kind == .denied {
            throw SwerveError(
                .refused, act: act, reason: fault.text, remedy: "correct the kafka credentials")
        }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let found = unsafe metadata else {
            throw SwerveError(
                act: act, kafka: code,
                remedy: "check that the brokers are up and bootstrap.servers is right")
        }
        defer { unsafe rd_kafka_metadata_destroy(found) }
        var counts: [String: Int] = [:]
        for topic in topics { counts[topic] = 0 }
        for index in 0..<Int(unsafe found.pointee.topic_cnt) {
            let described = unsafe found.pointee.topics[index]
            guard let name = unsafe described.topic.map({ unsafe String(cString: $0) }),
                counts[name] != nil
            else { continue }
            counts[name] = try unsafe Self.partitionCount(of: described, act: act)
        }
        return counts
    }

    private static func partitionCount(
        of topic: rd_kafka_metadata_topic, act: String
    ) throws(SwerveError) -> Int {
        switch unsafe topic.err {
        case RD_KAFKA_RESP_ERR_NO_ERROR: return Int(unsafe topic.partition_cnt)
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC: return 0
        case let code: throw SwerveError(act: act, kafka: code)
        }
    }

    /// Makes what is missing.
    ///
    /// - Returns: the names of the topics that were made.
    /// - Throws: for a broker that refuses or cannot (the development broker cannot).
    package func create(
        _ topics: [WantedTopic], replication: Int, timeoutMs: Int32
    ) throws(SwerveError) -> [String] {
        let act = "creating " + topics.map(\.name).joined(separator: ", ")
        var requests: [OpaquePointer?] = unsafe []
        defer { unsafe requests.forEach { unsafe rd_kafka_NewTopic_destroy($0) } }
        for topic in topics {
            var message = [CChar](repeating: 0, count: KafkaHandle.errorBytes)
            guard
                let request = unsafe rd_kafka_NewTopic_new(
                    topic.name, Int32(topic.partitions), Int32(replication), &message, message.count
                )
            else {
                throw SwerveError(.usage, act: act, reason: KafkaHandle.text(message))
            }
            for (setting, value) in topic.settings {
                unsafe rd_kafka_NewTopic_set_config(request, setting, value)
            }
            unsafe requests.append(request)
        }
        let event = try unsafe admin(act: act, timeoutMs: timeoutMs) { options, queue in
            unsafe rd_kafka_CreateTopics(handle.raw, &requests, requests.count, options, queue)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        var count = 0
        guard let result = unsafe rd_kafka_event_CreateTopics_result(event),
            let results = unsafe rd_kafka_CreateTopics_result_topics(result, &count)
        else { throw SwerveError(.system, act: act, reason: "no result") }
        var made: [String] = []
        for index in 0..<count {
            let code = unsafe rd_kafka_topic_result_error(results[index])
            let name = unsafe String(cString: rd_kafka_topic_result_name(results[index]))
            switch code {
            case RD_KAFKA_RESP_ERR_NO_ERROR: made.append(name)
            case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: continue
            default:
                let text = unsafe rd_kafka_topic_result_error_string(results[index])
                throw SwerveError(
                    act: "creating \(name)", kafka: code,
                    detail: unsafe text.map { unsafe String(cString: $0) } ?? "")
            }
        }
        return made
    }

    /// The value of one of a topic's settings, such as `cleanup.policy`.
    package func setting(
        _ name: String, of topic: String, timeoutMs: Int32
    ) throws(SwerveError) -> String? {
        let act = "reading \(name) of \(topic)"
        var resources: [OpaquePointer?] = unsafe [
            unsafe rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic)
        ]
        defer { unsafe rd_kafka_ConfigResource_destroy(resources[0]) }
        let event = try unsafe admin(act: act, timeoutMs: timeoutMs) { options, queue in
            unsafe rd_kafka_DescribeConfigs(handle.raw, &resources, 1, options, queue)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        var count = 0
        guard let result = unsafe rd_kafka_event_DescribeConfigs_result(event),
            let described = unsafe rd_kafka_DescribeConfigs_result_resources(result, &count),
            count > 0
        else { throw SwerveError(.system, act: act, reason: "no result") }
        let code = unsafe rd_kafka_ConfigResource_error(described[0])
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw SwerveError(act: act, kafka: code) }
        var entryCount = 0
        guard
            let entries = unsafe rd_kafka_ConfigResource_configs(described[0], &entryCount)
        else { return nil }
        for index in 0..<entryCount {
            guard let entryName = unsafe rd_kafka_ConfigEntry_name(entries[index]),
                unsafe String(cString: entryName) == name,
                let value = unsafe rd_kafka_ConfigEntry_value(entries[index])
            else { continue }
            return unsafe String(cString: value)
        }
        return nil
    }

    private func pollFaults() -> [KafkaFault] {
        _ = unsafe rd_kafka_poll(handle.raw, 0)
        return handle.context.takeFaults()
    }

    /// Makes one admin call and waits for its event; the caller destroys it.
    private func admin(
        act: String, timeoutMs: Int32, _ call: (OpaquePointer?, OpaquePointer) -> Void
    ) throws(SwerveError) -> OpaquePointer {
        guard let queue = unsafe rd_kafka_queue_new(handle.raw) else {
            throw SwerveError(.system, act: act, reason: "no queue")
        }
        defer { unsafe rd_kafka_queue_destroy(queue) }
        let options = unsafe rd_kafka_AdminOptions_new(handle.raw, RD_KAFKA_ADMIN_OP_ANY)
        defer { unsafe rd_kafka_AdminOptions_destroy(options) }
        var message = [CChar](repeating: 0, count: KafkaHandle.errorBytes)
        _ = unsafe rd_kafka_AdminOptions_set_request_timeout(
            options, timeoutMs, &message, message.count)
        unsafe call(options, queue)
        guard let event = unsafe rd_kafka_queue_poll(queue, timeoutMs + 1_000) else {
            throw SwerveError(.unavailable, act: act, reason: "no answer from the broker")
        }
        let code = unsafe rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            let text = unsafe rd_kafka_event_error_string(event).map { unsafe String(cString: $0) }
            unsafe rd_kafka_event_destroy(event)
            throw SwerveError(act: act, kafka: code, detail: text ?? "")
        }
        return unsafe event
    }
}
