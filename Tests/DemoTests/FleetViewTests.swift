import Demo
import Lifecycle
import Testing

@Suite("Fleet view")
struct FleetViewTests {
    static func status(
        slot: Int, epoch: Int64?, partitions: [Int32], id: String = "", rebalances: Int64 = 0,
        firstPoll: Int64 = 1_000, sent: Int64 = 0
    ) -> StatusRecord {
        var record = StatusRecord(
            group: "g", slot: slot, total: 2, model: "m",
            incarnation: .init(id: "i\(slot)\(id)", startedAtMs: 0, host: "h", pid: 1),
            phase: epoch == nil ? .starting : .serving)
        record.partitions = partitions
        record.counts.rebalances = rebalances
        record.pollGapMaxMs = Double(slot + 1)
        record.sentAtMs = sent
        record.serving = epoch.map {
            .init(
                epoch: $0, stable: 1, candidate: nil, loadedMs: 1, firstPollAtMs: firstPoll,
                boundaries: [:])
        }
        return record
    }

    @Test("all slots must serve the epoch and share all partitions")
    func serving() throws {
        var fleet = FleetView(model: try ModelName("m"), group: "g", workers: 2)
        func hear(_ slot: Int, _ epoch: Int64?, _ partitions: [Int32]) -> Bool {
            fleet.hear(
                SlotID(group: "g", slot: slot),
                Self.status(slot: slot, epoch: epoch, partitions: partitions), atMs: 0)
            return fleet.isServing(epoch: 1, partitions: 4)
        }
        #expect(!hear(0, 1, [0, 1]))
        #expect(!hear(1, nil, []))
        #expect(!hear(1, 1, []))
        #expect(!hear(1, 1, [2]))
        #expect(!hear(1, 1, [1, 2, 3]))
        #expect(hear(1, 1, [2, 3]))
        #expect(!hear(0, 2, [0, 1]))
        #expect(fleet.epochs == [2, 1])
    }

    @Test("convergence is the last slot's first poll, and what it says later does not move it")
    func convergence() throws {
        var fleet = FleetView(model: try ModelName("m"), group: "g", workers: 2)
        fleet.hear(
            SlotID(group: "g", slot: 0),
            Self.status(slot: 0, epoch: 2, partitions: [], firstPoll: 70), atMs: 0)
        #expect(fleet.convergedAtMs(epoch: 2) == nil)
        fleet.hear(
            SlotID(group: "g", slot: 1),
            Self.status(slot: 1, epoch: 2, partitions: [], firstPoll: 90), atMs: 0)
        fleet.hear(
            SlotID(group: "g", slot: 1),
            Self.status(slot: 1, epoch: 2, partitions: [], firstPoll: 99), atMs: 0)
        #expect(fleet.convergedAtMs(epoch: 2) == 90)
    }

    @Test("rebalances add up over processes, other groups and clean stops do not count")
    func counts() throws {
        var fleet = FleetView(model: try ModelName("m"), group: "g", workers: 2)
        fleet.hear(
            SlotID(group: "g", slot: 0),
            Self.status(slot: 0, epoch: 1, partitions: [], rebalances: 2), atMs: 0)
        fleet.hear(
            SlotID(group: "g", slot: 0),
            Self.status(slot: 0, epoch: 1, partitions: [], id: "again", rebalances: 1, sent: 50),
            atMs: 0)
        fleet.hear(
            SlotID(group: "g", slot: 1), Self.status(slot: 1, epoch: 1, partitions: [], sent: 60),
            atMs: 0)
        fleet.hear(
            SlotID(group: "other", slot: 1),
            Self.status(slot: 1, epoch: 9, partitions: [], id: "o"),
            atMs: 0)
        #expect(fleet.epochs == [1, 1])
        #expect(fleet.hasHeardAll(sinceMs: 50))
        #expect(!fleet.hasHeardAll(sinceMs: 51))
        fleet.hear(SlotID(group: "g", slot: 1), nil, atMs: 0)
        #expect(fleet.rebalances == 3)
        #expect(fleet.restarts == 1)
        #expect(fleet.longestPollGapMs == 2)
        #expect(fleet.epochs == [1, nil] && !fleet.hasHeardAll(sinceMs: 50))
    }

    @Test("a rejection and a slot never heard are told in words")
    func words() throws {
        var fleet = FleetView(model: try ModelName("m"), group: "g", workers: 2)
        var record = Self.status(slot: 0, epoch: 1, partitions: [0])
        record.rejected = .init(epoch: 2, reason: "digest differs")
        fleet.hear(SlotID(group: "g", slot: 0), record, atMs: 0)
        #expect(fleet.rejection(of: 2) == "slot 0 rejects epoch 2: digest differs")
        #expect(fleet.rejection(of: 3) == nil)
        #expect(
            fleet.words
                == "slot 0 is serving, epoch 1, partitions [0] (digest differs); "
                + "slot 1 was never heard"
        )
    }
}
