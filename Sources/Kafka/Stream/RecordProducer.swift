import CRdKafka
package import Lifecycle
package import Platform

/// The producer of predictions and dead letters.
///
/// Owned by the thread that makes it, the poll thread: every call is made there. From inside
/// `serve`, `send` and `sendDeadLetter` a `listener` hears what became of the records.
///
/// Predictions are staged with `append` and handed over together by `send`, which copies them; so
/// the caller's buffers are free when it returns. Idempotent, acks=all, retried without end: a
/// record fails only for good. With a transactional id, each record is part of the transaction that
/// `ProducerTransactions` has begun, and is retried for as long as a transaction may take.
@safe
package final class RecordProducer {
    let handle: KafkaHandle
    /// Nil without transactions.
    let transactionalID: String?
    private let limits: TopicLimits
    private let queue: OpaquePointer
    let output: OpaquePointer
    /// Nil where dead letters are switched off.
    let deadLetters: DeadLetter.Destination?
    let staged: UnsafeMutablePointer<rd_kafka_message_t>
    private let capacity: Int
    var stagedCount = 0
    /// Nil where no headers are copied to predictions.
    let copies: HeaderCopies?
    /// Of key, value and headers of a prediction at most.
    let recordBytes: Int
    let reports: UnsafeMutablePointer<UnsafePointer<rd_kafka_message_t>?>
    let outputTopic: String
    let deadLetterTopic: String?
    private let owner = ThreadOwner()
    private let progress: ProgressCounter
    /// What was found out here, and not by librdkafka.
    var ownFaults: [KafkaFault] = []
    /// Hears of every delivery; whoever owns the producer keeps it.
    package weak var listener: (any DeliveryListener)?

    /// - Parameters:
    ///   - deadLetterTopic: nil where dead letters are dropped.
    ///   - deadLetterPartitions: where there are fewer than the input's, a letter goes to its
    ///     partition modulo these.
    ///   - limits: what the topics take; a larger batch is not made, and a dead letter that is
    ///     larger goes as a stub.
    ///   - copiedHeaders: names of headers that `copyHeaders` copies from records.
    ///   - transactionalID: with it, records are produced within transactions alone.
    ///   - progress: advances with each `serve`, which each loop of the owner's that waits calls.
    package init(
        settings: KafkaSettings, outputTopic: String, deadLetterTopic: String?,
        deadLetterPartitions: Int = Int(Int32.max), limits: TopicLimits = .unknown,
        batchCapacity: Int, copiedHeaders: [String] = [],
        transactionalID: String? = nil, progress: ProgressCounter = ProgressCounter(),
        log: @escaping KafkaLogSink
    ) throws(SwerveError) {
        let act = "opening the producer of \(outputTopic.shortened(to: 100))"
        handle = try unsafe KafkaHandle(
            RD_KAFKA_PRODUCER, settings: Self.whole(settings, transactionalID, limits), act: act,
            log: log
        ) { conf in
            unsafe rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR)
        }
        capacity = batchCapacity
        copies =
            copiedHeaders.isEmpty
            ? nil : HeaderCopies(names: copiedHeaders, capacity: batchCapacity)
        recordBytes = Self.recordBytes(settings, limit: limits.output)
        self.transactionalID = transactionalID
        self.limits = limits
        self.progress = progress
        self.outputTopic = outputTopic
        self.deadLetterTopic = deadLetterTopic
        let queue = unsafe rd_kafka_queue_get_main(handle.raw)
        let output = unsafe rd_kafka_topic_new(handle.raw, outputTopic, nil)
        let outputFault = rd_kafka_last_error()
        var letters: OpaquePointer?
        if let deadLetterTopic {
            unsafe letters = rd_kafka_topic_new(handle.raw, deadLetterTopic, nil)
        }
        let areLettersThere = unsafe deadLetterTopic == nil || letters != nil
        guard let queue = unsafe queue, let output = unsafe output, areLettersThere else {
            let isOutput = unsafe output == nil
            let fault = isOutput ? outputFault : rd_kafka_last_error()
            unsafe output.map { unsafe rd_kafka_topic_destroy($0) }
            unsafe letters.map { unsafe rd_kafka_topic_destroy($0) }
            unsafe queue.map { unsafe rd_kafka_queue_destroy($0) }
            handle.destroy()
            let name = (isOutput ? outputTopic : deadLetterTopic ?? "").shortened(to: 100)
            throw SwerveError(act: "opening the producer of \(name)", kafka: fault)
        }
        unsafe self.queue = queue
        unsafe self.output = output
        deadLetters = unsafe letters.map {
            unsafe DeadLetter.Destination(topic: $0, partitions: deadLetterPartitions)
        }
        unsafe staged = .allocate(capacity: batchCapacity)
        unsafe staged.initialize(repeating: rd_kafka_message_t(), count: batchCapacity)
        unsafe reports = .allocate(capacity: Self.reportsAtOnce)
        unsafe reports.initialize(repeating: nil, count: Self.reportsAtOnce)
    }

    deinit {
        unsafe staged.deallocate()
        unsafe reports.deallocate()
    }

    /// Checks that librdkafka takes all these settings together; connects to nothing.
    ///
    /// - Throws: `.usage`, in librdkafka's words.
    package static func check(
        _ settings: KafkaSettings, transactionalID: String? = nil, act: String
    ) throws(SwerveError) {
        try KafkaHandle.checkTogether(
            RD_KAFKA_PRODUCER, whole(settings, transactionalID, .unknown), act: act)
    }

    private static func whole(
        _ settings: KafkaSettings, _ transactionalID: String?, _ limits: TopicLimits
    ) -> KafkaSettings {
        var settings = settings.withDefaults(defaults)
        if let smallest = limits.smallest {
            let configured = settings["batch.size"].flatMap { Int($0) } ?? smallest
            settings["batch.size"] = "\(max(1, min(configured, smallest)))"
        }
        settings["enable.idempotence"] = "true"
        settings["acks"] = "all"
        settings["message.timeout.ms"] = "0"
        settings["allow.auto.create.topics"] = "false"
        if let transactionalID {
            settings["transactional.id"] = transactionalID
            settings["transaction.timeout.ms"] = "\(ProducerTransactions.timeoutMs)"
            // A record cannot outlive its transaction.
            settings["message.timeout.ms"] = "\(ProducerTransactions.timeoutMs)"
        }
        return settings
    }

    /// Bytes of key and value of the largest record that a producer of these settings takes, and
    /// brokers of Kafka's own defaults with it.
    ///
    /// - Parameter limit: bytes of the largest batch that the topic takes, where that is known.
    package static func recordBytes(_ settings: KafkaSettings, limit: Int? = nil) -> Int {
        let configured = settings["message.max.bytes"].flatMap { Int($0) } ?? .max
        return max(0, min(configured, defaultBytes, limit ?? .max) - overheadBytes)
    }

    /// The same without such settings: librdkafka's default less what it adds.
    package static let recordBytesMax = defaultBytes - overheadBytes
    private static let defaultBytes = 1_000_000
    /// More than librdkafka counts for a record beside key and value, where it has no headers; and
    /// more than the batch of one adds.
    private static let overheadBytes = 100

    /// Stages one prediction.
    ///
    /// `tag` comes back in its `Delivery`; it must not be 0.
    package func append(
        value: UnsafeBufferPointer<UInt8>, key: UnsafeBufferPointer<UInt8>?, partition: Int32,
        tag: UInt
    ) {
        owner.assertCurrent()
        precondition(stagedCount < capacity, "more records staged than a batch holds")
        unsafe staged[stagedCount].err = RD_KAFKA_RESP_ERR_NO_ERROR
        unsafe staged[stagedCount].partition = partition
        unsafe staged[stagedCount].payload = UnsafeMutableRawPointer(
            mutating: UnsafeRawPointer(value.baseAddress))
        unsafe staged[stagedCount].len = value.count
        unsafe staged[stagedCount].key = UnsafeMutableRawPointer(
            mutating: UnsafeRawPointer(key?.baseAddress))
        unsafe staged[stagedCount].key_len = unsafe key?.count ?? 0
        unsafe staged[stagedCount]._private = UnsafeMutableRawPointer(bitPattern: tag)
        stagedCount += 1
    }

    /// Hands everything staged to librdkafka.
    ///
    /// While its queue is full, deliveries are served and the rest is tried again, for as long as
    /// the listener may wait.
    /// - Throws: for a record that librdkafka refuses for good, and `.unavailable` where the wait
    ///   is over; nothing of the batch may count as done.
    package func send() throws(SwerveError) {
        owner.assertCurrent()
        if let copies { return try send(with: copies) }
        defer { stagedCount = 0 }
        while stagedCount > 0 {
            let flags = RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_PARTITION
            let taken = unsafe rd_kafka_produce_batch(
                output, RD_KAFKA_PARTITION_UA, flags, staged, Int32(stagedCount))
            if Int(taken) == stagedCount { return }
            var left = 0
            for index in 0..<stagedCount {
                let code = unsafe staged[index].err
                guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { continue }
                guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                    throw refusal(code, partition: unsafe staged[index].partition)
                }
                unsafe staged[left] = unsafe staged[index]
                left += 1
            }
            stagedCount = left
            try waitForRoom()
        }
    }

    func refusal(_ code: rd_kafka_resp_err_t, partition: Int32) -> SwerveError {
        SwerveError(
            act: "producing a prediction to partition \(partition)", kafka: code,
            rights: [.topic(outputTopic, "Write")])
    }

    /// Sends the record at `index` to the dead letters: bytes, key and headers untouched, the
    /// reason in added headers.
    ///
    /// One too large for the topic goes as a stub. Where dead letters are switched off, it counts
    /// as delivered at once. Waits as `send` does.
    package func sendDeadLetter(
        of batch: RecordBatch, at index: Int, topic: String, reason: DeadLetterReason, tag: UInt
    ) throws(SwerveError) {
        owner.assertCurrent()
        guard let deadLetters else {
            listener?.delivered(Delivery(tag: tag, count: 1, failure: nil))
            return
        }
        guard let record = batch.whole(at: index) else { return }
        try send(
            DeadLetter(record, topic: topic, reason: reason), to: deadLetters, tag: tag)
    }

    /// Sends the letter at `index` to the dead letters again, with a new reason: as the record that
    /// it stands for, not as a record of the topic that it was read from.
    package func sendLetterAgain(
        _ letter: StoredLetter, of batch: RecordBatch, at index: Int, reason: DeadLetterReason,
        tag: UInt
    ) throws(SwerveError) {
        owner.assertCurrent()
        guard let deadLetters, let record = batch.whole(at: index) else { return }
        try send(DeadLetter(again: record, letter, reason: reason), to: deadLetters, tag: tag)
    }

    private func send(
        _ letter: DeadLetter, to deadLetters: DeadLetter.Destination, tag: UInt
    ) throws(SwerveError) {
        while true {
            let code = unsafe letter.produce(
                handle.raw, to: deadLetters, tag: tag, limit: Self.deadLetterBytes,
                batchLimit: limits.deadLetters ?? .max)
            switch code {
            case RD_KAFKA_RESP_ERR_NO_ERROR: return
            case RD_KAFKA_RESP_ERR__QUEUE_FULL: try waitForRoom()
            default:
                throw SwerveError(
                    act: "producing the dead letter of \(letter.topic) [\(letter.partition)] "
                        + "offset \(letter.offset) to \(deadLetterTopic ?? "")", kafka: code,
                    rights: deadLetterTopic.map { [.topic($0, "Write")] } ?? [])
            }
        }
    }

    func waitForRoom() throws(SwerveError) {
        guard listener?.mayWait ?? true else {
            throw SwerveError(
                .unavailable, act: "producing to \(outputTopic)",
                reason: "the worker is to end, and the brokers acknowledge nothing",
                remedy: "what was not acknowledged is scored again")
        }
        serve(milliseconds: Self.queueFullWaitMs)
    }

    /// Serves delivery reports, waiting up to `milliseconds` for the first.
    package func serve(milliseconds: Int32) {
        owner.assertCurrent()
        progress.advance()
        var wait = milliseconds
        while let event = unsafe rd_kafka_queue_poll(queue, wait) {
            wait = 0
            switch unsafe rd_kafka_event_type(event) {
            case RD_KAFKA_EVENT_DR: unsafe report(event)
            case RD_KAFKA_EVENT_ERROR:
                unsafe KafkaHandle.reportError(
                    handle.raw, rd_kafka_event_error(event).rawValue,
                    rd_kafka_event_error_string(event))
            case RD_KAFKA_EVENT_LOG: unsafe logLine(event)
            default: break
            }
            unsafe rd_kafka_event_destroy(event)
        }
        handle.context.tellAnswers()
    }

    /// What broke the producer for good; nil while it can go on.
    package var fatalFault: KafkaFault? { handle.fatalFault }

    /// Faults that are not passing, each handed over a single time; served by `serve`.
    package func takeFaults() -> [KafkaFault] {
        owner.assertCurrent()
        defer { if !ownFaults.isEmpty { ownFaults = [] } }
        return handle.context.takeFaults() + ownFaults
    }

    /// How many partitions the output has now; nil where no broker says it in time.
    ///
    /// The producer knows them from then on: a partition that it does not know takes no record.
    package func outputPartitionCount(timeoutMs: Int32) -> Int? {
        owner.assertCurrent()
        return handle.listedPartitionCount(of: outputTopic, timeoutMs: timeoutMs)
    }

    /// What the producer needs at the brokers.
    package var rights: [KafkaRight] {
        Self.rights(
            output: outputTopic, deadLetters: deadLetterTopic, transactionalID: transactionalID)
    }

    /// What a producer of predictions needs at the brokers.
    ///
    /// - Parameter deadLetters: nil where they are dropped.
    package static func rights(
        output: String, deadLetters: String?, transactionalID: String?
    ) -> [KafkaRight] {
        [output, deadLetters].compactMap(\.self).map { .topic($0, "Write") }
            + [transactionalID.map { .transactionalID($0) } ?? .cluster("IdempotentWrite")]
    }

    /// Drops what is still out (its offsets were never stored) and ends.
    ///
    /// - Parameter isProcessEnding: its end is not waited for; the process is about to end.
    package func close(isProcessEnding: Bool = false) {
        owner.assertCurrent()
        listener = nil
        _ = unsafe rd_kafka_purge(
            handle.raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        serve(milliseconds: 0)
        unsafe rd_kafka_topic_destroy(output)
        if let deadLetters { unsafe rd_kafka_topic_destroy(deadLetters.topic) }
        unsafe rd_kafka_queue_destroy(queue)
        if isProcessEnding { handle.leave() } else { handle.destroy() }
    }

    private func logLine(_ event: OpaquePointer) {
        var facility: UnsafePointer<CChar>?
        var text: UnsafePointer<CChar>?
        var level: Int32 = 0
        guard unsafe rd_kafka_event_log(event, &facility, &text, &level) == 0,
            let text = unsafe text
        else { return }
        unsafe handle.context.tell(level, facility, text)
    }

    private static let queueFullWaitMs: Int32 = 5
    static let reportsAtOnce = 1_000
    /// The largest dead letter sent whole: a broker's default `message.max.bytes` less its
    /// overhead.
    static let deadLetterBytes = 1_000_000

    private static let defaults = [
        "linger.ms": "5", "batch.size": "1000000", "batch.num.messages": "10000",
        "queue.buffering.max.messages": "1000000", "queue.buffering.max.kbytes": "131072",
        "compression.type": "lz4",
    ]
}
