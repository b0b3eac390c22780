import Lifecycle
import TestSupport
import Testing

@testable import Fleet

/// Groups that are whoever is alive, of four partitions where nothing else is said.
@Suite("convergence of elastic groups")
struct ElasticConvergenceTests {
    private func verdict(
        _ records: [StatusRecord], partitions: Int? = nil, stopped: [SlotID] = []
    ) throws -> Convergence.Verdict {
        Convergence(
            board: try Heard.board(records, stopped: stopped), wanted: WantedEpoch(epoch: 12),
            groups: ["g"], partitions: partitions
        ).verdict(nowMs: Heard.nowMs)
    }

    private static func word(
        _ slot: Int, _ partitions: [Int32], in generation: Int32? = 5, of count: Int? = 4,
        epoch: Int64? = 12, ageMs: Int64 = 100, phase: StatusRecord.Phase = .serving
    ) -> StatusRecord {
        Heard.elastic(
            slot, has: partitions, of: count, in: generation, epoch: epoch, ageMs: ageMs,
            phase: phase)
    }

    @Test(
        "each partition is exactly one live slot's, whatever numbers the slots have",
        arguments: [
            ([word(0, [0, 1, 2, 3])], []),
            ([word(7, [0, 2]), word(900, [1, 3])], []),
            ([word(0, [0, 1]), word(1, [2, 3]), word(2, [])], []),
            ([word(0, [0, 1]), word(1, [3])], ["no slot has partition 2"]),
            ([word(0, [])], ["no slot has partitions 0, 1, 2, 3"]),
            (
                [word(0, [0, 1]), word(1, [1, 2, 3])],
                ["several slots have partition 1: slots 0, 1"]
            ),
            (
                [word(0, [0, 1]), word(4, [0, 1, 2]), word(6, [1])],
                [
                    "no slot has partition 3",
                    "several slots have partitions 0, 1: slots 0, 4, 6",
                ]
            ),
            // A word in itself twice is one claim.
            ([word(0, [0, 0, 1, 2, 3])], []),
        ] as [([StatusRecord], [String])])
    func partitions(records: [StatusRecord], lacks: [String]) throws {
        #expect(try verdict(records) == (lacks.isEmpty ? .converged : .waiting(lacks)))
    }

    @Test(
        "a later generation takes from the earlier one what it had",
        arguments: [
            // Slot 1 came; slot 0 has not spoken since.
            (
                [word(0, [0, 1, 2, 3]), word(1, [2, 3], in: 6)],
                ["no slot has partitions 0, 1"]
            ),
            ([word(0, [0, 1], in: 6), word(1, [2, 3], in: 6)], []),
            // Slot 1 has left, and its last word is of before.
            ([word(0, [0, 1, 2, 3], in: 7), word(1, [2, 3], in: 6)], []),
            ([word(0, [0, 1, 2, 3], in: 7), word(1, [0, 1, 2, 3], in: 6)], []),
            (
                [word(0, [0, 1, 2, 3], in: 7), word(1, [3], in: 7)],
                ["several slots have partition 3: slots 0, 1"]
            ),
            // In between partitions: it says of which generation, and has none of them.
            (
                [word(0, [], in: 6), word(1, [2, 3], in: 6)],
                ["no slot has partitions 0, 1"]
            ),
            // What is said without a generation is over in none.
            (
                [word(0, [0, 1, 2, 3], in: nil), word(1, [2, 3], in: 6)],
                ["several slots have partitions 2, 3: slots 0, 1"]
            ),
        ] as [([StatusRecord], [String])])
    func generations(records: [StatusRecord], lacks: [String]) throws {
        #expect(try verdict(records) == (lacks.isEmpty ? .converged : .waiting(lacks)))
        #expect(try verdict(records.reversed()) == (lacks.isEmpty ? .converged : .waiting(lacks)))
    }

    @Test("the generation of a silent slot is nobody's word: it takes nothing from those who live")
    func silentGeneration() throws {
        let present = [Self.word(0, [0, 1, 2, 3])]
        #expect(
            try verdict(present + [Self.word(1, [0, 1], in: 9, ageMs: 5_001)]) == .converged)
        #expect(
            try verdict(present + [Self.word(1, [0, 1], in: 9, ageMs: 5_000)])
                == .waiting(["no slot has partitions 2, 3"]))
    }

    @Test("nobody alive has not converged, and those who were there say how they ended")
    func nobody() throws {
        #expect(try verdict([]) == .waiting(["no worker of http-anomaly was heard in group g"]))
        #expect(
            try verdict([Self.word(0, [0, 1, 2, 3], ageMs: 7_000)])
                == .waiting(["slot 0: not heard for 7 s", "no slot is alive"]))
        #expect(
            try verdict([Self.word(3, [0, 1, 2, 3]).failing("no topic")])
                == .waiting(["slot 3: failed: no topic", "no slot is alive"]))
        let stopped = [SlotID(group: "g", slot: 0)]
        #expect(
            try verdict([Self.word(0, [0, 1, 2, 3])], stopped: stopped)
                == .waiting(["no worker of http-anomaly was heard in group g"]))
    }

    @Test("a slot that is silent, failed or stopped is not missed once its partitions are others'")
    func leaving() throws {
        let staying = Self.word(0, [0, 1, 2, 3], in: 6)
        #expect(try verdict([staying, Self.word(1, [2, 3], ageMs: 9_000)]) == .converged)
        #expect(try verdict([staying, Self.word(1, [2, 3]).failing("no topic")]) == .converged)
        #expect(
            try verdict(
                [staying, Self.word(1, [2, 3])], stopped: [SlotID(group: "g", slot: 1)])
                == .converged)
        // Until then they are.
        #expect(
            try verdict([Self.word(0, [0, 1]), Self.word(1, [2, 3], ageMs: 9_000)])
                == .waiting(["no slot has partitions 2, 3"]))
        // One that finishes, and has given its partitions back, needs no more time.
        let finishing = Self.word(1, [], in: 6, phase: .stopping)
        #expect(try verdict([staying, finishing]) == .converged)
        #expect(
            try verdict([staying, Self.word(1, [3], in: 6, phase: .stopping)])
                == .waiting([
                    "slot 1: stopping", "several slots have partition 3: slots 0, 1",
                ]))
    }

    @Test("no live slot serves an older epoch, with partitions or without")
    func older() throws {
        let staying = Self.word(0, [0, 1, 2, 3])
        #expect(
            try verdict([staying, Self.word(1, [], epoch: 11)])
                == .waiting(["slot 1: serves epoch 11"]))
        // Neither where its partitions are another's by now.
        #expect(
            try verdict([staying, Self.word(1, [3], in: 4, epoch: 11)])
                == .waiting(["slot 1: serves epoch 11"]))
        #expect(
            try verdict([Self.word(0, [0, 1, 2, 3], epoch: 11)])
                == .waiting(["slot 0: serves epoch 11"]))
        #expect(
            try verdict([staying, Self.word(1, [], epoch: 11, phase: .stopping)])
                == .waiting(["slot 1: stopping"]))
        #expect(
            try verdict([staying, Self.word(1, [], epoch: 11, ageMs: 5_001)]) == .converged)
        #expect(try verdict([staying, Self.word(1, [], epoch: 13)]) == .overtaken(by: 13))
    }

    @Test("a slot that only starts has nothing to serve: it is waited for once it has partitions")
    func starting() throws {
        let staying = Self.word(0, [0, 1, 2, 3])
        for phase in [StatusRecord.Phase.starting, .waiting] {
            let coming = Self.word(1, [], in: nil, epoch: nil, phase: phase)
            #expect(try verdict([staying, coming]) == .converged)
        }
        #expect(
            try verdict([
                Self.word(0, [0, 1]), Self.word(1, [2, 3], epoch: nil, phase: .starting),
            ]) == .waiting(["slot 1: starting"]))
        // Somebody has to look after one that holds, and after one that refuses.
        var held = Self.word(1, [], phase: .waiting)
        held.held = "600 of 1000"
        #expect(try verdict([staying, held]) == .waiting(["slot 1: holds: 600 of 1000"]))
        let refusing = Self.word(1, [], epoch: nil, phase: .starting).rejecting(12)
        #expect(
            try verdict([staying, refusing])
                == .rejected(SlotID(group: "g", slot: 1), "digest mismatch"))
    }

    @Test("two processes in one slot are found out as with a number of slots")
    func contended() throws {
        let staying = Self.word(0, [0, 1, 2, 3])
        var doubled = Self.word(1, [])
        doubled.rival = .init(id: "j", startedAtMs: 2, host: "h2", pid: 9)
        #expect(
            try verdict([staying, doubled])
                == .waiting(["slot 1: two processes claim it: pid 1 on h and pid 9 on h2"]))
    }

    @Test("the number of partitions is what the live slots have listed, the most of it")
    func growth() throws {
        #expect(
            try verdict([Self.word(0, [0, 1]), Self.word(1, [2, 3], of: 6)])
                == .waiting(["no slot has partitions 4, 5"]))
        #expect(
            try verdict([Self.word(0, [0, 1, 4], of: 6), Self.word(1, [2, 3, 5])]) == .converged)
        // A silent slot's is not counted; who asks may know it.
        #expect(
            try verdict([Self.word(0, [0, 1, 2, 3]), Self.word(1, [], of: 8, ageMs: 6_000)])
                == .converged)
        #expect(
            try verdict([Self.word(0, [0, 1, 2, 3])], partitions: 5)
                == .waiting(["no slot has partition 4"]))
        let unknown = Convergence.Verdict.waiting([
            "how many partitions the input has is not known"
        ])
        #expect(try verdict([Self.word(0, [0, 1, 2, 3], of: nil)]) == unknown)
        #expect(try verdict([Self.word(0, [0, 1, 2, 3], of: 0)]) == unknown)
    }

    @Test("numbers that make no sense are passed over, and many partitions are told short")
    func hostile() throws {
        for count in [-1, Limits.inputPartitions + 1, Int.max] {
            #expect(
                try verdict([Self.word(0, [0, 1, 2, 3]), Self.word(1, [], of: count)])
                    == .converged)
        }
        #expect(
            try verdict([Self.word(0, [.min, -1, .max, 0], of: 12)])
                == .waiting([
                    "no slot has partitions 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 1 more"
                ]))
    }

    @Test("while a live slot says a number of slots, these are waited for as well")
    func mixed() throws {
        func fixed(_ slot: Int, _ partitions: [Int32], ageMs: Int64 = 100) -> StatusRecord {
            var record = Self.word(slot, partitions, ageMs: ageMs)
            (record.total, record.totalAuto) = (3, nil)
            return record
        }
        #expect(
            try verdict([fixed(0, [0]), fixed(1, [1]), Self.word(2, [2, 3])]) == .converged)
        #expect(
            try verdict([fixed(0, [0, 1]), Self.word(2, [2, 3])])
                == .waiting(["slot 1: never heard"]))
        #expect(
            try verdict([fixed(0, [0, 1]), fixed(1, [2]), Self.word(2, [3], ageMs: 6_000)])
                == .waiting(["slot 2: not heard for 6 s"]))
        #expect(
            try verdict([fixed(0, [0, 1]), fixed(1, [2]), Self.word(2, []), Self.word(9, [])])
                == .waiting(["no slot has partition 3"]))
        // Once nobody who lives says the number any more, it is nobody's.
        #expect(
            try verdict([fixed(0, [0, 1], ageMs: 5_001), Self.word(2, [0, 1, 2, 3], in: 6)])
                == .converged)
        // An older worker tells no generation and no partitions of the input.
        var older = fixed(0, [0, 1])
        (older.generation, older.inputPartitions, older.total) = (nil, nil, 1)
        #expect(try verdict([older, Self.word(1, [2, 3], in: 6)]) == .converged)
        #expect(
            try verdict([older, Self.word(1, [1, 2, 3], in: 6)])
                == .waiting(["several slots have partition 1: slots 0, 1"]))
    }

    @Test("a reader that does not know of such groups never takes one for converged")
    func olderReader() throws {
        let records = [Self.word(0, [0, 1]), Self.word(1, [2, 3])]
        #expect(try verdict(records) == .converged)
        let read = try records.map { record in
            var fields = try JSONValue(parsing: record.bytes, act: "test").object ?? [:]
            for later in ["total_auto", "generation", "input_partitions"] {
                #expect(fields.removeValue(forKey: later) != nil)
            }
            return try #require(StatusRecord(value: JSONValue.object(fields).bytes))
        }
        #expect(try verdict(read) == .waiting(["slots 2 to 1023: never heard"]))
        #expect(
            try verdict(Array(read.suffix(1)))
                == .waiting(["slot 0: never heard", "slots 2 to 1023: never heard"]))
    }

    @Test("a board tells an elastic group apart, and counts no slots in it")
    func board() throws {
        let now = Heard.nowMs
        var board = try Heard.board([Self.word(5, [0])])
        #expect(board.isElastic("g", nowMs: now) && board.total(of: "g", nowMs: now) == nil)
        #expect(board.absent(of: "g", nowMs: now).isEmpty)
        #expect(!board.isElastic("other", nowMs: now) && board.total(of: "other", nowMs: now) == 0)
        // Its last slot stops.
        board.hear(
            HeardStatus(slot: SlotID(group: "g", slot: 5), record: nil, isOld: false),
            heardAtMs: now)
        #expect(board.groups(nowMs: now) == ["g"] && board.total(of: "g", nowMs: now) == nil)
        #expect(board.absent(of: "g", nowMs: now).isEmpty)
    }

    @Test("the report shows a group without a number of slots, with what each slot has")
    func report() throws {
        let report = FleetReport(
            board: try Heard.board([Self.word(0, [0, 1]), Self.word(6, [2, 3])]),
            control: .silent, nowMs: Heard.nowMs)
        #expect(report.verdict == .converged)
        let group = try #require(report.groups.first)
        #expect(group.isElastic && group.total == nil && group.live == 2)
        #expect(group.slots.allSatisfy(\.isCounted) && group.absent.isEmpty)
        let slot = try #require(report.json["slots"]?.array?.last)
        #expect(slot["total"] == .null && slot["slot"] == 6)
        #expect(slot["partitions"] == [2, 3])
        #expect(slot["generation"] == 5 && slot["input_partitions"] == 4)
        let summary = FleetSummary(reports: [report]).json
        let row = summary["models"]?.array?.first?["groups"]?.array?.first
        #expect(row?["total"] == .null && row?["converged"] == true)
    }
}
