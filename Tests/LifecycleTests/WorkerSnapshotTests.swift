import Lifecycle
import Testing

@Suite("WorkerSnapshot")
struct WorkerSnapshotTests {
    private static func snapshot() -> WorkerSnapshot {
        var snapshot = WorkerSnapshot(
            group: "g", slot: 1, total: 2, model: "m",
            incarnation: .init(id: "i", startedAtMs: 1, host: "h", pid: 4), takenAtMs: 99)
        snapshot.phase = .serving
        snapshot.wantedEpoch = 3
        snapshot.isWantedLoaded = true
        snapshot.serving = .init(
            epoch: 3, stable: 2, candidate: nil, loadedMs: 1.5, firstPollAtMs: 9,
            boundaries: ["0": 42])
        return snapshot
    }

    @Test("ready is who serves the newest deployment that it knows of, and nobody else")
    func ready() {
        #expect(Self.snapshot().isReady)
        var other = Self.snapshot()
        other.wantedEpoch = 4
        #expect(!other.isReady, "the poll thread has not taken it up")
        other = Self.snapshot()
        other.isWantedLoaded = false
        #expect(!other.isReady, "one of the same epoch is served, not the wanted one")
        other = Self.snapshot()
        other.phase = .stopping
        #expect(!other.isReady)
        other = Self.snapshot()
        other.held = "too many"
        #expect(!other.isReady, "it reads nothing")
        let new = WorkerSnapshot(
            group: "g", slot: 1, total: 2, model: "m",
            incarnation: .init(id: "i", startedAtMs: 1, host: "h", pid: 4), takenAtMs: 99)
        #expect(!new.isReady, "nothing is wanted and nothing is served")
    }

    @Test("the status record tells every part, in the units of its wire form")
    func record() {
        var snapshot = Self.snapshot()
        snapshot.rejected = .init(epoch: 4, reason: "no", registry: "r", record: "d")
        snapshot.unloadable = .init(epoch: 5, reason: "gone")
        snapshot.retrying = "later"
        snapshot.rival = .init(id: "o", startedAtMs: 2, host: "e", pid: 8)
        snapshot.ignoredControlRecords = 6
        snapshot.ignored = "garbage"
        snapshot.partitions = [0, 2]
        snapshot.generation = 5
        snapshot.inputPartitions = 4
        snapshot.delivery = "exactly-once"
        snapshot.assignments = 3
        snapshot.records = 12
        snapshot.deadLetters = 2
        snapshot.passedOver = 4
        snapshot.held = "too many"
        snapshot.byVersion = [2: 10]
        var counts = VersionCounts()
        counts.scored = 11
        snapshot.versions = [2: counts]
        snapshot.comparison = VersionComparison(candidate: 3, stable: 2, mode: "canary", share: 5)
        snapshot.comparisonBefore = VersionComparison(
            candidate: 3, stable: 2, mode: "shadow", share: 4)
        snapshot.pollGapNs = 5_000_000
        snapshot.pollGapMaxNs = 7_500_000
        snapshot.lag = 21
        snapshot.recordsPerSecond = 22.5
        snapshot.lastRecordAtMs = 23
        snapshot.lastStop = .init(reason: "signal 9", atMs: 24)

        var expected = StatusRecord(
            group: "g", slot: 1, total: 2, model: "m", incarnation: snapshot.incarnation,
            phase: .serving)
        // It holds.
        expected.ready = false
        expected.serving = snapshot.serving
        expected.rejected = snapshot.rejected
        expected.unloadable = snapshot.unloadable
        expected.retrying = "later"
        expected.rival = snapshot.rival
        expected.ignored = "garbage"
        expected.partitions = [0, 2]
        expected.generation = 5
        expected.inputPartitions = 4
        expected.delivery = "exactly-once"
        expected.counts.records = 12
        expected.counts.deadLetters = 2
        expected.counts.passedOver = 4
        expected.held = "too many"
        expected.counts.rebalances = 2
        expected.counts.ignoredControlRecords = 6
        expected.counts.byVersion = ["2": 10]
        expected.versions = ["2": counts]
        expected.comparison = snapshot.comparison
        expected.comparisonBefore = snapshot.comparisonBefore
        expected.pollGapMs = 5
        expected.pollGapMaxMs = 7.5
        expected.lag = 21
        expected.recordsPerSecond = 22.5
        expected.lastRecordAtMs = 23
        expected.lastStop = .init(reason: "signal 9", atMs: 24)
        expected.sentAtMs = 99
        #expect(StatusRecord(snapshot) == expected)
        #expect(StatusRecord(value: StatusRecord(snapshot).bytes) == expected)
    }

    @Test("the figures tell every part, in base units")
    func figures() throws {
        var snapshot = Self.snapshot()
        snapshot.incarnation.startedAtMs = 1_500
        snapshot.records = 12
        snapshot.passedOver = 4
        snapshot.deadLettersByReason = ["not_json": 2]
        let counts = try #require(BucketCounts(bounds: [1], counts: [2, 3], sum: 4))
        snapshot.versionFigures = [
            .init(version: 2, scored: 11, predictions: ["stable": ["a": 10]], scores: counts)
        ]
        var comparison = VersionComparison(candidate: 3, stable: 2, mode: "canary", share: 5)
        (comparison.records, comparison.shed) = (9, 1)
        snapshot.comparison = comparison
        snapshot.assignments = 3
        snapshot.ignoredControlRecords = 6
        snapshot.pollGapNs = 5_000_000
        snapshot.swapSeconds = 0.25
        snapshot.lag = 21
        snapshot.lagByPartition = [0: 20, 2: 1]
        snapshot.untoldPartitions = 1
        snapshot.lastRecordAtMs = 23
        snapshot.timings = DeliveryTimings(
            sinceWritten: counts, sincePolled: counts, batches: counts)

        var expected = WorkerFigures()
        expected.startedAtMs = 1_500
        expected.wantedEpoch = 3
        expected.servedEpoch = 3
        expected.isConverged = true
        expected.records = 12
        expected.passedOver = 4
        expected.deadLetters = ["not_json": 2]
        expected.versions = snapshot.versionFigures
        expected.comparison = .init(candidate: 3, records: 9, flips: 0, shed: 1)
        expected.rebalances = 2
        expected.ignoredControlRecords = 6
        expected.pollGapSeconds = 0.005
        expected.loadSeconds = 0.0015
        expected.swapSeconds = 0.25
        expected.lag = 21
        expected.lagByPartition = [0: 20, 2: 1]
        expected.untoldPartitions = 1
        expected.lastRecordAtMs = 23
        expected.timings = snapshot.timings
        #expect(WorkerFigures(snapshot) == expected)
        #expect(WorkerFigures(expected.json) == expected)
    }

    @Test("a group that is whoever is alive is told as such")
    func elastic() {
        var snapshot = Self.snapshot()
        #expect(StatusRecord(snapshot).fixedTotal == 2)
        snapshot.total = nil
        let record = StatusRecord(snapshot)
        #expect(record.fixedTotal == nil && record.total == Limits.slots)
    }

    @Test("before the first assignment there was no rebalance")
    func noRebalance() {
        #expect(StatusRecord(Self.snapshot()).counts.rebalances == 0)
    }

    @Test("texts of any length are told short, whoever wrote them")
    func short() {
        let long = String(repeating: "x", count: 10_000)
        var snapshot = Self.snapshot()
        snapshot.rejected = .init(epoch: 4, reason: long, registry: long)
        snapshot.unloadable = .init(epoch: 5, reason: long)
        snapshot.retrying = long
        snapshot.held = long
        snapshot.ignored = long
        snapshot.rival = .init(id: long, startedAtMs: 2, host: long, pid: 8)
        let record = StatusRecord(snapshot, ended: .init(kind: "restart", reason: long))
        #expect(record.rejected?.reason == long.shortened(to: 500))
        #expect(record.rejected?.registry == long.shortened(to: 36))
        #expect(record.unloadable?.reason == long.shortened(to: 500))
        #expect(record.retrying == long.shortened(to: 500))
        #expect(record.held == long.shortened(to: 500))
        #expect(record.ignored == long.shortened(to: 500))
        #expect(record.rival?.id == long.shortened(to: 36))
        #expect(record.rival?.host == long.shortened(to: 80))
        #expect(record.ended?.reason == long.shortened(to: 500))
        #expect(record.bytes.count < 5_000)
    }

    @Test("the last word says why the process ends, and that it serves no more")
    func ended() {
        let record = StatusRecord(
            Self.snapshot(), ended: .init(kind: "refused", reason: "no right"))
        #expect(record.ended == .init(kind: "refused", reason: "no right"))
        #expect(record.phase == .stopping && !record.ready)
        #expect(record.serving?.epoch == 3)
    }
}
