import Lifecycle
import TestSupport
import Testing

@testable import Fleet

@Suite("the board of a fleet")
struct FleetBoardTests {
    private static let slot = SlotID(group: "g", slot: 0)

    private func condition(
        _ news: HeardStatus, listenedMs: Int64? = 10_000, laterMs: Int64 = 0
    ) throws -> SlotCondition {
        var board = FleetBoard(model: try ModelName("http-anomaly"))
        board.hear(news, heardAtMs: Heard.nowMs)
        if let listenedMs { board.reachEnd(atMs: Heard.nowMs + laterMs - listenedMs) }
        return board.condition(of: Self.slot, nowMs: Heard.nowMs + laterMs)
    }

    @Test(
        "what stood there is as old as its time says",
        arguments: [
            (0, .live), (5_000, .live), (5_001, .stale), (60_000, .stale), (60_001, .gone),
            (Int64.max / 2, .gone),
            // Up to a heartbeat or five ahead it is a clock, beyond that it says nothing.
            (-5_000, .live), (-5_001, .stale), (-3_600_000, .stale),
        ] as [(Int64, SlotCondition)])
    func old(ageMs: Int64, expected: SlotCondition) throws {
        #expect(try condition(.old(Heard.record(0, ageMs: ageMs))) == expected)
    }

    @Test("the broker's clock is asked before the sender's")
    func appended() throws {
        let behind = Heard.record(0, ageMs: 3_600_000)
        #expect(try condition(.old(behind, appendedAtMs: Heard.nowMs - 400)) == .live)
        let ahead = Heard.record(0, ageMs: -3_600_000)
        #expect(try condition(.old(ahead, appendedAtMs: Heard.nowMs - 90_000)) == .gone)
    }

    @Test("who is heard lives, whatever his clock shows, and then falls silent by ours")
    func fresh() throws {
        for age in [0, 3_600_000, -3_600_000, Int64.max / 2] {
            let news = HeardStatus.fresh(Heard.record(0, ageMs: age))
            #expect(try condition(news, laterMs: 5_000) == .live)
            #expect(try condition(news, laterMs: 5_001) == .stale)
            #expect(try condition(news, laterMs: 60_001) == .gone)
        }
    }

    @Test("who ended long ago is judged alike by a short look and by a wait")
    func endedLongAgo() throws {
        for (ageMs, isSettled) in [(60_000, true), (60_001, false)] as [(Int64, Bool)] {
            var board = FleetBoard(model: try ModelName("http-anomaly"))
            board.hear(.fresh(Heard.record(0)), heardAtMs: Heard.nowMs)
            board.hear(.fresh(Heard.record(1)), heardAtMs: Heard.nowMs)
            let failed = Heard.record(0, group: "trial", ageMs: ageMs).failing("no such topic")
            board.hear(.old(failed), heardAtMs: Heard.nowMs)
            board.reachEnd(atMs: Heard.nowMs)
            #expect(board.isSettled(nowMs: Heard.nowMs) == isSettled)
            let later = Heard.nowMs + 2_000
            #expect(board.isSettled(nowMs: later) && board.isGone("trial", nowMs: later))
            let report = FleetReport(board: board, control: .silent, nowMs: later)
            #expect(report.verdict == .converged && report.unawaited.count == 1)
        }
    }

    @Test("nobody is gone before we listened for two heartbeats")
    func listens() throws {
        let old = HeardStatus.old(Heard.record(0, ageMs: 3_600_000))
        #expect(try condition(old, listenedMs: nil) == .stale)
        #expect(try condition(old, listenedMs: 1_999) == .stale)
        #expect(try condition(old, listenedMs: 2_000) == .gone)
        var board = FleetBoard(model: try ModelName("http-anomaly"))
        board.hear(old, heardAtMs: Heard.nowMs)
        board.reachEnd(atMs: Heard.nowMs)
        // Only the first time counts.
        board.reachEnd(atMs: Heard.nowMs + 5_000)
        #expect(!board.isSettled(nowMs: Heard.nowMs + 1_999))
        #expect(board.isSettled(nowMs: Heard.nowMs + 2_000))
        let live = try Heard.board([Heard.record(0), Heard.record(1)], listenedMs: 0)
        #expect(live.isSettled(nowMs: Heard.nowMs))
    }

    @Test("a clean stop shows as stopped while we watch, and then as missing")
    func stopped() throws {
        var board = try Heard.board([Heard.record(0), Heard.record(1)])
        let goodbye = HeardStatus(slot: Self.slot, record: nil, isOld: false)
        board.hear(goodbye, heardAtMs: Heard.nowMs)
        #expect(board.condition(of: Self.slot, nowMs: Heard.nowMs + 60_000) == .stopped)
        #expect(board.condition(of: Self.slot, nowMs: Heard.nowMs + 60_001) == .missing)
        #expect(board.absent(of: "g", nowMs: Heard.nowMs).map(\.condition) == [.stopped])
        board.hear(.fresh(Heard.record(0)), heardAtMs: Heard.nowMs + 10)
        #expect(board.condition(of: Self.slot, nowMs: Heard.nowMs + 10) == .live)
        let before = try Heard.board([Heard.record(0), Heard.record(1)], stopped: [Self.slot])
        #expect(before.condition(of: Self.slot, nowMs: Heard.nowMs) == .missing)
        #expect(before.hasStopped(Self.slot))
        // The whole group: shown for a while, and nobody's business after.
        let last = HeardStatus(slot: SlotID(group: "g", slot: 1), record: nil, isOld: false)
        board.hear(goodbye, heardAtMs: Heard.nowMs + 20)
        board.hear(last, heardAtMs: Heard.nowMs + 20)
        #expect(board.groups.isEmpty)
        #expect(board.groups(nowMs: Heard.nowMs + 30) == ["g"])
        #expect(board.total(of: "g", nowMs: Heard.nowMs + 30) == 2)
        #expect(board.groups(nowMs: Heard.nowMs + 90_000).isEmpty)
    }

    @Test("of two processes in a slot the newer has it, and both are told")
    func contention() throws {
        func process(_ id: String, startedAtMs: Int64) -> StatusRecord {
            var record = Heard.record(0, of: 1)
            record.incarnation.id = id
            record.incarnation.startedAtMs = startedAtMs
            return record
        }
        let (older, newer) = (process("z", startedAtMs: 1), process("a", startedAtMs: 2))
        var board = FleetBoard(model: try ModelName("http-anomaly"))
        let now = Heard.nowMs
        board.hear(.fresh(older), heardAtMs: now)
        board.hear(.fresh(newer), heardAtMs: now + 100)
        var member = try #require(board[Self.slot])
        // So far it looks like a restart.
        #expect(member.contender(nowMs: now + 100) == nil)
        #expect(member.predecessor(nowMs: now + 100)?.incarnation.id == "z")
        board.hear(.fresh(older), heardAtMs: now + 200)
        member = try #require(board[Self.slot])
        #expect(member.record.incarnation.id == "a")
        #expect(member.contender(nowMs: now + 200)?.id == "z")
        #expect(member.contender(nowMs: now + 5_201) == nil)
        // The newer one falls silent: the slot is the older one's again.
        board.hear(.fresh(older), heardAtMs: now + 5_101)
        #expect(board[Self.slot]?.record.incarnation.id == "z")
    }

    @Test("a slot whose last word was why it ended has failed, until it comes back")
    func failed() throws {
        let now = Heard.nowMs
        func process(_ id: String, startedAtMs: Int64) -> StatusRecord {
            var record = Heard.record(0, of: 1)
            record.incarnation.id = id
            record.incarnation.startedAtMs = startedAtMs
            return record
        }
        func condition(_ heard: [HeardStatus], laterMs: Int64 = 0) throws -> SlotCondition {
            var board = FleetBoard(model: try ModelName("http-anomaly"))
            board.reachEnd(atMs: now - 10_000)
            for one in heard { board.hear(one, heardAtMs: now) }
            return board.condition(of: Self.slot, nowMs: now + laterMs)
        }
        let one = process("a", startedAtMs: 5)
        let end = HeardStatus.fresh(one.failing("too many dead letters"))
        // However long ago, and whether or not it was heard as it was said.
        for laterMs: Int64 in [0, 5_001, 86_400_000] {
            #expect(try condition([.fresh(one), end], laterMs: laterMs) == .failed)
        }
        #expect(try condition([.old(one.failing("x"), appendedAtMs: now - 90_000)]) == .failed)
        // Back again, though its clock is behind the one of the process that failed.
        #expect(try condition([end, .fresh(process("b", startedAtMs: 1))]) == .live)
        // A process that another has taken the place of tells nothing of the slot by its end.
        let successor = process("b", startedAtMs: 9)
        #expect(try condition([.fresh(one), .fresh(successor), end]) == .live)
        // Who failed is not listened for.
        var board = FleetBoard(model: try ModelName("http-anomaly"))
        board.hear(end, heardAtMs: now)
        board.reachEnd(atMs: now)
        #expect(board.isSettled(nowMs: now) && board[Self.slot]?.isLive(nowMs: now) == false)
        #expect(board.total(of: "g", nowMs: now) == 1)
        #expect(!board.isGone("g", nowMs: now + 60_000) && board.isGone("g", nowMs: now + 60_001))
    }

    @Test("records that contradict themselves or their key are passed over")
    func nonsense() throws {
        var epoch = Heard.record(0)
        epoch.serving?.epoch = .max
        var board = FleetBoard(model: try ModelName("http-anomaly"))
        let nonsense: [(SlotID, StatusRecord)] = [
            (SlotID(group: "g", slot: 1), Heard.record(0)),
            (SlotID(group: "h", slot: 0), Heard.record(0)),
            (SlotID(group: "g", slot: 0), Heard.record(0, of: 0)),
            (SlotID(group: "g", slot: 0), Heard.record(0, of: 1_000_000_000)),
            (SlotID(group: "g", slot: 0), Heard.record(0, of: .max)),
            (SlotID(group: "g", slot: 2), Heard.record(2, of: 2)),
            (SlotID(group: "g", slot: -1), Heard.record(-1)), (SlotID(group: "g", slot: 0), epoch),
        ]
        for (slot, record) in nonsense {
            board.hear(
                HeardStatus(slot: slot, record: record, isOld: true), heardAtMs: Heard.nowMs)
        }
        #expect(board.slots.isEmpty)
    }

    @Test("times at the ends of the numbers are held, not computed with")
    func extremes() throws {
        for sent in [Int64.min, .max] {
            for heard in [Int64.min, 0, .max] {
                for now in [Int64.min, 0, .max] {
                    var record = Heard.record(0, of: 1)
                    record.sentAtMs = sent
                    record.incarnation.startedAtMs = sent == .min ? .max : .min
                    var board = FleetBoard(model: try ModelName("http-anomaly"))
                    board.hear(.old(record, appendedAtMs: sent), heardAtMs: heard)
                    board.reachEnd(atMs: heard)
                    let report = FleetReport(board: board, control: .silent, nowMs: now)
                    #expect(report.json["slots"]?.array?.count == 1)
                }
            }
        }
    }
}
