package import Lifecycle
import Platform

/// Looks at a topic as it stands, for commands: without a group, nothing is committed.
///
/// For one thread; each call opens and closes a reader of its own.
package struct WholeTopic {
    private let settings: KafkaSettings
    private let name: String
    private let timeoutMs: Int32
    private let key: String
    private let log: KafkaLogSink

    /// - Parameters:
    ///   - key: the configuration key that names the topic, for errors.
    ///   - timeoutMs: how long nothing may come.
    package init(
        settings: KafkaSettings, name: String, key: String = "topics.dead_letters",
        timeoutMs: Int32, log: @escaping KafkaLogSink
    ) {
        self.key = key
        self.settings = settings
        self.name = name
        self.timeoutMs = timeoutMs
        self.log = log
    }

    /// All records of the topic up to its end as it stands now, partition by partition as they
    /// come.
    ///
    /// - Returns: how many partitions the topic has.
    /// - Throws: `.notFound` where there is no such topic, `.unavailable` where brokers say nothing
    ///   for the time given.
    @discardableResult
    package func forEachRecord(_ body: (TopicRecord) -> Void) throws(SwerveError) -> Int {
        let count = try partitionCount()
        let reader = try TopicReader(
            settings: settings, topics: [(name, count, .beginning)], log: log)
        defer { reader.close() }
        var ends: [Int32: Int64] = [:]
        for partition in 0..<Int32(count) {
            ends[partition] = try reader.end(
                of: name, partition: partition, timeoutMs: timeoutMs)
        }
        try poll(reader) { record in
            guard record.offset < ends[record.partition] ?? 0 else { return false }
            body(record)
            return true
        } until: {
            ends.allSatisfy { reader.position(of: name, partition: $0.key) >= $0.value }
        }
        return count
    }

    /// Checks that records came to a place of the topic, whether or not they are kept still.
    ///
    /// - Throws: `.notFound` for a partition that the topic does not have, or an offset that it has
    ///   not reached; otherwise as `forEachRecord`.
    package func requirePlace(partition: Int32, offset: Int64) throws(SwerveError) {
        let act = "looking for \(name) [\(partition)] offset \(offset)"
        try Self.require(
            partition, of: try partitionCount([TopicAdministrator.rightToSee(name)]), act)
        let reader = try TopicReader(
            settings: settings, topic: name, partition: partition, offset: max(0, offset), log: log)
        defer { reader.close() }
        let end = try reader.end(of: name, partition: partition, timeoutMs: timeoutMs)
        guard offset < end else {
            throw SwerveError(
                .notFound, act: act,
                reason: end > 0
                    ? "the partition's newest offset is \(end - 1)" : "the partition is empty")
        }
    }

    private static func require(
        _ partition: Int32, of count: Int, _ act: String
    ) throws(SwerveError) {
        guard !(0..<Int32(clamping: count)).contains(partition) else { return }
        throw SwerveError(
            .notFound, act: act,
            reason: count == 1
                ? "the topic has partition 0 alone"
                : "the topic has the partitions 0 to \(count - 1)")
    }

    /// The record at one place.
    ///
    /// - Throws: `.notFound` where there is none; otherwise as `forEachRecord`.
    package func record(partition: Int32, offset: Int64) throws(SwerveError) -> TopicRecord {
        let act = "reading \(name) [\(partition)] offset \(offset)"
        try Self.require(partition, of: try partitionCount(), act)
        let reader = try TopicReader(
            settings: settings, topic: name, partition: partition, offset: max(0, offset), log: log)
        defer { reader.close() }
        let end = try reader.end(of: name, partition: partition, timeoutMs: timeoutMs)
        var found: TopicRecord?
        var next: Int64?
        if (0..<end).contains(offset) {
            try poll(reader) { record in
                next = next ?? record.offset
                if record.offset == offset { found = record }
                return true
            } until: {
                next != nil || reader.position(of: name, partition: partition) >= end
            }
        }
        guard let found else {
            throw SwerveError(
                .notFound, act: act,
                reason: offset < end ? "it is gone from the topic" : "the topic ends at \(end)",
                problem: Problem(.letterNotFound))
        }
        return found
    }

    private func partitionCount(_ rights: [KafkaRight]? = nil) throws(SwerveError) -> Int {
        let administrator = try TopicAdministrator(settings: settings, log: log)
        defer { administrator.close() }
        let counts = try administrator.partitionCounts(
            of: [name], isConfirming: true,
            rights: rights ?? TopicReader.rights(of: [name], names: settings.names),
            timeoutMs: timeoutMs)
        guard let count = counts[name], count > 0 else {
            throw SwerveError(
                .notFound, act: "reading \(name)",
                reason: "there is no such topic; \(key) names it",
                remedy: KafkaFault.missingRemedy, problem: Problem(.topicNotFound))
        }
        return count
    }

    /// - Parameter body: whether a record is one that was waited for; those behind the end, which
    ///   somebody may write without end, keep nobody waiting for the rest.
    private func poll(
        _ reader: TopicReader, _ body: (TopicRecord) -> Bool, until isDone: () -> Bool
    ) throws(SwerveError) {
        var deadline = Deadline(afterMs: Int(timeoutMs))
        while !isDone() {
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .unavailable, act: "reading \(name)",
                    reason: "nothing came for \(timeoutMs) ms"
                        + (reader.cause.map { ": \($0)" } ?? ""),
                    remedy: KafkaHandle.brokersRemedy)
            }
            var hasCome = false
            try reader.poll(milliseconds: Self.pollMs) { record in
                hasCome = body(record) || hasCome
            }
            if hasCome { deadline = Deadline(afterMs: Int(timeoutMs)) }
        }
    }

    private static let pollMs: Int32 = 100
}
