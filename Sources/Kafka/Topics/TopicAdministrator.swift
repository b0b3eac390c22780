import CRdKafka
package import Lifecycle
import Platform

/// Looks at topics, makes and deletes them.
///
/// Blocking; for start-up and the command line.
@safe
package final class TopicAdministrator {
    let handle: KafkaHandle

    package init(settings: KafkaSettings, log: @escaping KafkaLogSink) throws(SwerveError) {
        var settings = settings
        settings["allow.auto.create.topics"] = "false"
        handle = try unsafe KafkaHandle(
            RD_KAFKA_PRODUCER, settings: settings, act: "opening an admin client", log: log)
    }

    package func close() { handle.destroy() }

    /// The number of partitions of each topic; 0 for one that does not exist.
    ///
    /// - Parameters:
    ///   - isConfirming: whether a topic counts as missing only when listings 2 s apart bear it
    ///     out: one that was made a moment ago is not known to every broker yet.
    ///   - rights: what the process needs on the topics, to name what is missing.
    /// - Throws: `.unavailable` when no broker answers in time, `.refused` for wrong credentials.
    package func partitionCounts(
        of topics: [String], isConfirming: Bool = false, rights: [KafkaRight] = [],
        timeoutMs: Int32
    ) throws(SwerveError) -> [String: Int] {
        let act =
            "looking for \(topics.count == 1 ? "topic" : "topics") "
            + topics.joined(separator: ", ")
        var absence = TopicAbsence()
        while true {
            let counts = try handle.partitionCounts(of: topics, act: act, timeoutMs: timeoutMs)
            let isListed = topics.allSatisfy { (counts[$0] ?? 0) > 0 }
            if isListed || !isConfirming { return counts }
            try handle.refuseHidden(topics.filter { counts[$0] == 0 }, act, rights: rights)
            if absence.isConfirmed(isListed: false, at: MonotonicClock.now) { return counts }
            handle.serve(milliseconds: Self.pauseMs)
        }
    }

    /// Names the right that is missing where a topic is not listed for want of it; nil where it is
    /// missing itself, or nobody says so now.
    package func denial(of topic: String, rights: [KafkaRight]) -> SwerveError? {
        handle.denial(of: topic, rights: rights)
    }

    /// Whether the broker is a development broker, which can neither make nor describe topics.
    ///
    /// Asked of the broker itself: an admin call would wait for a controller that there is not.
    package func isDevelopmentBroker(timeoutMs: Int32) throws(SwerveError) -> Bool {
        try handle.isDevelopmentBroker(timeoutMs: timeoutMs)
    }

    /// How many brokers there are, and how many replicas the partitions of a topic have.
    ///
    /// - Throws: `.unavailable` for a topic that is not there in time.
    package func replication(
        of topic: String, timeoutMs: Int32
    ) throws(SwerveError) -> (brokers: Int, replicas: Int) {
        var result = (brokers: 0, replicas: 0)
        try handle.retrying("looking at \(topic)", timeoutMs: timeoutMs) { milliseconds in
            var metadata: UnsafePointer<rd_kafka_metadata>?
            let code = unsafe rd_kafka_metadata(handle.raw, 1, nil, &metadata, milliseconds)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let found = unsafe metadata else {
                return code == RD_KAFKA_RESP_ERR_NO_ERROR ? RD_KAFKA_RESP_ERR__FAIL : code
            }
            defer { unsafe rd_kafka_metadata_destroy(found) }
            result.brokers = Int(unsafe found.pointee.broker_cnt)
            for index in 0..<Int(unsafe found.pointee.topic_cnt) {
                let described = unsafe found.pointee.topics[index]
                guard let name = unsafe described.topic, unsafe String(cString: name) == topic,
                    unsafe described.partition_cnt > 0
                else { continue }
                result.replicas = Int(unsafe described.partitions[0].replica_cnt)
            }
            // One that was made a moment ago is not known to every broker yet.
            return result.replicas > 0
                ? RD_KAFKA_RESP_ERR_NO_ERROR : RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE
        }
        return result
    }

    /// Makes what is missing.
    ///
    /// - Parameter replication: replicas of each partition; nil is what the brokers have as their
    ///   default.
    /// - Returns: the names of the topics that were made.
    /// - Throws: for a broker that refuses or cannot (the development broker cannot); what is
    ///   passing is tried again within `timeoutMs`.
    package func create(
        _ topics: [WantedTopic], replication: Int?, timeoutMs: Int32
    ) throws(SwerveError) -> [String] {
        let deadline = Deadline(afterMs: Int(timeoutMs))
        var made: [String] = []
        while true {
            do throws(SwerveError) {
                try create(
                    topics, replication: replication, timeoutMs: max(1, deadline.pollTimeoutMs),
                    &made)
                return made
            } catch {
                guard error.isRetryable, !deadline.hasPassed else { throw error }
                handle.serve(milliseconds: min(Self.pauseMs, deadline.pollTimeoutMs))
            }
        }
    }

    private func create(
        _ topics: [WantedTopic], replication: Int?, timeoutMs: Int32, _ made: inout [String]
    ) throws(SwerveError) {
        let act = "creating " + topics.map(\.name).joined(separator: ", ")
        var requests: [OpaquePointer?] = unsafe []
        defer { unsafe requests.forEach { unsafe rd_kafka_NewTopic_destroy($0) } }
        for topic in topics {
            var message = [CChar](repeating: 0, count: KafkaHandle.errorBytes)
            guard
                let request = unsafe rd_kafka_NewTopic_new(
                    topic.name, Int32(topic.partitions), Int32(replication ?? -1), &message,
                    message.count
                )
            else {
                throw SwerveError(.usage, act: act, reason: KafkaHandle.text(message))
            }
            for (setting, value) in topic.settings {
                unsafe rd_kafka_NewTopic_set_config(request, setting, value)
            }
            unsafe requests.append(request)
        }
        let rights = topics.map { Self.rightToCreate($0.name) } + [.cluster("Create")]
        let event = try unsafe handle.admin(act: act, rights: rights, timeoutMs: timeoutMs) {
            options, queue in
            unsafe rd_kafka_CreateTopics(handle.raw, &requests, requests.count, options, queue)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        var count = 0
        guard let result = unsafe rd_kafka_event_CreateTopics_result(event),
            let results = unsafe rd_kafka_CreateTopics_result_topics(result, &count)
        else { throw SwerveError(.system, act: act, reason: "no result") }
        for index in 0..<count {
            let code = unsafe rd_kafka_topic_result_error(results[index])
            let name = unsafe String(cString: rd_kafka_topic_result_name(results[index]))
            switch code {
            case RD_KAFKA_RESP_ERR_NO_ERROR: made.append(name)
            case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: continue
            default:
                let text = unsafe rd_kafka_topic_result_error_string(results[index])
                let detail = unsafe text.map { unsafe String(cString: $0) } ?? ""
                if code == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR {
                    throw SwerveError(
                        .refused, act: "creating \(name)",
                        reason: detail.isEmpty ? "too few brokers for its replicas" : detail,
                        problem: Problem(.tooFewBrokers))
                }
                throw SwerveError(
                    act: "creating \(name)", kafka: code, detail: detail,
                    rights: [Self.rightToCreate(name), .cluster("Create")])
            }
        }
    }

    /// Gives a topic more partitions.
    ///
    /// - Parameter count: how many it has then.
    /// - Throws: where it has as many already, too.
    package func grow(_ topic: String, to count: Int, timeoutMs: Int32) throws(SwerveError) {
        let act = "giving \(topic) \(count) partitions"
        var message = [CChar](repeating: 0, count: KafkaHandle.errorBytes)
        var requests: [OpaquePointer?] = unsafe [
            unsafe rd_kafka_NewPartitions_new(topic, count, &message, message.count)
        ]
        guard unsafe requests[0] != nil else {
            throw SwerveError(.usage, act: act, reason: KafkaHandle.text(message))
        }
        defer { unsafe rd_kafka_NewPartitions_destroy(requests[0]) }
        let rights = [KafkaRight.topic(topic, "Alter")]
        let event = try unsafe handle.admin(act: act, rights: rights, timeoutMs: timeoutMs) {
            options, queue in
            unsafe rd_kafka_CreatePartitions(handle.raw, &requests, 1, options, queue)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        var number = 0
        guard let result = unsafe rd_kafka_event_CreatePartitions_result(event),
            let results = unsafe rd_kafka_CreatePartitions_result_topics(result, &number),
            number > 0
        else { throw SwerveError(.system, act: act, reason: "no result") }
        let code = unsafe rd_kafka_topic_result_error(results[0])
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        let text = unsafe rd_kafka_topic_result_error_string(results[0])
        throw SwerveError(
            act: act, kafka: code, detail: unsafe text.map { unsafe String(cString: $0) } ?? "",
            rights: rights)
    }

    /// Deletes topics and what is in them; one that is not there counts as deleted.
    ///
    /// - Throws: the first that could not be deleted; the others are, all the same.
    package func delete(_ topics: [String], timeoutMs: Int32) throws(SwerveError) {
        let act = "deleting " + topics.joined(separator: ", ")
        var requests: [OpaquePointer?] = unsafe topics.map { unsafe rd_kafka_DeleteTopic_new($0) }
        defer { unsafe requests.forEach { unsafe rd_kafka_DeleteTopic_destroy($0) } }
        let rights = topics.map { KafkaRight.topic($0, "Delete") }
        let event = try unsafe handle.admin(act: act, rights: rights, timeoutMs: timeoutMs) {
            options, queue in
            unsafe rd_kafka_DeleteTopics(handle.raw, &requests, requests.count, options, queue)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        var count = 0
        guard let result = unsafe rd_kafka_event_DeleteTopics_result(event),
            let results = unsafe rd_kafka_DeleteTopics_result_topics(result, &count)
        else { throw SwerveError(.system, act: act, reason: "no result") }
        for index in 0..<count {
            let code = unsafe rd_kafka_topic_result_error(results[index])
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR,
                code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
            else { continue }
            let name = unsafe String(cString: rd_kafka_topic_result_name(results[index]))
            throw SwerveError(
                act: "deleting \(name)", kafka: code, rights: [.topic(name, "Delete")])
        }
    }

    /// The value of one of a topic's settings, such as `cleanup.policy`.
    package func setting(
        _ name: String, of topic: String, timeoutMs: Int32
    ) throws(SwerveError) -> String? {
        try setting(
            name, of: topic, RD_KAFKA_RESOURCE_TOPIC,
            rights: [Self.rightToReadSettings(of: topic)], timeoutMs: timeoutMs)
    }

    /// Bytes of the largest batch of records that the topic takes; nil where nobody says it, as for
    /// want of the right to ask.
    ///
    /// - Throws: `.unavailable` alone.
    package func largestBatch(
        of topic: String, timeoutMs: Int32
    ) throws(SwerveError) -> Int? {
        do throws(SwerveError) {
            return try setting("max.message.bytes", of: topic, timeoutMs: timeoutMs).flatMap {
                Int($0)
            }
        } catch {
            guard error.isRetryable else { return nil }
            throw error
        }
    }

    /// The value of one of the controller's settings, such as `default.replication.factor`.
    package func brokerSetting(
        _ name: String, timeoutMs: Int32
    ) throws(SwerveError) -> String? {
        guard let broker = handle.controllerID(timeoutMs: timeoutMs) else { return nil }
        return try setting(
            name, of: "\(broker)", RD_KAFKA_RESOURCE_BROKER,
            rights: [Self.rightToReadBrokerSettings], timeoutMs: timeoutMs)
    }

    private func setting(
        _ name: String, of resource: String, _ type: rd_kafka_ResourceType_t, rights: [KafkaRight],
        timeoutMs: Int32
    ) throws(SwerveError) -> String? {
        let act = "reading \(name) of \(resource)"
        var resources: [OpaquePointer?] = unsafe [
            unsafe rd_kafka_ConfigResource_new(type, resource)
        ]
        defer { unsafe rd_kafka_ConfigResource_destroy(resources[0]) }
        let event = try unsafe handle.admin(act: act, rights: rights, timeoutMs: timeoutMs) {
            options, queue in
            unsafe rd_kafka_DescribeConfigs(handle.raw, &resources, 1, options, queue)
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        var count = 0
        guard let result = unsafe rd_kafka_event_DescribeConfigs_result(event),
            let described = unsafe rd_kafka_DescribeConfigs_result_resources(result, &count),
            count > 0
        else { throw SwerveError(.system, act: act, reason: "no result") }
        let code = unsafe rd_kafka_ConfigResource_error(described[0])
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw SwerveError(act: act, kafka: code, rights: rights)
        }
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

    private static let pauseMs: Int32 = 250
}
