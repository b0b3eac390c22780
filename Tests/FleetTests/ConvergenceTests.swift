import Lifecycle
import TestSupport
import Testing

@testable import Fleet

@Suite("convergence")
struct ConvergenceTests {
    private static let twelve = WantedEpoch(epoch: 12)

    private func verdict(
        _ records: [StatusRecord], group: String? = nil, stopped: [SlotID] = []
    ) throws -> Convergence.Verdict {
        Convergence(
            board: try Heard.board(records, stopped: stopped), wanted: Self.twelve,
            groups: group.map { [$0] } ?? []
        ).verdict(nowMs: Heard.nowMs)
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

    @Test("a slot that two live processes claim has not converged, until one of them is silent")
    func claimedTwice() throws {
        let now = Heard.nowMs
        var (older, newer) = (Heard.record(0, of: 1), Heard.record(0, of: 1))
        newer.incarnation = .init(id: "j", startedAtMs: 2, host: "h2", pid: 9)
        var board = FleetBoard(model: try ModelName("http-anomaly"))
        func verdict(nowMs: Int64) -> Convergence.Verdict {
            Convergence(board: board, wanted: Self.twelve).verdict(nowMs: nowMs)
        }
        let claimed = Convergence.Verdict.waiting([
            "slot 0: two processes claim it: pid 9 on h2 and pid 1 on h"
        ])
        // Heard by the watcher.
        for record in [older, newer, older] { board.hear(.fresh(record), heardAtMs: now) }
        #expect(verdict(nowMs: now) == claimed)
        board.hear(.fresh(newer), heardAtMs: now + 5_001)
        #expect(verdict(nowMs: now + 5_001) == .converged)
        // Heard by the worker, of which the watcher has the newest word alone.
        newer.rival = older.incarnation
        board.hear(.fresh(newer), heardAtMs: now + 5_002)
        #expect(verdict(nowMs: now + 5_002) == claimed)
        newer.rival = nil
        board.hear(.fresh(newer), heardAtMs: now + 6_000)
        #expect(verdict(nowMs: now + 6_000) == .converged)
        // Who names itself is no other.
        older.rival = older.incarnation
        #expect(try self.verdict([older]) == .converged)
    }

    @Test(
        "with the number of partitions given, each is one live slot's and no slot is without",
        arguments: [
            ([[0, 1], [2, 3]], []),
            ([[0, 1], []], ["slot 1: has no partition yet", "no slot has partitions 2, 3"]),
            ([[0, 1, 2, 3], []], ["slot 1: has no partition yet"]),
            ([[0, 1], [2]], ["no slot has partition 3"]),
            ([[0, 1], [1, 2, 3]], ["several slots have partition 1: slots 0, 1"]),
            ([[0, 1, 1], [2, 3, 3]], []),
        ] as [([[Int32]], [String])])
    func partitions(shares: [[Int32]], lacks: [String]) throws {
        let records = shares.enumerated().map { slot, share in
            var record = Heard.record(slot)
            record.partitions = share
            return record
        }
        let board = try Heard.board(records)
        func verdict(_ partitions: Int?) -> Convergence.Verdict {
            Convergence(board: board, wanted: Self.twelve, groups: ["g"], partitions: partitions)
                .verdict(nowMs: Heard.nowMs)
        }
        #expect(verdict(4) == (lacks.isEmpty ? .converged : .waiting(lacks)))
        #expect(verdict(nil) == .converged)
    }

    @Test("a slot may be without where there are fewer partitions, and a silent slot has none")
    func fewPartitions() throws {
        var first = Heard.record(0)
        first.partitions = [0]
        var silent = Heard.record(1, ageMs: 9_000)
        silent.partitions = [1]
        func verdict(_ records: [StatusRecord], _ partitions: Int) throws -> Convergence.Verdict {
            Convergence(
                board: try Heard.board(records), wanted: Self.twelve, groups: ["g"],
                partitions: partitions
            ).verdict(nowMs: Heard.nowMs)
        }
        #expect(try verdict([first, Heard.record(1)], 1) == .converged)
        #expect(
            try verdict([first, silent], 2)
                == .waiting(["slot 1: not heard for 9 s", "no slot has partition 1"]))
        #expect(
            try verdict([Heard.record(0, of: 1)], 12)
                == .waiting([
                    "slot 0: has no partition yet",
                    "no slot has partitions 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more",
                ]))
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

    @Test("a slot that failed is waited for with its reason, and its group no longer than others")
    func failures() throws {
        let failed = Heard.record(1).failing("600 of 1000 records were dead letters")
        #expect(
            try verdict([Heard.record(0), failed])
                == .waiting(["slot 1: failed: 600 of 1000 records were dead letters"]))
        let other = Heard.record(0, of: 1, group: "other", ageMs: 60_001).failing("no topic")
        #expect(try verdict([Heard.record(0), Heard.record(1), other]) == .converged)
        let recent = Heard.record(0, of: 1, group: "other", ageMs: 60_000).failing("no topic")
        #expect(
            try verdict([Heard.record(0), Heard.record(1), recent])
                == .waiting(["slot 0 of other: failed: no topic"]))
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
        let old = (0..<4).map { Heard.record($0, of: 4, epoch: 3, ageMs: 50_000) }
        #expect(try verdict(old + [Heard.record(0), Heard.record(1)]) == .converged)
        let mixed = [Heard.record(0, of: 2), Heard.record(1, of: 3), Heard.record(2, of: 3)]
        #expect(try verdict(mixed) == .converged)
        #expect(try verdict(Array(mixed.prefix(2))) == .waiting(["slot 2: never heard"]))
    }

    @Test("a group that is gone is named and not waited for while another is there")
    func goneGroups() throws {
        let ours = [Heard.record(0), Heard.record(1)]
        let killed = (0..<2).map {
            Heard.record($0, epoch: 3, group: "killed", ageMs: 60_001 + Int64($0))
        }
        #expect(try verdict(ours + killed) == .converged)
        let board = try Heard.board(ours + killed)
        #expect(
            Convergence(board: board, wanted: Self.twelve).unawaited(nowMs: Heard.nowMs)
                == ["group killed: nothing heard of it for 60 s, so it does not count"])
        // Asked for by name, it is waited for.
        let missing = ["slot 0: not heard for 60 s", "slot 1: not heard for 60 s"]
        #expect(try verdict(ours + killed, group: "killed") == .waiting(missing))
        // With nobody else there, it is all there is.
        #expect(try verdict(killed) == .waiting(missing))
        #expect(
            Convergence(board: try Heard.board(killed), wanted: Self.twelve).unawaited(
                nowMs: Heard.nowMs
            )
            .isEmpty)
        // One slot that may come back is enough to be waited for.
        let halfGone = [killed[0], Heard.record(1, epoch: 3, group: "killed", ageMs: 59_999)]
        #expect(
            try verdict(ours + halfGone)
                == .waiting([
                    "slot 0 of killed: not heard for 60 s", "slot 1 of killed: not heard for 59 s",
                ]))
    }

    @Test("nobody is called gone before he could have been heard, whatever the clocks say")
    func listensFirst() throws {
        let ours = [Heard.record(0), Heard.record(1)]
        let behind = Heard.record(0, of: 1, epoch: 3, group: "behind", ageMs: 3_600_000)
        var board = try Heard.board(ours + [behind], listenedMs: 1_999)
        #expect(
            Convergence(board: board, wanted: Self.twelve).verdict(nowMs: Heard.nowMs)
                == .waiting(["slot 0 of behind: not heard for 3600 s"]))
        board.hear(.fresh(behind), heardAtMs: Heard.nowMs)
        #expect(
            Convergence(board: board, wanted: Self.twelve).verdict(nowMs: Heard.nowMs)
                == .waiting(["slot 0 of behind: serves epoch 3"]))
        let silent = Convergence(
            board: try Heard.board(ours + [behind], listenedMs: 2_000), wanted: Self.twelve)
        #expect(silent.verdict(nowMs: Heard.nowMs) == .converged)
    }

    @Test("a slot left over from a larger number counts only as long as it lives")
    func leftOver() throws {
        let present = [Heard.record(0), Heard.record(1)]
        let left = { (age: Int64) in Heard.record(3, of: 4, epoch: 3, ageMs: age) }
        #expect(try verdict(present + [left(5_001)]) == .converged)
        #expect(try verdict(present + [left(700_000)]) == .converged)
        #expect(
            try verdict(present + [left(100)])
                == .waiting(["slot 2: never heard", "slot 3: serves epoch 3"]))
    }

    @Test("many missing slots are one straggler, and an error names only some of many")
    func manyStragglers() throws {
        #expect(
            try verdict([Heard.record(2, of: 1_024)])
                == .waiting(["slots 0 to 1: never heard", "slots 3 to 1023: never heard"]))
        let names = (0..<30).map { "slot \($0): stopped" }
        #expect(Convergence.named(names).hasSuffix("slot 19: stopped; and 10 more"))
        #expect(Convergence.named(Array(names.prefix(2))) == "slot 0: stopped; slot 1: stopped")
    }

    @Test("a first poll out of this world is told as it is")
    func hostileFirstPoll() throws {
        var record = Heard.record(0, of: 1)
        record.serving?.firstPollAtMs = .min
        let convergence = Convergence(board: try Heard.board([record]), wanted: Self.twelve)
        #expect(convergence.firstPollOfLastSlotAtMs(nowMs: Heard.nowMs) == .min)
    }

    @Test("the last slot's first poll is told once all serve; who is gone has no word in it")
    func lastFirstPoll() throws {
        let one = Convergence(board: try Heard.board([Heard.record(0)]), wanted: Self.twelve)
        #expect(one.firstPollOfLastSlotAtMs(nowMs: Heard.nowMs) == nil)
        var gone = Heard.record(0, of: 1, group: "gone", ageMs: 90_000)
        gone.serving?.firstPollAtMs = Heard.nowMs
        let both = Convergence(
            board: try Heard.board([Heard.record(0), Heard.record(1), gone]), wanted: Self.twelve)
        #expect(both.firstPollOfLastSlotAtMs(nowMs: Heard.nowMs) == Heard.nowMs - 999)
    }
}
