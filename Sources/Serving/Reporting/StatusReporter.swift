import Kafka
import Lifecycle
import Platform

/// Writes a worker's status to the status topic, and reports to its supervisor.
///
/// Control thread only.
final class StatusReporter {
    private let owner = ThreadOwner()
    private let configuration: WorkerConfiguration
    /// Which partition of the topic has the slot's words.
    private(set) var partition: Int32
    private var writer: TopicWriter
    /// When the writer was made, in monotonic nanoseconds.
    private var openedAt: UInt64
    private var denials = EventBudget(burst: 1, everyNs: tellingNs)
    private var ledgerDenials = EventBudget(burst: 1, everyNs: tellingNs)
    private let log: WorkerLog
    private let reports: WorkerReports?
    /// Nil where heartbeats are not signed.
    private let signer: HeartbeatSigner?
    private let key: [UInt8]
    /// Of the last signed word.
    private var sequence: Int64 = 0

    init(
        configuration: WorkerConfiguration, partition: Int32, signer: HeartbeatSigner? = nil,
        log: WorkerLog
    ) throws(SwerveError) {
        self.signer = signer
        key = Array(configuration.slotID.description.utf8)
        reports = try configuration.reports ? WorkerReports() : nil
        self.configuration = configuration
        self.partition = partition
        self.log = log
        writer = try TopicWriter(settings: configuration.producerSettings, log: log.kafka)
        openedAt = MonotonicClock.now
    }

    /// Sends what a snapshot says; what cannot be sent now is superseded by the next.
    ///
    /// - Parameter ended: why the process ends, in its last word.
    func send(_ snapshot: WorkerSnapshot, ended: StatusRecord.Ended? = nil) {
        owner.assertCurrent()
        let record = StatusRecord(snapshot, ended: ended)
        do throws(SwerveError) {
            let word = try word(record)
            reports?.send(snapshot, status: word.value)
            try writer.write(
                topic: configuration.topics.status, partition: word.partition, key: word.key,
                value: word.value, headers: word.headers)
        } catch {
            tell(error)
        }
        log.debug(
            "status: \(record.counts.records) records, \(record.counts.deadLetters) dead letters, "
                + "\(record.partitions.count) partitions")
    }

    /// What is written to ask after the slot's place: its status.
    func claimWord(_ snapshot: WorkerSnapshot) -> SlotClaim.Word {
        owner.assertCurrent()
        do throws(SwerveError) {
            return try word(StatusRecord(snapshot))
        } catch {
            // The question is asked all the same; nobody believes the word.
            tell(error)
            return SlotClaim.Word(
                partition: partition, key: key, value: Self.bytes(StatusRecord(snapshot)))
        }
    }

    /// The slot's next word, signed where heartbeats are.
    private func word(_ record: StatusRecord) throws(SwerveError) -> SlotClaim.Word {
        var record = record
        if signer != nil {
            sequence += 1
            record.sequence = sequence
        }
        let value = Self.bytes(record)
        return SlotClaim.Word(
            partition: partition, key: key, value: value,
            headers: try signer?.headers(of: value) ?? [])
    }

    /// Writes to another partition from now on.
    ///
    /// - Throws: `.unavailable` where the brokers do not tell the writer of that partition yet.
    func move(to partition: Int32, timeoutMs: Int32) throws(SwerveError) {
        owner.assertCurrent()
        let topic = configuration.topics.status
        guard try writer.partitionCount(of: topic, timeoutMs: timeoutMs) > Int(partition) else {
            throw SwerveError(
                .unavailable, act: "writing to \(topic) [\(partition)]",
                reason: "brokers do not list it yet")
        }
        self.partition = partition
    }

    /// Appends an entry to the ledger.
    func append(_ entry: LedgerEntry, to topic: String) {
        owner.assertCurrent()
        do throws(SwerveError) {
            try writer.write(topic: topic, key: Array(entry.key.utf8), value: entry.bytes)
        } catch {
            tell(error)
        }
    }

    /// Of a record that could not be written: a topic that is gone takes none until it is made
    /// anew, and a worker tries several times a second.
    private func tell(_ error: SwerveError) {
        guard error.isRetryable || error.code == .notFound else {
            return log.warning(error.description)
        }
        log.passing(error.description)
    }

    /// Beyond what brokers take by default a status goes without its longest parts: a slot that
    /// says nothing looks dead.
    static func bytes(_ record: StatusRecord) -> [UInt8] {
        var record = record
        var bytes = record.bytes
        guard bytes.count > bytesMax else { return bytes }
        record.comparisonBefore = nil
        bytes = record.bytes
        guard bytes.count > bytesMax else { return bytes }
        record.comparison = nil
        record.versions = nil
        return record.bytes
    }

    /// Serves the writer.
    ///
    /// A slot that may not write its status looks dead to everybody else: it is told once a minute,
    /// as is one whose entries the ledger does not take.
    func serve() {
        owner.assertCurrent()
        reports?.flush()
        writer.serve(milliseconds: 0)
        for (fault, topic) in writer.takeFaults() { judge(fault, of: topic) }
    }

    private func judge(_ fault: KafkaFault, of topic: String?) {
        let topics = configuration.topics
        let isLedger = topic == topics.ledger
        let act =
            isLedger
            ? "writing what slot \(configuration.slotID) takes up to \(topics.ledger)"
            : "writing the status of slot \(configuration.slotID) to \(topics.status)"
        switch fault.meaning {
        case .nothing, .passing, .missing: break
        case .denied, .offsetGone, .final:
            let now = MonotonicClock.now
            guard isLedger ? ledgerDenials.take(at: now) : denials.take(at: now) else { return }
            let error = fault.error(act, rights: writer.rights(of: topic ?? topics.status))
            log.error(
                "\(error.description); the slot serves on, and writes again as soon as it may")
        case .fenced, .broken: openAgain("\(act): \(fault.text)")
        }
    }

    /// librdkafka gives a producer up where its records could be lost or doubled; the status only
    /// needs the newest.
    private func openAgain(_ reason: String) {
        let now = MonotonicClock.now
        guard now &- openedAt >= Self.openNs else { return }
        openedAt = now
        do throws(SwerveError) {
            let new = try TopicWriter(settings: configuration.producerSettings, log: log.kafka)
            writer.close()
            writer = new
            log.warning("\(reason); goes on with a new producer")
        } catch {
            log.warning(error.description)
        }
    }

    /// Takes the slot off the board, or leaves its last word, and ends; with brokers that nobody
    /// hears, the process ends without them.
    ///
    /// - Parameter incarnation: that stops.
    /// - Returns: whether the brokers have it.
    func close(_ shared: WorkerShared, incarnation: String) -> Bool {
        owner.assertCurrent()
        // Of heartbeats that an outage swallowed nobody needs to hear at the end.
        writer.forgetFailures()
        let timeoutMs = shared.partingMs(atMost: Self.flushMs, drainMs: configuration.drainMs)
        guard let timeoutMs else {
            writer.close(isProcessEnding: true)
            return false
        }
        if shared.controlEnding?.isClean == true {
            do throws(SwerveError) {
                try writer.write(
                    topic: configuration.topics.status, partition: partition, key: key,
                    value: nil, headers: try signer?.headers(ofFarewell: incarnation) ?? [])
            } catch {
                log.warning(error.description)
            }
        }
        do throws(SwerveError) {
            try writer.flush(milliseconds: timeoutMs, act: "taking the slot's status away")
        } catch {
            log.warning(error.description)
            writer.close(isProcessEnding: true)
            return false
        }
        writer.close()
        return true
    }

    private static let tellingNs: UInt64 = 60_000_000_000
    private static let openNs: UInt64 = 10_000_000_000
    /// Below librdkafka's and the brokers' default `message.max.bytes`, with key and overhead.
    private static let bytesMax = 950_000
    private static let flushMs: Int32 = 5_000
}
