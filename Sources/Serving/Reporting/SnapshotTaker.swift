import Lifecycle
import Platform

/// Takes the worker's snapshot: what the poll thread left on the board, and what the control thread
/// knows.
///
/// Control thread only. The board is copied under one lock, so that its counts belong together; the
/// rest is the control thread's own.
final class SnapshotTaker {
    /// What the control thread knows at the moment.
    struct Control {
        let manager: VersionManager
        /// What keeps the trust file from being read.
        let trustFault: String?
        let earlier: EarlierComparison
        let rival: StatusRecord.Incarnation?
        /// Of the input topic, as it was listed last.
        let inputPartitions: Int
        let hasBrokers: Bool
    }

    private let owner = ThreadOwner()
    private let configuration: WorkerConfiguration
    private let incarnation: StatusRecord.Incarnation
    private let board: StatusBoard
    private let slot: ScorerSlot
    private var ignored: (count: Int64, last: String?) = (0, nil)
    private var served: StatusRecord.Served?
    private var isControlRead = false
    private var rate = RecordRate()

    init(
        configuration: WorkerConfiguration, incarnation: StatusRecord.Incarnation,
        board: StatusBoard, slot: ScorerSlot
    ) {
        self.configuration = configuration
        self.incarnation = incarnation
        self.board = board
        self.slot = slot
    }

    /// Records on the control topic were passed over, the last of them for this reason; in every
    /// later snapshot.
    func noteIgnored(_ count: Int64, last reason: String?) {
        owner.assertCurrent()
        ignored.count += count
        ignored.last = reason ?? ignored.last
    }

    /// The present state; the longest gap between polls starts again.
    func take(_ control: Control) -> WorkerSnapshot {
        owner.assertCurrent()
        let manager = control.manager
        let told = board.report()
        noteServed(manager)
        var snapshot = WorkerSnapshot(
            group: configuration.group, slot: configuration.slot, total: configuration.total,
            model: configuration.model, incarnation: incarnation, takenAtMs: WallClock.nowMs)
        snapshot.phase = told.phase
        snapshot.wantedEpoch = manager.wanted?.deployment.epoch
        snapshot.isWantedLoaded = manager.standing == .served
        isControlRead = isControlRead || !manager.tracker.isReplaying
        snapshot.isControlRead = isControlRead
        snapshot.serving = served
        snapshot.rejected = manager.rejected
        snapshot.unloadable = manager.unloadable
        if case .retrying(let reason) = manager.standing { snapshot.loadFault = reason }
        snapshot.retrying = snapshot.loadFault ?? control.trustFault
        snapshot.retrying = snapshot.retrying ?? told.waiting
        snapshot.rival = control.rival
        snapshot.ignoredControlRecords = ignored.count
        snapshot.ignored = ignored.last
        snapshot.partitions = told.partitions
        snapshot.generation = told.generation
        snapshot.inputPartitions = control.inputPartitions
        snapshot.hasBrokers = control.hasBrokers
        snapshot.delivery = configuration.delivery.rawValue
        snapshot.assignments = told.assignments
        snapshot.records = told.records
        snapshot.deadLetters = told.deadLetters
        snapshot.passedOver = told.passedOver
        snapshot.malformed = told.malformed
        snapshot.schemas = told.schemas
        snapshot.waiting = told.waiting
        snapshot.held = told.held
        snapshot.byVersion = told.byVersion
        snapshot.versions = told.ledger.versionCounts
        snapshot.comparison = told.ledger.versionComparison
        snapshot.comparisonBefore = control.earlier.beside(
            snapshot.comparison, isServing: snapshot.isWantedLoaded)
        snapshot.pollGapNs = told.pollGapNs
        snapshot.pollGapMaxNs = told.pollGapMaxNs
        snapshot.lag = told.partitions.isEmpty ? nil : told.lag.sum
        snapshot.lagByPartition = told.partitions.isEmpty ? [:] : told.lag.byPartition
        snapshot.untoldPartitions = told.lag.untold
        rate.note(told.records, at: MonotonicClock.now)
        snapshot.recordsPerSecond = rate.perSecond
        snapshot.lastRecordAtMs = told.lastRecordAtMs
        snapshot.lastStop = configuration.lastStop
        snapshot.deadLettersByReason = told.deadLettersByReason
        snapshot.versionFigures = told.ledger.versionFigures
        snapshot.timings = told.timings
        snapshot.swapSeconds = served == nil ? nil : slot.swapSeconds
        return snapshot
    }

    /// The epoch the poll thread has taken up, not the one that waits for it: available is said
    /// only after it is true.
    private func noteServed(_ manager: VersionManager) {
        guard let set = slot.load(), slot.takenEpoch == set.deployment.epoch,
            set.progress.firstPollAtMs > 0
        else { return }
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
        self.served = served
    }
}
