import CRdKafka
package import Lifecycle
import Platform

/// A producer for small topics and for feeding: control, status, the demo's requests.
///
/// Owned by one thread. acks=all, idempotent: retries neither lose nor reorder records.
@safe
package final class TopicWriter {
    private let handle: KafkaHandle
    private var topics: [String: OpaquePointer] = unsafe [:]
    private let deliveries = DeliveryCounter()
    /// How many of the acknowledgements are known to the handle's log.
    private var answers = 0

    package init(settings: KafkaSettings, log: @escaping KafkaLogSink) throws(SwerveError) {
        var settings = settings.withDefaults([
            "linger.ms": "0", "message.timeout.ms": "30000", "batch.size": "1000000",
            "queue.buffering.max.messages": "1000000",
        ])
        settings["enable.idempotence"] = "true"
        settings["acks"] = "all"
        settings["allow.auto.create.topics"] = "false"
        let deliveries = deliveries
        handle = try KafkaHandle.reportingProducer(settings, log: log)
        handle.context.onDelivery = { code, _, topic in deliveries.count(code, topic) }
    }

    /// Hands one record over; returns before it is acknowledged.
    ///
    /// Waits, serving deliveries, while librdkafka's queue is full.
    /// - Throws: for a record refused for good.
    package func write(
        topic: String, partition: Int32 = 0, key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer?
    ) throws(SwerveError) {
        guard let destination = unsafe handleOfTopic(topic) else {
            throw SwerveError(.system, act: "writing to \(topic)", reason: "no topic handle")
        }
        while true {
            let failed = unsafe rd_kafka_produce(
                destination, partition, RD_KAFKA_MSG_F_COPY,
                UnsafeMutableRawPointer(mutating: value?.baseAddress), value?.count ?? 0,
                key.baseAddress, key.count, nil)
            if failed == 0 { break }
            let code = rd_kafka_last_error()
            guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                throw handle.error("writing to \(topic)", code, rights: [.topic(topic, "Write")])
            }
            serve(milliseconds: 5)
        }
        serve(milliseconds: 0)
    }

    /// The same with headers, for a record now and then.
    package func write(
        topic: String, partition: Int32 = 0, key: [UInt8], value: [UInt8]?,
        headers: [(name: String, value: String)]
    ) throws(SwerveError) {
        guard !headers.isEmpty else {
            return try write(topic: topic, partition: partition, key: key, value: value)
        }
        guard let destination = unsafe handleOfTopic(topic) else {
            throw SwerveError(.system, act: "writing to \(topic)", reason: "no topic handle")
        }
        while true {
            let code = unsafe HeadedRecord(key: key, value: value, headers: headers)
                .produce(handle.raw, destination, partition: partition)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { break }
            guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                throw handle.error("writing to \(topic)", code, rights: [.topic(topic, "Write")])
            }
            serve(milliseconds: 5)
        }
        serve(milliseconds: 0)
    }

    /// The same for arrays, where allocation does not matter.
    ///
    /// - Parameter key: nil for a record without one, which is not the same as an empty one.
    package func write(
        topic: String, partition: Int32 = 0, key: [UInt8]?, value: [UInt8]?
    ) throws(SwerveError) {
        do {
            try unsafe (key ?? []).withUnsafeBytes { bytes in
                let own = unsafe key == nil ? Self.noKey : bytes
                guard let value else {
                    return try unsafe write(
                        topic: topic, partition: partition, key: own, value: nil)
                }
                try unsafe value.withUnsafeBytes { value in
                    try unsafe write(topic: topic, partition: partition, key: own, value: value)
                }
            }
        } catch let error as SwerveError {
            throw error
        } catch {
            throw SwerveError(.system, act: "writing to \(topic)", reason: "\(error)")
        }
    }

    package func serve(milliseconds: Int32) {
        handle.serve(milliseconds: milliseconds)
        noteAnswers()
    }

    private func noteAnswers() {
        guard deliveries.acknowledged != answers else { return }
        answers = deliveries.acknowledged
        handle.context.answered()
    }

    /// Waits until everything handed over is acknowledged.
    ///
    /// - Throws: `.unavailable` when it is not in time; otherwise the first failed delivery since
    ///   the last flush, or since `forgetFailures`.
    package func flush(milliseconds: Int32, act: String) throws(SwerveError) {
        let deadline = Deadline(afterMs: Int(milliseconds))
        var code = RD_KAFKA_RESP_ERR__TIMED_OUT
        // In slices: refused credentials are named as soon as they are refused.
        while code == RD_KAFKA_RESP_ERR__TIMED_OUT {
            let left = deadline.pollTimeoutMs
            code = unsafe rd_kafka_flush(handle.raw, min(left, Self.flushSliceMs))
            noteAnswers()
            if let failure = deliveries.takeFailures().first {
                let error = handle.error(
                    act, failure.code, rights: rights(of: failure.topic),
                    remedy: KafkaHandle.brokersRemedy)
                // The same was met as a fault of the handle; the next flush has nothing of it.
                _ = handle.context.takeFaults()
                throw error
            }
            for fault in handle.context.takeFaults() { throw fault.error(act, rights: rights()) }
            if left == 0 { break }
        }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw SwerveError(
                .unavailable, act: act,
                reason: "no acknowledgement from the broker within \(milliseconds) ms"
                    + (handle.context.cause.map { ": \($0.text)" } ?? ""),
                remedy: KafkaHandle.brokersRemedy)
        }
    }

    /// How many partitions a topic has now, which this writer knows from then on; 0 for one that is
    /// not there.
    ///
    /// - Throws: `.unavailable` where no broker answers in time.
    package func partitionCount(
        of topic: String, timeoutMs: Int32
    ) throws(SwerveError) -> Int {
        try handle.partitionCounts(
            of: [topic], act: "looking for \(topic)", timeoutMs: timeoutMs)[topic] ?? 0
    }

    /// Records acknowledged so far.
    package var acknowledgedCount: Int { deliveries.acknowledged }

    /// Records that failed for good so far.
    package var failedCount: Int { deliveries.failed }

    /// Why records failed for good since this was asked last, once for each topic, and what else is
    /// not passing, without a topic; for writers that do not flush.
    package func takeFaults() -> [(fault: KafkaFault, topic: String?)] {
        handle.context.takeFaults().map { ($0, nil) }
            + deliveries.takeFailures().map {
                (KafkaFault(code: $0.code, text: kafkaErrorText($0.code)), $0.topic)
            }
    }

    /// What the writer needs at the brokers.
    ///
    /// - Parameter topic: nil for all that it has written to.
    package func rights(of topic: String? = nil) -> [KafkaRight] {
        Self.rights(of: unsafe topic.map { [$0] } ?? topics.keys.sorted())
    }

    /// What writing to topics needs at the brokers.
    package static func rights(of topics: [String]) -> [KafkaRight] {
        topics.map { .topic($0, "Write") } + [.cluster("IdempotentWrite")]
    }

    /// Lets the failures so far go untold: what was written then, later records have replaced.
    package func forgetFailures() {
        _ = deliveries.takeFailures()
        _ = handle.context.takeFaults()
    }

    /// - Parameter isProcessEnding: its end is not waited for; the process is about to end.
    package func close(isProcessEnding: Bool = false) {
        _ = unsafe rd_kafka_purge(
            handle.raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        serve(milliseconds: 0)
        unsafe topics.values.forEach { unsafe rd_kafka_topic_destroy($0) }
        unsafe topics = [:]
        handle.context.onDelivery = nil
        if isProcessEnding { handle.leave() } else { handle.destroy() }
    }

    private static var noKey: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    }

    private static let flushSliceMs: Int32 = 500

    private func handleOfTopic(_ name: String) -> OpaquePointer? {
        if let known = unsafe topics[name] { return unsafe known }
        let made = unsafe rd_kafka_topic_new(handle.raw, name, nil)
        unsafe topics[name] = unsafe made
        return unsafe made
    }
}

/// What the delivery callback tells; runs on the thread that serves, the writer's own.
private final class DeliveryCounter {
    private(set) var acknowledged = 0
    private(set) var failed = 0
    /// The first of each topic.
    private var failures: [(code: rd_kafka_resp_err_t, topic: String?)] = []

    func count(_ code: rd_kafka_resp_err_t, _ topic: String?) {
        switch code {
        case RD_KAFKA_RESP_ERR_NO_ERROR: acknowledged += 1
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE, RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: break
        default:
            failed += 1
            if !failures.contains(where: { $0.topic == topic }) { failures.append((code, topic)) }
        }
    }

    func takeFailures() -> [(code: rd_kafka_resp_err_t, topic: String?)] {
        defer { failures = [] }
        return failures
    }
}
