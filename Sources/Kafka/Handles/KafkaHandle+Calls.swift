import CRdKafka
import Lifecycle
import Platform

/// Calls that ask the brokers something and wait for the answer.
///
/// Each retries what is passing within its own time, and then names the most telling cause that was
/// met: not that the time ran out, but that the credentials are wrong.
extension KafkaHandle {
    /// Serves errors and log lines, waiting up to `milliseconds` for the first; on the thread that
    /// owns the handle.
    ///
    /// Not for handles whose main queue somebody takes events from.
    func serve(milliseconds: Int32 = 0) {
        _ = unsafe rd_kafka_poll(raw, milliseconds)
        context.tellAnswers()
    }

    /// The error of a failed call, told by the most telling cause that is known.
    func error(
        _ act: String, _ code: rd_kafka_resp_err_t, detail: String = "", rights: [KafkaRight] = [],
        remedy: String = ""
    ) -> SwerveError {
        serve()
        return knownError(act, code, detail: detail, rights: rights, remedy: remedy)
    }

    /// The same by what is known already: for handles whose main queue somebody takes events from.
    func knownError(
        _ act: String, _ code: rd_kafka_resp_err_t, detail: String = "", rights: [KafkaRight] = [],
        remedy: String = ""
    ) -> SwerveError {
        let fault = KafkaFault(code: code, text: detail)
        guard fault.meaning == .passing, let cause = context.cause, cause.weight > fault.weight
        else {
            return fault.error(act, rights: rights, remedy: remedy)
        }
        switch cause.meaning {
        case .denied, .fenced, .broken: return cause.error(act, rights: rights, remedy: remedy)
        case .nothing, .passing, .missing, .offsetGone, .final:
            return SwerveError(.unavailable, act: act, reason: cause.text, remedy: remedy)
        }
    }

    /// What a call that fills a list of partitions answers for each partition of a topic; nil where
    /// there is no offset.
    ///
    /// - Parameters:
    ///   - start: what the list has of each partition before the call.
    ///   - call: is given the list, and the milliseconds that it may take.
    func offsets(
        _ act: String, of topic: String, partitions: Int, startingWith start: Int64? = nil,
        timeoutMs: Int32, rights: [KafkaRight],
        _ call: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>, Int32)
            -> rd_kafka_resp_err_t
    ) throws(SwerveError) -> [Int64?] {
        var found = [Int64?](repeating: nil, count: partitions)
        try retrying(act, timeoutMs: timeoutMs, rights: rights) { waitMs in
            guard let list = unsafe rd_kafka_topic_partition_list_new(Int32(partitions)) else {
                return RD_KAFKA_RESP_ERR__FAIL
            }
            defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
            for partition in 0..<Int32(partitions) {
                let entry = unsafe rd_kafka_topic_partition_list_add(list, topic, partition)
                if let start { unsafe entry?.pointee.offset = start }
            }
            let code = unsafe call(list, waitMs)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return code }
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

    /// Makes `call` again while its error is passing, until `timeoutMs` are over.
    ///
    /// - Parameters:
    ///   - isStopped: asked between two attempts.
    ///   - call: is given the milliseconds that it may take.
    /// - Throws: at once for what is not passing, refused credentials among them, which librdkafka
    ///   itself would try again without end.
    func retrying(
        _ act: String, timeoutMs: Int32, rights: [KafkaRight] = [],
        remedy: String = KafkaHandle.brokersRemedy, isStopped: () -> Bool = { false },
        _ call: (Int32) -> rd_kafka_resp_err_t
    ) throws(SwerveError) {
        let deadline = Deadline(afterMs: Int(timeoutMs))
        // Short at first, so that a refusal is seen soon; longer then, for brokers far away.
        var slice = Self.sliceFirstMs
        while true {
            let code = call(max(1, min(slice, deadline.pollTimeoutMs)))
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return context.answered() }
            let error = error(act, code, rights: rights, remedy: remedy)
            guard error.isRetryable, !deadline.hasPassed, !isStopped() else { throw error }
            serve(milliseconds: min(Self.pauseMs, deadline.pollTimeoutMs))
            slice = min(slice * 2, Self.sliceLongestMs)
        }
    }

    /// The offsets of a partition's first record and after its last, asked of its leader.
    ///
    /// - Throws: `.notFound` where listings of all topics, 2 s apart, bear it out: brokers that are
    ///   starting or stopping know of no topic either.
    ///
    /// - Parameter rights: what the handle needs on the topic, to name what is missing.
    func bounds(
        of topic: String, partition: Int32, timeoutMs: Int32, rights: [KafkaRight] = [],
        isStopped: () -> Bool = { false }
    ) throws(SwerveError) -> (first: Int64, end: Int64) {
        let act = "asking for the end of \(topic)"
        let rights = Self.needed(of: topic, rights)
        let deadline = Deadline(afterMs: Int(timeoutMs))
        var absence = TopicAbsence()
        while true {
            do throws(SwerveError) {
                var low: Int64 = 0
                var high: Int64 = 0
                try retrying(
                    act, timeoutMs: max(1, deadline.pollTimeoutMs),
                    rights: rights, isStopped: isStopped
                ) {
                    let code = unsafe rd_kafka_query_watermark_offsets(
                        raw, topic, partition, &low, &high, $0)
                    if Self.isOfLeader(code) { forgetLeaders(timeoutMs: $0) }
                    return code
                }
                return (low, high)
            } catch {
                guard error.code == .notFound else { throw error }
                let isListed = try isListed(topic, partition, act, deadline)
                if !isListed { try refuseHidden([topic], act, rights: rights) }
                if absence.isConfirmed(isListed: isListed, at: MonotonicClock.now)
                    || deadline.hasPassed || isStopped()
                {
                    throw Self.missing(topic, partition, act, error.reason, isListed)
                }
            }
            serve(milliseconds: min(Self.pauseMs, deadline.pollTimeoutMs))
        }
    }

    private static func isOfLeader(_ code: rd_kafka_resp_err_t) -> Bool {
        switch code {
        case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
            true
        default: false
        }
    }

    /// Has librdkafka learn the leaders of all topics anew.
    ///
    /// What it knows of a topic that the handle neither reads nor writes yet it keeps for minutes,
    /// also that a partition has no leader, and asks nobody meanwhile.
    private func forgetLeaders(timeoutMs: Int32) {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = unsafe rd_kafka_metadata(raw, 1, nil, &metadata, timeoutMs)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let found = unsafe metadata else { return }
        unsafe rd_kafka_metadata_destroy(found)
    }

    private func isListed(
        _ topic: String, _ partition: Int32, _ act: String, _ deadline: Deadline
    ) throws(SwerveError) -> Bool {
        let counts = try partitionCounts(
            of: [topic], act: act, timeoutMs: max(Self.sliceFirstMs, deadline.pollTimeoutMs))
        return (counts[topic] ?? 0) > Int(partition)
    }

    private static func missing(
        _ topic: String, _ partition: Int32, _ act: String, _ reason: String, _ isListed: Bool
    ) -> SwerveError {
        isListed
            ? SwerveError(
                .unavailable, act: act,
                reason: "partition \(partition) has no leader yet: \(reason)",
                remedy: brokersRemedy)
            : SwerveError(
                .notFound, act: act,
                reason: "there is no such topic, or no partition \(partition) of it: \(reason)",
                remedy: KafkaFault.missingRemedy, problem: Problem(.topicNotFound))
    }

    /// Whether a consumer is a member of its group, as far as it knows; it forgets its id as it
    /// tells the brokers that it leaves.
    var hasMemberID: Bool {
        guard let id = unsafe rd_kafka_memberid(raw) else { return false }
        defer { unsafe rd_kafka_mem_free(raw, id) }
        return unsafe id.pointee != 0
    }

    /// Waits until any broker answers.
    ///
    /// - Throws: `.unavailable` where none does in time, with what is in the way; refused
    ///   credentials.
    func find(_ act: String, timeoutMs: Int32) throws(SwerveError) {
        try retrying(act, timeoutMs: timeoutMs) { milliseconds in
            isAnswered(withinMs: milliseconds)
                ? RD_KAFKA_RESP_ERR_NO_ERROR : RD_KAFKA_RESP_ERR__TIMED_OUT
        }
    }

    /// Whether any broker answers.
    func isAnswered(withinMs milliseconds: Int32) -> Bool {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = unsafe rd_kafka_metadata(raw, 0, nil, &metadata, milliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let found = unsafe metadata else { return false }
        unsafe rd_kafka_metadata_destroy(found)
        return true
    }

    /// The number of partitions of each topic; 0 for one that the brokers do not list.
    ///
    /// Lists all topics: asking for one by name makes it, on brokers that make topics themselves.
    func partitionCounts(
        of topics: [String], act: String, timeoutMs: Int32, isStopped: () -> Bool = { false }
    ) throws(SwerveError) -> [String: Int] {
        var counts: [String: Int] = [:]
        try retrying(act, timeoutMs: timeoutMs, isStopped: isStopped) { milliseconds in
            var metadata: UnsafePointer<rd_kafka_metadata>?
            let code = unsafe rd_kafka_metadata(raw, 1, nil, &metadata, milliseconds)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let found = unsafe metadata else {
                return code == RD_KAFKA_RESP_ERR_NO_ERROR ? RD_KAFKA_RESP_ERR__FAIL : code
            }
            defer { unsafe rd_kafka_metadata_destroy(found) }
            // A cluster that is about to start.
            guard unsafe found.pointee.broker_cnt > 0 else {
                return RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE
            }
            for topic in topics { counts[topic] = 0 }
            for index in 0..<Int(unsafe found.pointee.topic_cnt) {
                let described = unsafe found.pointee.topics[index]
                guard let name = unsafe described.topic.map({ unsafe String(cString: $0) }),
                    counts[name] != nil
                else { continue }
                let code = unsafe described.err
                switch KafkaErrorTable.meaning(of: code) {
                case .nothing: counts[name] = Int(unsafe described.partition_cnt)
                case .missing: counts[name] = 0
                case .passing, .denied, .offsetGone, .fenced, .broken, .final: return code
                }
            }
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
        return counts
    }

    /// The number of partitions of one topic, asked for a single time; nil where no broker answers.
    ///
    /// Serves nothing: for handles whose main queue somebody takes events from.
    func listedPartitionCount(of topic: String, timeoutMs: Int32) -> Int? {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = unsafe rd_kafka_metadata(raw, 1, nil, &metadata, timeoutMs)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let found = unsafe metadata else { return nil }
        defer { unsafe rd_kafka_metadata_destroy(found) }
        for index in 0..<Int(unsafe found.pointee.topic_cnt) {
            let described = unsafe found.pointee.topics[index]
            guard let name = unsafe described.topic, unsafe String(cString: name) == topic else {
                continue
            }
            return Int(unsafe described.partition_cnt)
        }
        return 0
    }

    /// Names the right that is missing where a topic is not listed for want of it: a listing has
    /// only what the user may see.
    ///
    /// Asks for the topics by name, as often as there are such topics; not the development broker,
    /// which makes what it is asked for.
    ///
    /// - Parameter rights: what is needed on the topics: one of them would show each.
    func refuseHidden(
        _ topics: [String], _ act: String, rights: [KafkaRight] = []
    ) throws(SwerveError) {
        guard try !isDevelopmentBroker(timeoutMs: Self.askMs) else { return }
        for name in topics {
            guard let topic = unsafe rd_kafka_topic_new(raw, name, nil) else { continue }
            defer { unsafe rd_kafka_topic_destroy(topic) }
            var metadata: UnsafePointer<rd_kafka_metadata>?
            let code = unsafe rd_kafka_metadata(raw, 0, topic, &metadata, Self.askMs)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let found = unsafe metadata else { continue }
            defer { unsafe rd_kafka_metadata_destroy(found) }
            guard unsafe found.pointee.topic_cnt > 0 else { continue }
            let fault = KafkaFault(code: unsafe found.pointee.topics[0].err)
            guard case .denied = fault.meaning else { continue }
            throw fault.error(act, rights: Self.needed(of: name, rights))
        }
    }

    /// The same as a value; nil where nobody says it just now.
    func denial(of topic: String, rights: [KafkaRight]) -> SwerveError? {
        do throws(SwerveError) {
            try refuseHidden([topic], "looking for topic \(topic)", rights: rights)
            return nil
        } catch {
            return error.isRetryable ? nil : error
        }
    }

    /// Those of `rights` that show a topic; to Describe it where there is none of them.
    private static func needed(of topic: String, _ rights: [KafkaRight]) -> [KafkaRight] {
        let needed = rights.filter { $0.name == topic && $0.showsTopic }
        return needed.isEmpty ? [.topic(topic, "Describe")] : needed
    }

    /// Whether the broker is a development broker, by its own word.
    ///
    /// The name of a cluster comes with what is told of its brokers, and librdkafka only waits for
    /// it: a cluster that listed no broker as the handle connected would never be asked again.
    func isDevelopmentBroker(timeoutMs: Int32) throws(SwerveError) -> Bool {
        var identity = clusterID
        if identity == nil {
            try retrying("asking the brokers who they are", timeoutMs: timeoutMs) { milliseconds in
                let code = askForBrokers(withinMs: milliseconds)
                guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return code }
                identity = clusterID
                return code
            }
        }
        // Brokers may name no cluster; the development broker always does.
        return identity?.hasPrefix(DevelopmentBroker.clusterPrefix) == true
    }

    /// As far as the handle has heard it.
    private var clusterID: String? {
        guard let text = unsafe rd_kafka_clusterid(raw, 0) else { return nil }
        defer { unsafe rd_kafka_mem_free(raw, text) }
        return unsafe String(cString: text)
    }

    /// The broker that leads the cluster; nil where no broker says it in time.
    ///
    /// Asks anew, as for the name of the cluster.
    func controllerID(timeoutMs: Int32) -> Int32? {
        var controller = unsafe rd_kafka_controllerid(raw, 0)
        guard controller < 0 else { return controller }
        do throws(SwerveError) {
            try retrying("asking for the controller", timeoutMs: timeoutMs) { milliseconds in
                let code = askForBrokers(withinMs: milliseconds)
                guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return code }
                controller = unsafe rd_kafka_controllerid(raw, 0)
                return controller < 0 ? RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE : code
            }
            return controller
        } catch {
            return nil
        }
    }

    /// Has a broker say which brokers there are; an error also where it lists none, as one does
    /// that is starting.
    func askForBrokers(withinMs milliseconds: Int32) -> rd_kafka_resp_err_t {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = unsafe rd_kafka_metadata(raw, 0, nil, &metadata, milliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let found = unsafe metadata else {
            return code == RD_KAFKA_RESP_ERR_NO_ERROR ? RD_KAFKA_RESP_ERR__FAIL : code
        }
        defer { unsafe rd_kafka_metadata_destroy(found) }
        return unsafe found.pointee.broker_cnt > 0
            ? RD_KAFKA_RESP_ERR_NO_ERROR : RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE
    }

    private static let askMs: Int32 = 5_000
    static let brokersRemedy = "check that the brokers are up and bootstrap.servers is right"
    private static let sliceFirstMs: Int32 = 500
    private static let sliceLongestMs: Int32 = 8_000
    private static let pauseMs: Int32 = 100
}

/// Whether a topic that a broker does not know is really not there: listings of all topics have to
/// say so for 2 s.
///
/// A value.
struct TopicAbsence {
    private var since: UInt64?

    /// - Parameter now: nanoseconds of a clock that only goes forward.
    mutating func isConfirmed(isListed: Bool, at now: UInt64) -> Bool {
        guard !isListed else {
            since = nil
            return false
        }
        guard let since else {
            since = now
            return false
        }
        return now &- since >= Self.confirmedAfterNs
    }

    static let confirmedAfterNs: UInt64 = 2_000_000_000
}
