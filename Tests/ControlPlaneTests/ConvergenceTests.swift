import Lifecycle
import Testing

@testable import ControlPlane

/// Status records as workers would send them.
enum Heard {
    static let nowMs: Int64 = 1_700_000_000_000

    static func record(
        _ slot: Int, of total: Int = 2, epoch: Int64? = 12, group: String = "g",
        model: String = "http-anomaly", ageMs: Int64 = 100, phase: StatusRecord.Phase = .serving
    ) -> StatusRecord {
        var record = StatusRecord(
            group: group, slot: slot, total: total, model: model,
            incarnation: .init(id: "i", startedAtMs: 0, host: "h", pid: 1), phase: phase)
        record.serving = epoch.map {
            .init(
                epoch: $0, stable: 7, candidate: nil, loadedMs: 1,
                firstPollAtMs: nowMs - 1_000 + Int64(slot), boundaries: ["0": 42])
        }
        record.sentAtMs = nowMs - ageMs
        return record
    }
}

extension StatusRecord {
    func rejecting(_ epoch: Int64) -> StatusRecord {
        var record = self
        record.rejected = Rejected(epoch: epoch, reason: "digest mismatch")
        return record
    }

    func retrying(_ reason: String) -> StatusRecord {
        var record = self
        record.retrying = reason
        return record
    }
}

@Suite("convergence")
struct ConvergenceTests {
    private func verdict(
        _ records: [StatusRecord], group: String? = nil, stopped: [SlotID] = []
    ) throws -> Convergence.Verdict {
        var convergence = Convergence(
            model: try ModelName("http-anomaly"), epoch: 12, group: group)
        for record in records {
            let slot = SlotID(group: record.group, slot: record.slot)
            convergence.hear(slot, record, heardAtMs: Heard.nowMs)
        }
        for slot in stopped { convergence.hear(slot, nil, heardAtMs: Heard.nowMs) }
        return convergence.verdict(nowMs: Heard.nowMs)
    }

    @Test(
        "all slots of a group must be heard of late and serve the epoch",
        arguments: [
            ([], .waiting(["no worker of http-anomaly was heard"])),
            ([Heard.record(0), Heard.record(1)], .converged),
            ([Heard.record(0, of: 1)], .converged),
            ([Heard.record(0)], .waiting(["slot 1: never heard"])),
            (
                [Heard.record(0, epoch: 3), Heard.record(1)],
                .waiting(["slot 0: serves epoch 3"])
            ),
            (
                [Heard.record(0, epoch: nil), Heard.record(1, epoch: 3).retrying("no artifact")],
                .waiting([
                    "slot 0: serves nothing yet", "slot 1: serves epoch 3, retrying: no artifact",
                ])
            ),
            ([Heard.record(0, ageMs: 5_000), Heard.record(1)], .converged),
            (
                [Heard.record(0, ageMs: 5_001), Heard.record(1, ageMs: 7_900)],
                .waiting(["slot 0: not heard for 5 s", "slot 1: not heard for 7 s"])
            ),
            (
                [Heard.record(0, phase: .stopping), Heard.record(1, phase: .starting)],
                .waiting(["slot 0: stopping", "slot 1: starting"])
            ),
            ([Heard.record(0), Heard.record(1, epoch: 13)], .overtaken(by: 13)),
            // The last word of a slot is the one that counts.
            ([Heard.record(0, epoch: 3), Heard.record(1), Heard.record(0)], .converged),
            (
                [Heard.record(0), Heard.record(1), Heard.record(0, epoch: 3)],
                .waiting(["slot 0: serves epoch 3"])
            ),
        ] as [([StatusRecord], Convergence.Verdict)])
    func table(records: [StatusRecord], expected: Convergence.Verdict) throws {
        #expect(try verdict(records) == expected)
    }

    @Test("a slot that rejects the epoch decides, unless it was not heard of late")
    func rejections() throws {
        let refused = Heard.record(1, epoch: 3).rejecting(12)
        let first = Heard.record(0)
        #expect(
            try verdict([first, refused])
                == .rejected(SlotID(group: "g", slot: 1), "digest mismatch"))
        let earlier = Heard.record(1, epoch: 3).rejecting(11)
        #expect(try verdict([first, earlier]) == .waiting(["slot 1: serves epoch 3"]))
        let silent = Heard.record(1, epoch: 3, ageMs: 9_000).rejecting(12)
        #expect(try verdict([first, silent]) == .waiting(["slot 1: not heard for 9 s"]))
    }

    @Test("all groups of the model count, unless one is named; other models never do")
    func groups() throws {
        let ours = [Heard.record(0), Heard.record(1)]
        let other = Heard.record(0, of: 1, epoch: 3, group: "replay")
        let strange = Heard.record(0, of: 9, epoch: 3, group: "s", model: "other")
        #expect(try verdict(ours + [strange]) == .converged)
        #expect(
            try verdict(ours + [other])
                == .waiting(["slot 0 of replay: serves epoch 3"]))
        #expect(try verdict(ours + [other], group: "g") == .converged)
        #expect(
            try verdict(ours, group: "none")
                == .waiting(["no worker of http-anomaly was heard in group none"]))
        let rejecting = Heard.record(0, of: 1, group: "replay").rejecting(12)
        #expect(try verdict(ours + [rejecting], group: "g") == .converged)
    }

    @Test("a slot that stopped cleanly is missing, and one that came to another model gone")
    func leaving() throws {
        let both = [Heard.record(0), Heard.record(1)]
        #expect(
            try verdict(both, stopped: [SlotID(group: "g", slot: 1)])
                == .waiting(["slot 1: stopped"]))
        #expect(
            try verdict(both + [Heard.record(1, model: "other")])
                == .waiting(["slot 1: never heard"]))
    }

    @Test("after a change of the number of slots the live ones' word counts")
    func resized() throws {
        let old = (0..<4).map { Heard.record($0, of: 4, epoch: 3, ageMs: 60_000) }
        #expect(try verdict(old + [Heard.record(0), Heard.record(1)]) == .converged)
        let mixed = [Heard.record(0, of: 2), Heard.record(1, of: 3), Heard.record(2, of: 3)]
        #expect(try verdict(mixed) == .converged)
        #expect(try verdict(Array(mixed.prefix(2))) == .waiting(["slot 2: never heard"]))
    }

    @Test("a clock ahead of ours keeps nobody alive")
    func futureClock() throws {
        var convergence = Convergence(model: try ModelName("http-anomaly"), epoch: 12)
        let ahead = Heard.record(0, of: 1, ageMs: -3_600_000)
        convergence.hear(SlotID(group: "g", slot: 0), ahead, heardAtMs: Heard.nowMs)
        #expect(convergence.verdict(nowMs: Heard.nowMs) == .converged)
        #expect(
            convergence.verdict(nowMs: Heard.nowMs + 6_000)
                == .waiting(["slot 0: not heard for 6 s"]))
    }

    @Test("records that contradict themselves or their key are passed over")
    func nonsense() throws {
        var convergence = Convergence(model: try ModelName("http-anomaly"), epoch: 12)
        let nonsense: [(SlotID, StatusRecord)] = [
            (SlotID(group: "g", slot: 1), Heard.record(0)),
            (SlotID(group: "h", slot: 0), Heard.record(0)),
            (SlotID(group: "g", slot: 0), Heard.record(0, of: 0)),
            (SlotID(group: "g", slot: 0), Heard.record(0, of: .max)),
            (SlotID(group: "g", slot: 2), Heard.record(2, of: 2)),
            (SlotID(group: "g", slot: -1), Heard.record(-1)),
        ]
        for (slot, record) in nonsense {
            convergence.hear(slot, record, heardAtMs: Heard.nowMs)
        }
        #expect(convergence.board.slots.isEmpty)
        var extreme = Heard.record(0, of: 1)
        extreme.sentAtMs = .min
        convergence.hear(SlotID(group: "g", slot: 0), extreme, heardAtMs: .max)
        #expect(convergence.verdict(nowMs: .max) != .converged)
    }

    @Test("the last slot's first poll is told once all serve")
    func lastFirstPoll() throws {
        var convergence = Convergence(model: try ModelName("http-anomaly"), epoch: 12)
        convergence.hear(SlotID(group: "g", slot: 0), Heard.record(0), heardAtMs: Heard.nowMs)
        #expect(convergence.firstPollOfLastSlotAtMs(nowMs: Heard.nowMs) == nil)
        convergence.hear(SlotID(group: "g", slot: 1), Heard.record(1), heardAtMs: Heard.nowMs)
        #expect(convergence.firstPollOfLastSlotAtMs(nowMs: Heard.nowMs) == Heard.nowMs - 999)
    }
}
