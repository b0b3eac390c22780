import CRdKafka
package import Lifecycle
import Platform

/// Reads whole topics without a group and without commits: control, status, and the demo's output.
///
/// Owned by one thread. Partitions are assigned outright; a group would share the records out
/// instead of giving every reader all of them.
@safe
package final class TopicReader {
    /// Where to begin reading a partition.
    package enum Start: Sendable {
        case beginning, end
        /// So many records before the end, as it stands when reading begins.
        case tail(Int64)

        var offset: Int64 {
            switch self {
            case .beginning: Int64(RD_KAFKA_OFFSET_BEGINNING)
            case .end: Int64(RD_KAFKA_OFFSET_END)
            case .tail(let count): Int64(RD_KAFKA_OFFSET_TAIL_BASE) - max(0, count)
            }
        }
    }

    private let settings: KafkaSettings
    let log: KafkaLogSink
    private(set) var handle: KafkaHandle
    private var queue: OpaquePointer
    private let waker: ReaderWaker
    var starts: [(partition: TopicPartition, offset: Int64)]
    /// Whether the partitions are assigned.
    package internal(set) var isReading = false
    var positions: [TopicPartition: Int64] = [:]
    let act: String
    let waitsForTopics: Bool
    /// Topics that were there once.
    private(set) var known: Set<String> = []
    var missing = MissingTopics()
    /// How many topics that were gone were begun anew, for whoever waits for a position in one.
    package internal(set) var topicsMadeAnew = 0

    /// Reads partitions 0 ..< `partitions` of each topic, from the first call of `end` or `poll`.
    package convenience init(
        settings: KafkaSettings, topics: [(name: String, partitions: Int, start: Start)],
        log: @escaping KafkaLogSink
    ) throws(SwerveError) {
        try self.init(
            settings: settings,
            starts: topics.flatMap { topic in
                (0..<Int32(topic.partitions)).map {
                    (TopicPartition(topic: topic.name, partition: $0), topic.start.offset)
                }
            },
            act: "reading " + topics.map(\.name).joined(separator: ", "), log: log)
    }

    /// Reads single partitions of topics, from the first call of `end` or `poll` on.
    ///
    /// - Parameter waitsForTopics: whether a topic that goes is told and waited for, and read from
    ///   its first record once it is there again; else it is an error.
    /// - Parameter waker: for who wants to end the waits of `poll`.
    package convenience init(
        settings: KafkaSettings, partitions: [(topic: String, partition: Int32, start: Start)],
        waitsForTopics: Bool = false, waker: ReaderWaker = .none,
        log: @escaping KafkaLogSink
    ) throws(SwerveError) {
        try self.init(
            settings: settings,
            starts: partitions.map {
                (TopicPartition(topic: $0.topic, partition: $0.partition), $0.start.offset)
            },
            act: "reading " + partitions.map(\.topic).joined(separator: ", "),
            waitsForTopics: waitsForTopics, waker: waker, log: log)
    }

    /// Reads one partition from an offset on, or from what is left behind it.
    package convenience init(
        settings: KafkaSettings, topic: String, partition: Int32, offset: Int64,
        log: @escaping KafkaLogSink
    ) throws(SwerveError) {
        try self.init(
            settings: settings,
            starts: [(TopicPartition(topic: topic, partition: partition), offset)],
            act: "reading \(topic) [\(partition)]", log: log)
    }

    /// Reads these partitions of a topic from these offsets on, or from what is left behind them.
    convenience init(
        settings: KafkaSettings, topic: String, offsets: [PartitionOffset],
        log: @escaping KafkaLogSink
    ) throws(SwerveError) {
        try self.init(
            settings: settings,
            starts: offsets.map {
                (TopicPartition(topic: topic, partition: $0.partition), $0.offset)
            },
            act: "reading \(topic)", log: log)
    }

    private init(
        settings: KafkaSettings, starts: [(partition: TopicPartition, offset: Int64)], act: String,
        waitsForTopics: Bool = false, waker: ReaderWaker = .none,
        log: @escaping KafkaLogSink
    ) throws(SwerveError) {
        var settings = settings.withDefaults(["fetch.wait.max.ms": "100"])
        settings["group.id"] = settings.names.reader
        settings["enable.auto.commit"] = "false"
        settings["enable.auto.offset.store"] = "false"
        settings["enable.partition.eof"] = "true"
        settings["auto.offset.reset"] = "earliest"
        settings["allow.auto.create.topics"] = "false"
        settings["isolation.level"] = "read_committed"
        settings[Self.checksums] = "true"
        self.settings = settings
        self.log = log
        self.act = act
        self.starts = starts
        self.waitsForTopics = waitsForTopics
        self.waker = waker
        let opened = try unsafe Self.open(settings, act, log)
        handle = unsafe opened.handle
        unsafe queue = unsafe opened.queue
        unsafe waker.attach(queue)
    }

    private static func open(
        _ settings: KafkaSettings, _ act: String, _ log: @escaping KafkaLogSink
    ) throws(SwerveError) -> (handle: KafkaHandle, queue: OpaquePointer) {
        let handle = try unsafe KafkaHandle(
            RD_KAFKA_CONSUMER, settings: settings, act: act, log: log)
        guard let queue = unsafe rd_kafka_queue_get_consumer(handle.raw) else {
            handle.destroy()
            throw SwerveError(.system, act: act, reason: "no consumer queue")
        }
        return unsafe (handle, queue)
    }

    /// Goes on without looking at checksums, where a development broker says what it is.
    ///
    /// That of librdkafka 2.15 and later ends transactions with records that have none.
    ///
    /// No record of the handle may be held.
    private func reopenWithoutChecksums() throws(SwerveError) {
        var settings = settings
        settings[Self.checksums] = "false"
        let opened = try unsafe Self.open(settings, act, log)
        close()
        handle = unsafe opened.handle
        unsafe queue = unsafe opened.queue
        unsafe waker.attach(queue)
        for index in starts.indices {
            starts[index].offset = positions[starts[index].partition] ?? starts[index].offset
        }
        isReading = false
        try begin()
    }

    func begin() throws(SwerveError) {
        guard !isReading else { return }
        let list = unsafe rd_kafka_topic_partition_list_new(Int32(starts.count))
        defer { unsafe rd_kafka_topic_partition_list_destroy(list) }
        for (partition, offset) in starts {
            let entry = unsafe rd_kafka_topic_partition_list_add(
                list, partition.topic, partition.partition)
            unsafe entry?.pointee.offset = offset
        }
        let code = unsafe rd_kafka_assign(handle.raw, list)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw handle.error(act, code) }
        isReading = true
    }

    /// Waits up to `milliseconds` for the first record and hands over what is there, `atMost` so
    /// many records and events.
    ///
    /// - Throws: for a topic that listings of all topics do not have, where it is not waited for; a
    ///   refused right, a fatal handle. What is passing is no error: librdkafka goes on trying, and
    ///   `cause` names it.
    package func poll(
        milliseconds: Int32, atMost: Int = recordsAtOnce, _ body: (TopicRecord) -> Void
    ) throws(SwerveError) {
        try begin()
        var lacksChecksums = false
        var wait = milliseconds
        for _ in 0..<atMost where !lacksChecksums {
            guard let message = unsafe rd_kafka_consumer_poll(handle.raw, wait) else { break }
            wait = 0
            defer { unsafe rd_kafka_message_destroy(message) }
            switch unsafe message.pointee.err {
            case RD_KAFKA_RESP_ERR_NO_ERROR: body(unsafe record(message))
            case RD_KAFKA_RESP_ERR__PARTITION_EOF:
                if let rkt = unsafe message.pointee.rkt {
                    let topic = unsafe String(cString: rd_kafka_topic_name(rkt))
                    unsafe advance(topic, message.pointee.partition, to: message.pointee.offset)
                }
            case RD_KAFKA_RESP_ERR__BAD_MSG
            where try handle.isDevelopmentBroker(timeoutMs: Self.lookTimeoutMs):
                lacksChecksums = true
            case let code: try unsafe judge(message, code)
            }
        }
        if lacksChecksums { try reopenWithoutChecksums() }
        handle.serve()
        try Self.refuse(handle.context.takeFaults(), act, rights())
        try lookForMissingTopics()
    }

    /// What is in the way just now, for whoever runs out of time; nil where brokers answer.
    package var cause: String? {
        handle.serve()
        return handle.context.cause?.text
    }

    private func judge(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>, _ code: rd_kafka_resp_err_t
    ) throws(SwerveError) {
        let text = unsafe rd_kafka_message_errstr(message).map { unsafe String(cString: $0) }
        let fault = KafkaFault(code: code, text: text ?? "")
        let topic = unsafe message.pointee.rkt.map {
            unsafe String(cString: rd_kafka_topic_name($0))
        }
        switch fault.meaning {
        case .denied(.group): break
        case .nothing, .passing: handle.context.report(fault)
        case .missing:
            handle.context.report(fault, isOfTopic: topic != nil)
            if let topic { missing.doubt(topic) }
        case .denied, .offsetGone, .fenced, .broken, .final:
            throw fault.error(act, rights: rights(topic))
        }
    }

    func rights(_ topic: String? = nil) -> [KafkaRight] {
        let names = topic.map { [$0] } ?? Set(starts.map(\.partition.topic)).sorted()
        return Self.rights(of: names, names: settings.names)
    }

    /// The offset after the last record of the partition, as the broker has it now.
    ///
    /// What is passing is tried again within `timeoutMs`; the error then names the cause.
    package func end(
        of topic: String, partition: Int32 = 0, timeoutMs: Int32
    ) throws(SwerveError) -> Int64 {
        let (first, end) = try bounds(of: topic, partition, timeoutMs)
        guard !isReading else { return end }
        // From a number, not from "the beginning": librdkafka 2.0.2 asks for that too early, before
        // it knows the leader, and again only after half a second.
        for index in starts.indices
        where starts[index].partition == TopicPartition(topic: topic, partition: partition)
            && starts[index].offset < 0
        {
            starts[index].offset =
                starts[index].offset == Int64(RD_KAFKA_OFFSET_END) ? end : first
        }
        try begin()
        return end
    }

    private func bounds(
        of topic: String, _ partition: Int32, _ timeoutMs: Int32
    ) throws(SwerveError) -> (first: Int64, end: Int64) {
        do throws(SwerveError) {
            return try handle.bounds(
                of: topic, partition: partition, timeoutMs: timeoutMs, rights: rights(topic))
        } catch {
            guard isAwaited(topic), error.code == .notFound else { throw error }
            missing.doubt(topic)
            throw SwerveError(.unavailable, act: error.act, reason: error.reason)
        }
    }

    /// The number of partitions of each topic, 0 for one that is not there; of any topics.
    ///
    /// - Throws: `.unavailable` where no broker answers in time.
    package func partitionCounts(
        of topics: [String], timeoutMs: Int32
    ) throws(SwerveError) -> [String: Int] {
        try handle.partitionCounts(
            of: topics, act: "looking for \(topics.joined(separator: ", "))",
            timeoutMs: timeoutMs)
    }

    /// Reads partition 0 of `topic` again from its first record; the others go on where they are.
    ///
    /// - Returns: the offset after the last record, as the broker has it now.
    /// - Throws: as `end`; then nothing has changed.
    package func readAgain(_ topic: String, timeoutMs: Int32) throws(SwerveError) -> Int64 {
        let again = TopicPartition(topic: topic, partition: 0)
        let (first, end) = try bounds(of: topic, 0, timeoutMs)
        // Assigned anew, and not sought: a seek that runs out of time leaves nobody knowing where
        // the reader is.
        try begin(again, at: first, insteadOf: again)
        return end
    }

    /// Reads another partition of `topic` instead of one that is read, from its first record; the
    /// others go on where they are.
    ///
    /// - Throws: as `end`; then nothing has changed.
    package func read(
        _ partition: Int32, of topic: String, insteadOf old: Int32, timeoutMs: Int32
    ) throws(SwerveError) {
        let (first, _) = try bounds(of: topic, partition, timeoutMs)
        try begin(
            TopicPartition(topic: topic, partition: partition), at: first,
            insteadOf: TopicPartition(topic: topic, partition: old))
    }

    private func begin(
        _ partition: TopicPartition, at offset: Int64, insteadOf old: TopicPartition
    ) throws(SwerveError) {
        for index in starts.indices {
            let (known, start) = starts[index]
            starts[index] =
                known == old ? (partition, offset) : (known, positions[known] ?? start)
        }
        positions[old] = nil
        positions[partition] = nil
        isReading = false
        try begin()
    }

    /// The next offset this reader will see; -1 before it knows.
    ///
    /// Moved by records and by the end-of-partition event: compaction and transaction markers leave
    /// holes, so "the record before the end" may not exist.
    package func position(of topic: String, partition: Int32 = 0) -> Int64 {
        positions[TopicPartition(topic: topic, partition: partition)] ?? -1
    }

    /// - Parameter isProcessEnding: its end is not waited for; the process is about to end.
    package func close(isProcessEnding: Bool = false) {
        unsafe waker.attach(nil)
        unsafe rd_kafka_queue_destroy(queue)
        guard !isProcessEnding else { return handle.leave() }
        _ = unsafe rd_kafka_consumer_close(handle.raw)
        handle.destroy()
    }

    private func record(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> TopicRecord {
        let record = unsafe TopicRecord(message)
        advance(record.topic, record.partition, to: record.offset + 1)
        return record
    }

    private func advance(_ topic: String, _ partition: Int32, to offset: Int64) {
        let key = TopicPartition(topic: topic, partition: partition)
        if positions[key] == nil { known.insert(topic) }
        positions[key] = max(positions[key] ?? -1, offset)
    }

    struct TopicPartition: Hashable {
        let topic: String
        let partition: Int32
    }

    package static let recordsAtOnce = 10_000
    private static let checksums = "check.crcs"
    static let lookTimeoutMs: Int32 = 1_000
}
