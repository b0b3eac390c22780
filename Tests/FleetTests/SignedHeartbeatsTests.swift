import Fleet
import Lifecycle
import TestSupport
import Testing

/// Boards where only signed heartbeats count.
@Suite("A fleet whose heartbeats are signed")
struct SignedHeartbeatsTests {
    private static let slot = SlotID(group: "g", slot: 0)
    private static let nowMs = Heard.nowMs

    private static func word(
        _ sequence: Int64, id: String = "i", epoch: Int64 = 12, ageMs: Int64 = 100,
        isOld: Bool = false, group: String = "g"
    ) -> HeardStatus {
        var record = Heard.record(0, of: 1, epoch: epoch, group: group, ageMs: ageMs)
        record.incarnation.id = id
        record.sequence = sequence
        var heard = isOld ? HeardStatus.old(record, appendedAtMs: nowMs) : .fresh(record)
        heard.belief = .believed(by: "worker")
        return heard
    }

    private static func forged(_ group: String = "g") -> HeardStatus {
        var heard = HeardStatus(slot: SlotID(group: group, slot: 0), record: nil, isOld: false)
        heard.belief = .refused("it is not signed")
        return heard
    }

    private static func farewell(_ incarnation: String) -> HeardStatus {
        var heard = HeardStatus(slot: slot, record: nil, isOld: false)
        heard.belief = .farewell(by: "worker", incarnation: incarnation)
        return heard
    }

    private static func boards(_ heard: [HeardStatus], expecting: [String] = []) -> FleetBoards {
        var boards = FleetBoards(areSigned: true, expecting: expecting)
        for one in heard where one.isOld { boards.hear(one, heardAtMs: nowMs - 10_000) }
        boards.reachEnd(atMs: nowMs - 10_000)
        for one in heard where !one.isOld { boards.hear(one, heardAtMs: nowMs) }
        return boards
    }

    private static func verdict(
        _ heard: [HeardStatus], epoch: Int64 = 12, groups: [String] = []
    ) throws -> Convergence.Verdict {
        Convergence(
            board: boards(heard)[try ModelName("http-anomaly")], wanted: WantedEpoch(epoch: epoch),
            groups: groups
        ).verdict(nowMs: nowMs)
    }

    @Test("what does not count hides no word, is no group, and is told")
    func forgeries() throws {
        #expect(try Self.verdict([Self.word(1), Self.forged()]) == .converged)
        let forgeries = (0..<3_000).map { Self.forged("f\($0)") }
        #expect(try Self.verdict(forgeries + [Self.word(1)]) == .converged)
        #expect(
            try Self.verdict([Self.forged()])
                == .waiting([
                    "no worker of http-anomaly was heard whose heartbeats are believed"
                ]))
        let standing = Self.boards(forgeries).standing
        #expect(standing.refused == 3_000 && standing.refusedSlots.count == 1_024)
        #expect(standing.note?.contains("it is not signed") == true)
    }

    @Test("an old word sent again, however fresh the broker's time, is not alive and no epoch")
    func replays() throws {
        let model = try ModelName("http-anomaly")
        for isOld in [false, true] {
            let boards = Self.boards([Self.word(7, ageMs: 60_000, isOld: isOld)])
            #expect(boards[model][Self.slot]?.isLive(nowMs: Self.nowMs) == false)
        }
        // A later word is there: the earlier one is passed over.
        let turned = [Self.word(2, epoch: 13), Self.word(1, epoch: 12)]
        #expect(try Self.verdict(turned, epoch: 13) == .converged)
        // A process that has stopped, and one that another has long taken the place of.
        let stopped = [Self.word(2), Self.farewell("i"), Self.word(1), Self.word(3)]
        #expect(Self.boards(stopped)[model][Self.slot] == nil)
        let replaced = [
            Self.word(9, id: "old", epoch: 11, ageMs: 50_000), Self.word(1, id: "new"),
            Self.word(10, id: "older", epoch: 11, ageMs: 40_000),
        ]
        #expect(try Self.verdict(replaced) == .converged)
        // A stop of a process that is not the slot's takes nothing away.
        #expect(try Self.verdict([Self.word(1), Self.farewell("j")]) == .converged)
    }

    @Test("one word from a clock that is ahead hides no later process, and old ones are counted")
    func ahead() throws {
        for isOld in [true, false] {
            let heard = [
                Self.word(1, id: "ahead", epoch: 11, ageMs: -300_000, isOld: isOld),
                Self.word(1, id: "new"),
            ]
            #expect(try Self.verdict(heard) == .converged)
        }
        let standing = Self.boards([
            Self.word(9), Self.word(1, id: "old", ageMs: 50_000), Self.word(3), Self.word(9),
        ]).standing
        #expect(standing.refused == 2)
        #expect(standing.note?.contains("before others of its process") == true)
    }

    @Test("a process whose stop was heard before any word of it is not alive")
    func stoppedBefore() throws {
        let heard = [Self.farewell("i"), Self.word(5)]
        #expect(Self.boards(heard)[try ModelName("http-anomaly")][Self.slot] == nil)
    }

    @Test("a clock too far away is named")
    func clocks() throws {
        for (ageMs, words) in [(Int64(15_000), "15 s behind"), (-15_000, "15 s ahead")] {
            guard case .waiting(let lines) = try Self.verdict([Self.word(1, ageMs: ageMs)]) else {
                Issue.record("not waiting")
                continue
            }
            #expect(lines.count == 1 && lines[0].contains(words), "\(lines)")
        }
        #expect(try Self.verdict([Self.word(1, ageMs: 8_000)]) == .converged)
    }

    @Test("a group that is expected and not heard is named, and others are not waited for")
    func expected() throws {
        let heard = [Self.word(1), Self.word(1, epoch: 3, group: "other")]
        #expect(try Self.verdict(heard, groups: ["g"]) == .converged)
        #expect(
            try Self.verdict(heard + [Self.forged("h")], groups: ["g", "h", "k"])
                == .waiting([
                    "no worker of http-anomaly was heard in group h whose heartbeats are believed",
                    "no worker of http-anomaly was heard in group k",
                ]))
    }

    @Test("a slot of which nothing else was heard is unbelieved, and never serves")
    func unbelieved() throws {
        var record = Heard.record(1, of: 2)
        record.sequence = 1
        var heard = HeardStatus.fresh(record)
        heard.belief = .believed(by: "worker")
        let board = Self.boards([heard, Self.forged()])[try ModelName("http-anomaly")]
        #expect(board.condition(of: Self.slot, nowMs: Self.nowMs) == .unbelieved)
        let report = FleetReport(board: board, control: .silent, nowMs: Self.nowMs)
        #expect(report.census == [.live: 1, .unbelieved: 1] && report.verdict != .converged)
        #expect(report.json["heartbeats"]?["signed"] == true)
        #expect(report.json["fleet"]?["slots"]?["unbelieved"]?.int == 1)
    }

    @Test("of unsigned groups so many are shown and held, and those expected always")
    func bounds() throws {
        var boards = FleetBoards(expecting: ["z"])
        for number in 0..<3_000 {
            boards.hear(
                .fresh(Heard.record(0, of: 1, group: "f\(number)")), heardAtMs: Self.nowMs)
        }
        boards.hear(.fresh(Heard.record(0, of: 1, group: "z")), heardAtMs: Self.nowMs)
        boards.reachEnd(atMs: Self.nowMs - 10_000)
        let report = FleetReport(
            board: boards[try ModelName("http-anomaly")], groups: ["z"], areAlone: false,
            control: .silent, nowMs: Self.nowMs)
        #expect(report.verdict == .converged)
        #expect(report.groups.count == 33 && report.groupsLeftOut == 3_000 - 32)
        #expect(report.groups.last?.name == "z")
        let unheard = FleetReport(
            board: boards[try ModelName("http-anomaly")], groups: ["x", "y", "z"],
            areAlone: false, control: .silent, nowMs: Self.nowMs)
        #expect(unheard.groups.count == 33 && unheard.groupsLeftOut == 3_000 - 32)
        #expect(report.notes.contains { $0.contains("not waited for") })
    }

    @Test("the board is bounded, but for slots of groups that are expected")
    func room() throws {
        var boards = FleetBoards(expecting: ["z"])
        for number in 0..<20_000 {
            boards.hear(
                .fresh(Heard.record(0, of: 1, group: "f\(number)")), heardAtMs: Self.nowMs)
        }
        boards.hear(.fresh(Heard.record(0, of: 1, group: "z")), heardAtMs: Self.nowMs)
        let board = boards[try ModelName("http-anomaly")]
        #expect(boards.leftOut == 20_000 - 16_384 && board.groups.count == 16_385)
        #expect(board[SlotID(group: "z", slot: 0)] != nil)
    }
}
