import Kafka
import Lifecycle
import Platform

/// Puts a worker's status together and writes it to the status topic.
///
/// Control thread only.
final class StatusReporter {
    private let configuration: WorkerConfiguration
    private let incarnation: StatusRecord.Incarnation
    private let board: StatusBoard
    private let slot: ScorerSlot
    private var writer: TopicWriter
    /// When the writer was made, in monotonic nanoseconds.
    private var openedAt: UInt64
    private var denials = EventBudget(burst: 1, everyNs: tellingNs)
    private let log: WorkerLog
    private var ignoredCount: Int64 = 0
    private var lastIgnored: String?

    init(
        configuration: WorkerConfiguration, incarnation: StatusRecord.Incarnation,
        board: StatusBoard, slot: ScorerSlot, log: WorkerLog
    ) throws(SwerveError) {
        self.configuration = configuration
        self.incarnation = incarnation
        self.board = board
        self.slot = slot
        self.log = log
        writer = try TopicWriter(settings: configuration.producerSettings, log: log.kafka)
        openedAt = MonotonicClock.now
    }

    /// Records on the control topic were passed over, the last of them for this reason; told in
    /// every later status.
    func noteIgnored(_ count: Int64, last reason: String?) {
        ignoredCount += count
        lastIgnored = reason?.shortened(to: Self.reasonCharacters) ?? lastIgnored
    }

    /// Sends the present state; what cannot be sent now is superseded by the next.
    ///
    /// - Parameter ended: why the process ends, in its last word.
    /// - Returns: the records taken so far.
    func send(
        manager: VersionManager, trust: TrustKeeper?, earlier: EarlierComparison,
        rival: StatusRecord.Incarnation?, ended: StatusRecord.Ended? = nil
    ) -> Int64 {
        var record = record(
            board: board.report(), manager: manager, trust: trust, earlier: earlier, rival: rival)
        if let ended {
            record.phase = .stopping
            record.ready = false
            record.ended = .init(
                kind: ended.kind, reason: ended.reason.shortened(to: Self.reasonCharacters))
        }
        do throws(SwerveError) {
            try writer.write(
                topic: configuration.topics.status,
                key: Array(configuration.slotID.description.utf8),
                value: Self.bytes(record))
        } catch {
            log.warning(error.description)
        }
        return record.counts.records
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
    /// A slot that may not write its status looks dead to everybody else: it is told once a minute.
    func serve() {
        writer.serve(milliseconds: 0)
        for fault in writer.takeFaults() { judge(fault) }
    }

    private func judge(_ fault: KafkaFault) {
        let act =
            "writing the status of slot \(configuration.slotID) to "
            + configuration.topics.status
        switch fault.meaning {
        case .nothing, .passing, .missing: break
        case .denied, .offsetGone, .final:
            guard denials.take(at: MonotonicClock.now) else { return }
            log.error(fault.error(act, rights: writer.rights).description)
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

    /// Takes the slot off the board, or leaves its last word, and ends.
    func close(isCleanStop: Bool) {
        // Of heartbeats that an outage swallowed nobody needs to hear at the end.
        writer.forgetFailures()
        if isCleanStop {
            do throws(SwerveError) {
                try writer.write(
                    topic: configuration.topics.status,
                    key: Array(configuration.slotID.description.utf8), value: nil)
            } catch {
                log.warning(error.description)
            }
        }
        do throws(SwerveError) {
            try writer.flush(milliseconds: Self.flushMs, act: "taking the slot's status away")
        } catch {
            log.warning(error.description)
        }
        writer.close()
    }

    /// The present state, with what `board` says of the poll thread.
    func record(
        board told: StatusBoard.Board, manager: VersionManager, trust: TrustKeeper?,
        earlier: EarlierComparison,
        rival: StatusRecord.Incarnation?
    ) -> StatusRecord {
        var record = StatusRecord(
            group: configuration.group, slot: configuration.slot, total: configuration.total,
            model: configuration.model, incarnation: incarnation, phase: told.phase)
        record.serving = serving(manager)
        record.ready =
            manager.standing == .served
            && record.serving?.epoch == manager.wanted?.deployment.epoch
            && told.phase == .serving
        record.rejected = manager.rejected.map(Self.shortened)
        record.unloadable = manager.unloadable.map(Self.shortened)
        record.retrying = trust?.fault?.shortened(to: Self.reasonCharacters)
        if case .retrying(let reason) = manager.standing {
            record.retrying = reason.shortened(to: Self.reasonCharacters)
        }
        record.ignored = lastIgnored
        record.partitions = told.partitions
        record.counts.records = told.records
        record.counts.deadLetters = told.deadLetters
        record.counts.rebalances = max(0, told.assignments - 1)
        record.counts.ignoredControlRecords = ignoredCount
        for (version, count) in told.byVersion { record.counts.byVersion["\(version)"] = count }
        record.versions = told.ledger.versionCounts
        record.comparison = told.ledger.versionComparison
        record.comparisonBefore = earlier.beside(
            record.comparison, isServing: manager.standing == .served)
        record.pollGapMs = Double(told.pollGapNs) / 1e6
        record.pollGapMaxMs = Double(told.pollGapMaxNs) / 1e6
        record.rival = rival.map(Self.shortened)
        record.sentAtMs = WallClock.nowMs
        return record
    }

    /// The epoch the poll thread has taken up, not the one that waits for it: available is said
    /// only after it is true.
    private func serving(_ manager: VersionManager) -> StatusRecord.Served? {
        guard let set = slot.load(), slot.takenEpoch == set.deployment.epoch,
            set.progress.firstPollAtMs > 0
        else { return last }
        var boundaries: [String: Int64] = [:]
        for partition in 0..<set.progress.boundaries.count {
            let offset = set.progress.boundaries[partition]
            if offset >= 0 { boundaries["\(partition)"] = offset }
        }
        var served = StatusRecord.Served(
            epoch: set.deployment.epoch, stable: set.stable.deployed.version,
            candidate: set.candidate?.deployed.version, loadedMs: set.loadedMs,
            firstPollAtMs: set.progress.firstPollAtMs, boundaries: boundaries)
        served.stableDigest = set.stable.deployed.digest.description
        served.candidateDigest = set.candidate?.deployed.digest.description
        served.mode = set.lineup.mode?.rawValue
        served.share = set.lineup.share?.tenThousandths
        let accepted = manager.serving
        served.registry = accepted?.record.registry
        served.record = accepted?.valueDigest?.description
        served.signedBy = accepted?.signedBy
        last = served
        return last
    }

    private static func shortened(
        _ rival: StatusRecord.Incarnation
    ) -> StatusRecord.Incarnation {
        var rival = rival
        rival.id = rival.id.shortened(to: registryCharacters)
        rival.host = rival.host.shortened(to: hostCharacters)
        return rival
    }

    private static func shortened(_ rejected: StatusRecord.Rejected) -> StatusRecord.Rejected {
        var rejected = rejected
        rejected.reason = rejected.reason.shortened(to: reasonCharacters)
        rejected.registry = rejected.registry?.shortened(to: registryCharacters)
        return rejected
    }

    private var last: StatusRecord.Served?

    private static let tellingNs: UInt64 = 60_000_000_000
    private static let openNs: UInt64 = 10_000_000_000
    /// Below librdkafka's and the brokers' default `message.max.bytes`, with key and overhead.
    private static let bytesMax = 950_000
    private static let reasonCharacters = 500
    private static let registryCharacters = 36
    private static let hostCharacters = 80
    private static let flushMs: Int32 = 5_000
}
