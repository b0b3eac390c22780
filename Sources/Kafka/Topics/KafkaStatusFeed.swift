package import Lifecycle
import Platform

/// The status topic through Kafka, all partitions of it, from their beginnings.
///
/// Blocking; one thread; `close` ends it. Passing faults are no errors: `poll` says that the end is
/// not reached, and `fault` why.
package final class KafkaStatusFeed: StatusFeed {
    private let settings: KafkaSettings
    private let topic: String
    private let log: KafkaLogSink
    private var reader: TopicReader
    /// Nil before the topic's partitions are counted.
    private var partitions: StatusPartitions?
    /// Of each partition, as it stood when reading began; fewer while they are asked for.
    private var ends: [Int64] = []
    private var trust: HeartbeatTrust?
    private let trustEveryNs: UInt64
    private let newerTrust: () -> HeartbeatTrust?
    private var trustedAt = MonotonicClock.now
    private var replay: StatusReplay
    private var countedAt: UInt64 = 0
    private let countEveryNs: UInt64
    /// Why the end of the topic is not reached yet, where that is known.
    package private(set) var fault: String?
    /// Why brokers did not answer when they were last looked for; only once the end was reached.
    package private(set) var absence: String?

    /// - Parameters:
    ///   - trust: whose heartbeats count; nil where everybody's do, as long as it is open.
    ///   - countEveryNs: how often brokers are asked for the topic's partitions, in nanoseconds.
    ///   - trustEveryNs: how often `newerTrust` is asked at most, in nanoseconds.
    ///   - newerTrust: the same by now; nil where nothing has changed.
    package init(
        settings: KafkaSettings, topic: String, trust: HeartbeatTrust? = nil,
        log: @escaping KafkaLogSink, countEveryNs: UInt64 = 5_000_000_000,
        trustEveryNs: UInt64 = 5_000_000_000,
        newerTrust: @escaping () -> HeartbeatTrust? = { nil }
    ) throws(SwerveError) {
        self.trust = trust
        self.trustEveryNs = trustEveryNs
        self.newerTrust = newerTrust
        self.countEveryNs = countEveryNs
        replay = StatusReplay(trust: trust)
        self.settings = settings
        self.topic = topic
        self.log = log
        reader = try TopicReader(settings: settings, topics: [(topic, 1, .beginning)], log: log)
    }

    package var asksForSignatures: Bool { trust != nil }

    package func poll(
        milliseconds: Int, _ body: (HeardStatus) -> Void
    ) throws(SwerveError) -> Bool {
        followTrust()
        let partitions: StatusPartitions
        do throws(SwerveError) {
            partitions = try begin()
        } catch {
            // The caller has a time of its own.
            guard error.isRetryable else { throw error }
            fault = reader.cause ?? error.reason
            return false
        }
        try reader.poll(milliseconds: Int32(milliseconds), atMost: Self.recordsAPoll) { record in
            guard record.partition == partitions.partition(ofKey: record.key) else { return }
            guard record.offset >= ends[Int(record.partition)] else { return replay.hold(record) }
            hand(over: replay.release(), isOld: true, body)
            hand(over: [record], isOld: false, body)
        }
        let isRead = ends.indices.allSatisfy {
            reader.position(of: topic, partition: Int32($0)) >= ends[$0]
        }
        guard isRead else {
            fault = reader.cause
            return false
        }
        hand(over: replay.release(), isOld: true, body)
        guard !hasGrown(beyond: partitions) else {
            fault = "\(topic) has got more partitions, and is read again from the beginning"
            return false
        }
        fault = nil
        return true
    }

    /// Counts the partitions and asks for their ends, as far as neither is known.
    ///
    /// A topic that is not there is one with one partition, of which brokers then say so.
    private func begin() throws(SwerveError) -> StatusPartitions {
        let found: StatusPartitions
        if let partitions {
            found = partitions
        } else {
            let counts = try reader.partitionCounts(of: [topic], timeoutMs: Self.timeoutMs)
            found = StatusPartitions(count: counts[topic] ?? 1)
            if found.count > 1 {
                let whole = try TopicReader(
                    settings: settings, topics: [(topic, found.count, .beginning)], log: log)
                reader.close()
                reader = whole
            }
            partitions = found
            countedAt = MonotonicClock.now
        }
        while ends.count < found.count {
            ends.append(
                try reader.end(
                    of: topic, partition: Int32(ends.count), timeoutMs: Self.timeoutMs))
        }
        return found
    }

    /// A key that is revoked while somebody watches does not count any more.
    private func followTrust() {
        let now = MonotonicClock.now
        guard trust != nil, now &- trustedAt >= trustEveryNs else { return }
        trustedAt = now
        if let newer = newerTrust() { trust = newer }
    }

    /// Looks every few seconds whether slots may write to other partitions by now; then all is to
    /// be read again.
    private func hasGrown(beyond known: StatusPartitions) -> Bool {
        let now = MonotonicClock.now
        guard now &- countedAt >= countEveryNs else { return false }
        countedAt = now
        let counts: [String: Int]
        do throws(SwerveError) {
            counts = try reader.partitionCounts(of: [topic], timeoutMs: Self.countingMs)
            absence = nil
        } catch {
            // Others than that are met where records are read.
            absence = error.isRetryable ? reader.cause ?? error.reason : nil
            return false
        }
        guard counts[topic] ?? 0 > known.count else { return false }
        partitions = nil
        ends = []
        return true
    }

    private func hand(over records: [TopicRecord], isOld: Bool, _ body: (HeardStatus) -> Void) {
        for record in records {
            guard let slot = SlotID(key: record.key) else { continue }
            // Before anything of the value is looked at.
            let belief =
                trust?.judge(key: record.key, value: record.value, headers: record.headers)
                ?? .notAsked
            var status: StatusRecord?
            if !belief.isRefused, let value = record.value {
                // What is no status record is passed over: the topic is open to others' mistakes.
                guard let read = StatusRecord(value: value) else { continue }
                status = read
            }
            var appendedAtMs: Int64?
            if case .appended(let milliseconds) = record.timestamp { appendedAtMs = milliseconds }
            var heard = HeardStatus(
                slot: slot, record: status, isOld: isOld, appendedAtMs: appendedAtMs)
            heard.belief = belief
            heard.byteCount = record.value?.count ?? 0
            body(heard)
        }
    }

    package func close() { reader.close() }

    /// Whoever writes without end must not keep a poll from its end.
    private static let recordsAPoll = 5_000
    private static let timeoutMs: Int32 = 5_000
    private static let countingMs: Int32 = 1_000
}
