import Lifecycle
import Testing

@testable import Serving

/// The snapshot of a worker whose poll thread and control thread the test stands for.
@Suite("SnapshotTaker")
struct SnapshotTakerTests {
    private struct Side {
        let board = StatusBoard()
        let slot = ScorerSlot()
        let taker: SnapshotTaker
        let artifact: Artifact
        var manager: VersionManager

        init() throws {
            artifact = try SmallArtifacts.liblinear()
            manager = VersionManager(model: try TrackedRecords.model(), memory: SlotMemory())
            _ = manager.handle(.replayed)
            taker = SnapshotTaker(
                configuration: WorkerConfiguration(
                    model: "m", group: "g", slot: 1, total: 2, assignment: .static,
                    start: "earliest", artifacts: "", stateFolder: "", kafka: [:]),
                incarnation: .init(id: "own", startedAtMs: 1, host: "h", pid: 7), board: board,
                slot: slot)
        }

        /// The control thread hears of an epoch.
        mutating func hear(_ epoch: Int64) throws {
            let record = try TrackedRecords.record(epoch)
            _ = manager.heard(key: TrackedRecords.key, value: record.bytes)
        }

        /// It is loaded, and handed to the poll thread.
        mutating func swap() throws -> ServingSet {
            let load = try #require(manager.load)
            let set = try SmallArtifacts.set(of: load.record, artifact)
            _ = slot.replace(with: set)
            _ = manager.handle(.finished(load: load.id, .ready))
            return set
        }

        /// The poll thread takes up a set, and scores a first record by it.
        func takeUp(_ set: ServingSet, atMs: Int64, offset: Int64) {
            board.update { $0.ledger.takeUp(set.lineup, epoch: set.deployment.epoch) }
            board.update { $0.phase = .serving }
            set.progress.polled(atMs: atMs)
            set.progress.scored(partition: 0, offset: offset)
            slot.noteTaken(epoch: set.deployment.epoch)
        }

        func take(
            trustFault: String? = nil, earlier: EarlierComparison = EarlierComparison(),
            rival: StatusRecord.Incarnation? = nil
        ) -> WorkerSnapshot {
            taker.take(
                .init(
                    manager: manager, trustFault: trustFault, earlier: earlier, rival: rival,
                    inputPartitions: 6, hasBrokers: true))
        }
    }

    @Test("an epoch is served once the poll thread has taken it up, and until it takes the next")
    func served() throws {
        var side = try Side()
        #expect(side.take().serving == nil && side.take().wantedEpoch == nil)
        try side.hear(1)
        #expect(side.take().wantedEpoch == 1 && !side.take().isWantedLoaded)
        let first = try side.swap()
        let waiting = side.take()
        #expect(waiting.isWantedLoaded && waiting.serving == nil && !waiting.isReady)
        side.takeUp(first, atMs: 77, offset: 5)
        let served = side.take()
        #expect(served.isReady)
        #expect(served.serving?.epoch == 1 && served.serving?.stable == 1)
        #expect(served.serving?.firstPollAtMs == 77 && served.serving?.boundaries == ["0": 5])
        #expect(served.serving?.registry == "r1")
        #expect(served.versions.keys.sorted() == [1])

        try side.hear(2)
        let second = try side.swap()
        let between = side.take()
        #expect(between.serving == served.serving && between.wantedEpoch == 2 && !between.isReady)
        side.takeUp(second, atMs: 88, offset: 9)
        #expect(side.take().serving?.epoch == 2 && side.take().isReady)
    }

    @Test("what the poll thread left is in it; the gap since the last one starts again")
    func board() throws {
        let side = try Side()
        side.board.update { board in
            board.records = 12
            board.deadLetters = 2
            board.passedOver = 4
            board.held = "too many"
            board.byVersion = [3: 10]
            board.partitions = [0, 2]
            board.generation = 9
            board.assignments = 3
            board.pollGapNs = 5
            board.pollGapMaxNs = 7
            board.deadLettersByReason = ["not_json": 2]
            board.lag.sum = 8
            board.lag.byPartition = [0: 5, 2: 3]
            board.lag.untold = 1
            board.lastRecordAtMs = 44
        }
        let taken = side.take()
        #expect(taken.group == "g" && taken.slot == 1 && taken.total == 2 && taken.model == "m")
        #expect(taken.incarnation.id == "own" && taken.phase == .starting)
        #expect(taken.records == 12 && taken.deadLetters == 2 && taken.byVersion == [3: 10])
        #expect(taken.passedOver == 4 && taken.held == "too many")
        #expect(taken.partitions == [0, 2] && taken.assignments == 3)
        #expect(taken.generation == 9 && taken.inputPartitions == 6)
        #expect(taken.delivery == "at-least-once")
        #expect(taken.pollGapNs == 5 && taken.pollGapMaxNs == 7)
        #expect(taken.deadLettersByReason == ["not_json": 2] && taken.lastRecordAtMs == 44)
        #expect(taken.lag == 8 && taken.lagByPartition == [0: 5, 2: 3])
        #expect(taken.untoldPartitions == 1)
        side.board.update { $0.partitions = [] }
        #expect(side.take().lag == nil, "of partitions that others have by now")
        let next = side.take()
        #expect(next.pollGapNs == 0 && next.pollGapMaxNs == 7 && next.records == 12)
        #expect(next.takenAtMs >= taken.takenAtMs)
    }

    @Test("records that were passed over add up, and the last reason stays")
    func ignored() throws {
        let side = try Side()
        #expect(side.take().ignoredControlRecords == 0 && side.take().ignored == nil)
        side.taker.noteIgnored(2, last: "garbage")
        side.taker.noteIgnored(0, last: nil)
        #expect(side.take().ignoredControlRecords == 2 && side.take().ignored == "garbage")
        side.taker.noteIgnored(1, last: "older")
        #expect(side.take().ignoredControlRecords == 3 && side.take().ignored == "older")
    }

    @Test("a load that is tried again is told before a trust file that cannot be read")
    func retrying() throws {
        var side = try Side()
        #expect(side.take().retrying == nil)
        #expect(side.take(trustFault: "no file").retrying == "no file")
        try side.hear(1)
        let load = try #require(side.manager.load)
        _ = side.manager.handle(.finished(load: load.id, .failedPassing("out of reach")))
        #expect(side.take(trustFault: "no file").retrying == "out of reach")
    }

    @Test("a deployment that cannot be served, and another process in the slot, are told")
    func refused() throws {
        var side = try Side()
        try side.hear(1)
        let load = try #require(side.manager.load)
        _ = side.manager.handle(.finished(load: load.id, .failedFinally("no such artifact")))
        let rival = StatusRecord.Incarnation(id: "o", startedAtMs: 2, host: "e", pid: 8)
        let taken = side.take(rival: rival)
        #expect(taken.rejected?.epoch == 1 && taken.rejected?.reason == "no such artifact")
        #expect(!taken.isReady && taken.rival == rival)
    }

    @Test("earlier counts are passed on until something is served that they do not belong to")
    func earlier() throws {
        var side = try Side()
        var comparison = VersionComparison(candidate: 3, stable: 2, mode: "canary", share: 5)
        comparison.id = "c"
        comparison.records = 4
        var record = StatusRecord(
            group: "g", slot: 1, total: 2, model: "m",
            incarnation: .init(id: "before", startedAtMs: 0, host: "h", pid: 6), phase: .serving)
        record.comparison = comparison
        var earlier = EarlierComparison()
        earlier.heard(record)
        #expect(side.take(earlier: earlier).comparisonBefore == comparison)
        try side.hear(1)
        _ = try side.swap()
        #expect(side.take(earlier: earlier).comparisonBefore == nil)
    }
}
