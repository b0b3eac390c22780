import CRdKafka
package import Lifecycle
import Platform

/// Reads parts of topics, each partition from an offset on by a queue of its own: whoever joins
/// several of them says which one comes next, and nothing is fetched that finds no room.
///
/// Without a group and without commits; of transactions only what was committed. Owned by one
/// thread, together with its cursors. Made of librdkafka's calls for single partitions, since with
/// a group's assignment all partitions come out of one queue, in the broker's order.
@safe
package final class RangeConsumer {
    let owner = ThreadOwner()
    let handle: KafkaHandle
    private var topics: [String: OpaquePointer] = unsafe [:]
    private var cursors: [PartitionCursor] = []
    private var wakeUp = QueueWakeUp(pauseNs: QueueWakeUp.partitionsPauseNs)
    private let names: KafkaNames
    /// Whether the broker is a development broker, which does not look offsets up by time.
    package let isDevelopment: Bool

    /// - Parameters:
    ///   - queueKilobytes: what may wait for each cursor; the memory is about twice that.
    ///   - timeoutMs: how long brokers may take to say who they are.
    /// - Throws: `.unavailable` where no broker answers; refused credentials.
    package init(
        settings: KafkaSettings, queueKilobytes: Int = 2_048, timeoutMs: Int32,
        log: @escaping KafkaLogSink
    ) throws(SwerveError) {
        names = settings.names
        let act = "opening a reader of topics"
        var whole = Self.whole(settings, queueKilobytes: queueKilobytes)
        let first = try unsafe KafkaHandle(RD_KAFKA_CONSUMER, settings: whole, act: act, log: log)
        do throws(SwerveError) {
            isDevelopment = try first.isDevelopmentBroker(timeoutMs: timeoutMs)
        } catch {
            first.destroy()
            throw error
        }
        guard isDevelopment else {
            handle = first
            return
        }
        // That of librdkafka 2.15 and later ends transactions with records without a checksum.
        first.destroy()
        whole["check.crcs"] = "false"
        handle = try unsafe KafkaHandle(RD_KAFKA_CONSUMER, settings: whole, act: act, log: log)
    }

    private static func whole(_ settings: KafkaSettings, queueKilobytes: Int) -> KafkaSettings {
        var whole = settings.withDefaults(["fetch.wait.max.ms": "20"])
        whole["group.id"] = nil
        whole["group.instance.id"] = nil
        whole["enable.auto.offset.store"] = "false"
        whole["enable.partition.eof"] = "true"
        // What retention took away is told, and not jumped over.
        whole["auto.offset.reset"] = "error"
        whole["allow.auto.create.topics"] = "false"
        whole["isolation.level"] = "read_committed"
        whole["check.crcs"] = "true"
        // Bounds of memory, whatever is configured for workers.
        whole["queued.max.messages.kbytes"] = "\(max(64, queueKilobytes))"
        whole["queued.min.messages"] = "20000"
        whole["fetch.message.max.bytes"] = "262144"
        // A fetch holds the largest message.
        let largest = settings["message.max.bytes"].flatMap { Int($0) } ?? 0
        whole["fetch.max.bytes"] = "\(max(fetchBytes, largest))"
        if ConsumerSettings.looksIntoQueue { whole["fetch.queue.backoff.ms"] = "5" }
        return whole
    }

    private static let fetchBytes = 2_097_152

    /// What reading topics needs at the brokers.
    package static func rights(of topics: [String]) -> [KafkaRight] {
        topics.map { .topic($0, "Read") }
    }

    /// The number of partitions of each topic; 0 for one that is not there.
    ///
    /// - Throws: `.unavailable` where no broker answers in time; where a topic may not be seen.
    package func partitionCounts(
        of topics: [String], timeoutMs: Int32
    ) throws(SwerveError) -> [String: Int] {
        owner.assertCurrent()
        let act = "looking for \(topics.joined(separator: ", "))"
        let counts = try handle.partitionCounts(of: topics, act: act, timeoutMs: timeoutMs)
        let absent = topics.filter { counts[$0] ?? 0 == 0 }
        if !absent.isEmpty { try handle.refuseHidden(absent, act, rights: Self.rights(of: absent)) }
        return counts
    }

    /// The offset of the first record that is kept, and the one behind the last that is committed.
    ///
    /// - Throws: `.notFound`, `.unavailable`, as the reader of whole topics.
    package func bounds(
        of topic: String, partition: Int32, timeoutMs: Int32
    ) throws(SwerveError) -> Range<Int64> {
        owner.assertCurrent()
        let found = try handle.bounds(
            of: topic, partition: partition, timeoutMs: timeoutMs,
            rights: Self.rights(of: [topic]))
        return found.first..<max(found.first, found.end)
    }

    /// The first offset of each partition whose record was written at a moment or later; nil where
    /// there is none.
    ///
    /// Not for a development broker, which says the same of any moment.
    ///
    /// - Parameter milliseconds: since 1970.
    /// - Throws: `.unavailable` where the brokers do not answer in time.
    package func offsets(
        of topic: String, partitions: Int, atMs milliseconds: Int64, timeoutMs: Int32
    ) throws(SwerveError) -> [Int64?] {
        owner.assertCurrent()
        return try unsafe handle.offsets(
            "looking up a time in \(topic)", of: topic, partitions: partitions,
            startingWith: milliseconds, timeoutMs: timeoutMs, rights: Self.rights(of: [topic])
        ) { list, waitMs in unsafe rd_kafka_offsets_for_times(handle.raw, list, waitMs) }
    }

    /// A cursor of a partition that begins at an offset.
    ///
    /// One at a time of each partition; the consumer's end closes those that nobody closed.
    package func cursor(
        of topic: String, partition: Int32, from offset: Int64
    ) throws(SwerveError) -> PartitionCursor {
        owner.assertCurrent()
        let cursor = try unsafe PartitionCursor(
            self, topic: (topic, topicHandle(topic)), partition: partition, from: offset)
        cursors.append(cursor)
        return cursor
    }

    func closed(_ cursor: PartitionCursor) { cursors.removeAll { $0 === cursor } }

    private func topicHandle(_ name: String) throws(SwerveError) -> OpaquePointer {
        if let known = unsafe topics[name] { return unsafe known }
        guard let made = unsafe rd_kafka_topic_new(handle.raw, name, nil) else {
            throw SwerveError(.system, act: "reading \(name)", reason: "no topic handle")
        }
        unsafe topics[name] = unsafe made
        return unsafe made
    }

    /// Serves what librdkafka has to say, and wakes it where it sleeps over a queue that was full.
    func polled(isFull: Bool) throws(SwerveError) {
        handle.serve()
        if wakeUp.isDue(afterFullPoll: isFull, at: MonotonicClock.now) {
            handle.wakeBrokerThreads()
        }
        for fault in handle.context.takeFaults() {
            let names = unsafe topics.keys.sorted()
            throw fault.error("reading topics", rights: Self.rights(of: names))
        }
    }

    /// Waits, serving what librdkafka has to say.
    package func wait(milliseconds: Int32) {
        owner.assertCurrent()
        handle.serve(milliseconds: milliseconds)
    }

    /// What is in the way just now; nil where brokers answer.
    package var cause: String? { handle.context.cause?.text }

    package func close() {
        owner.assertCurrent()
        for cursor in cursors { cursor.close() }
        unsafe topics.values.forEach { unsafe rd_kafka_topic_destroy($0) }
        unsafe topics = [:]
        handle.destroy()
    }
}
