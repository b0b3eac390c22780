/// What a worker knows of itself at one moment: a value, taken once a second and at every change,
/// from one place.
///
/// Whatever is told of a worker is made of it; the status record is its first projection. Counts
/// and times are of this incarnation; texts are whole, and each projection shortens them as its
/// readers need.
package struct WorkerSnapshot: Sendable, Equatable {
    package var group: String
    package var slot: Int
    /// Nil where the group is whoever is alive.
    package var total: Int?
    package var model: String
    package var incarnation: StatusRecord.Incarnation
    /// Wall-clock milliseconds at which it was taken.
    package var takenAtMs: Int64

    package var phase = StatusRecord.Phase.starting
    /// The newest deployment that this worker knows of and believes; nil before the first.
    package var wantedEpoch: Int64?
    /// Whether that deployment is loaded and handed to the poll thread.
    package var isWantedLoaded = false
    /// The epoch that the poll thread has taken up, not one that waits for it; nil before that.
    package var serving: StatusRecord.Served?
    /// As in `StatusRecord`, with whole reasons.
    package var rejected: StatusRecord.Rejected?
    package var unloadable: StatusRecord.Rejected?
    package var retrying: String?
    /// Why the newest deployment cannot be loaded yet, where loading it is tried again.
    package var loadFault: String?
    package var rival: StatusRecord.Incarnation?
    package var held: String?
    /// Control records that were passed over, and why the last of them.
    package var ignoredControlRecords: Int64 = 0
    package var ignored: String?

    /// Whether any broker answers, as far as the worker's handles know.
    package var hasBrokers = true
    /// Whether the control topic was read to its end since the start.
    package var isControlRead = false
    package var partitions: [Int32] = []
    /// As in `StatusRecord`.
    package var generation: Int32?
    package var inputPartitions: Int?
    /// `at-least-once` or `exactly-once`.
    package var delivery: String?
    /// Changes of assignment, the first one among them.
    package var assignments: Int64 = 0
    /// Records taken from the input topic, and those of them that became dead letters.
    package var records: Int64 = 0
    package var deadLetters: Int64 = 0
    /// Records that were too old to be taken; not among `records`.
    package var passedOver: Int64 = 0
    /// Lines of a log that are not of its format; among `records`.
    package var malformed: Int64 = 0
    package var schemas = SchemaFigures()
    /// Why records have waited for a schema for long; nil where none have.
    package var waiting: String?
    /// Predictions handed to the producer, by version.
    package var byVersion: [Int: Int64] = [:]
    /// What each version did, for the last ones that served.
    package var versions: [Int: VersionCounts] = [:]
    package var comparison: VersionComparison?
    package var comparisonBefore: VersionComparison?
    /// The longest gap between the starts of two polls, in nanoseconds: since the snapshot before
    /// this one, and since the start.
    package var pollGapNs: UInt64 = 0
    package var pollGapMaxNs: UInt64 = 0

    /// Records behind the end of all partitions at hand, as far as it is known; nil where not.
    package var lag: Int64?
    /// As in `WorkerFigures`.
    package var lagByPartition: [Int32: Int64] = [:]
    package var untoldPartitions = 0
    /// Records a second, over the last second or more; nil before that.
    package var recordsPerSecond: Double?
    /// When the newest record taken was written, in wall-clock milliseconds.
    package var lastRecordAtMs: Int64?
    /// Why the slot's process before this one ended, where its supervisor saw it.
    package var lastStop: StatusRecord.Stop?
    package var deadLettersByReason: [String: Int64] = [:]
    package var versionFigures: [WorkerFigures.Version] = []
    package var timings: DeliveryTimings?
    /// From the last swap to the batch that took it up; nil before the first.
    package var swapSeconds: Double?

    package init(
        group: String, slot: Int, total: Int?, model: String,
        incarnation: StatusRecord.Incarnation, takenAtMs: Int64
    ) {
        self.group = group
        self.slot = slot
        self.total = total
        self.model = model
        self.incarnation = incarnation
        self.takenAtMs = takenAtMs
    }

    /// Whether the newest deployment that this worker knows of is the one it serves.
    package var isReady: Bool {
        isWantedLoaded && serving?.epoch == wantedEpoch && phase == .serving && held == nil
    }
}

extension WorkerFigures {
    /// What metrics are told of a snapshot.
    package init(_ snapshot: WorkerSnapshot) {
        self.init()
        startedAtMs = snapshot.incarnation.startedAtMs
        wantedEpoch = snapshot.wantedEpoch
        servedEpoch = snapshot.serving?.epoch
        isConverged = snapshot.isReady
        isRejecting = snapshot.rejected != nil || snapshot.unloadable != nil
        records = snapshot.records
        passedOver = snapshot.passedOver
        malformed = snapshot.malformed
        schemas = snapshot.schemas
        deadLetters = snapshot.deadLettersByReason
        versions = snapshot.versionFigures
        comparison = snapshot.comparison.map { comparison in
            Comparison(
                candidate: comparison.candidate, records: comparison.records,
                flips: comparison.heldFlipCount, shed: comparison.shed)
        }
        rebalances = max(0, snapshot.assignments - 1)
        ignoredControlRecords = snapshot.ignoredControlRecords
        pollGapSeconds = Double(snapshot.pollGapNs) / 1e9
        loadSeconds = snapshot.serving.map { $0.loadedMs / 1_000 }
        swapSeconds = snapshot.swapSeconds
        lag = snapshot.lag
        lagByPartition = snapshot.lagByPartition
        untoldPartitions = snapshot.untoldPartitions
        lastRecordAtMs = snapshot.lastRecordAtMs
        timings = snapshot.timings
    }
}

extension StatusRecord {
    /// What the status topic is told of a snapshot.
    ///
    /// - Parameter ended: why the process ends, in its last word.
    package init(_ snapshot: WorkerSnapshot, ended: Ended? = nil) {
        self.init(
            group: snapshot.group, slot: snapshot.slot, total: snapshot.total,
            model: snapshot.model, incarnation: snapshot.incarnation, phase: snapshot.phase)
        serving = snapshot.serving
        ready = snapshot.isReady
        rejected = snapshot.rejected.map(Self.shortened)
        unloadable = snapshot.unloadable.map(Self.shortened)
        held = snapshot.held?.shortened(to: Self.reasonCharacters)
        retrying = snapshot.retrying?.shortened(to: Self.reasonCharacters)
        ignored = snapshot.ignored?.shortened(to: Self.reasonCharacters)
        rival = snapshot.rival.map(Self.shortened)
        partitions = snapshot.partitions
        generation = snapshot.generation
        inputPartitions = snapshot.inputPartitions
        delivery = snapshot.delivery
        counts.records = snapshot.records
        counts.deadLetters = snapshot.deadLetters
        counts.passedOver = snapshot.passedOver
        if snapshot.malformed > 0 { counts.malformed = snapshot.malformed }
        if snapshot.schemas.parkedRecords > 0 { counts.parked = snapshot.schemas.parkedRecords }
        if snapshot.schemas.trailing > 0 { counts.trailing = snapshot.schemas.trailing }
        counts.rebalances = max(0, snapshot.assignments - 1)
        counts.ignoredControlRecords = snapshot.ignoredControlRecords
        for (version, count) in snapshot.byVersion { counts.byVersion["\(version)"] = count }
        var versions: [String: VersionCounts] = [:]
        for (version, counts) in snapshot.versions { versions["\(version)"] = counts }
        self.versions = versions
        comparison = snapshot.comparison
        comparisonBefore = snapshot.comparisonBefore
        pollGapMs = Double(snapshot.pollGapNs) / 1e6
        pollGapMaxMs = Double(snapshot.pollGapMaxNs) / 1e6
        lag = snapshot.lag
        recordsPerSecond = snapshot.recordsPerSecond
        lastRecordAtMs = snapshot.lastRecordAtMs
        lastStop = snapshot.lastStop.map { stop in
            Stop(reason: stop.reason.shortened(to: Self.reasonCharacters), atMs: stop.atMs)
        }
        sentAtMs = snapshot.takenAtMs
        if let ended {
            phase = .stopping
            ready = false
            self.ended = Ended(
                kind: ended.kind, reason: ended.reason.shortened(to: Self.reasonCharacters))
        }
    }

    private static func shortened(_ rival: Incarnation) -> Incarnation {
        var rival = rival
        rival.id = rival.id.shortened(to: registryCharacters)
        rival.host = rival.host.shortened(to: hostCharacters)
        return rival
    }

    private static func shortened(_ rejected: Rejected) -> Rejected {
        var rejected = rejected
        rejected.reason = rejected.reason.shortened(to: reasonCharacters)
        rejected.registry = rejected.registry?.shortened(to: registryCharacters)
        return rejected
    }

    private static let reasonCharacters = 500
    private static let registryCharacters = 36
    private static let hostCharacters = 80
}
