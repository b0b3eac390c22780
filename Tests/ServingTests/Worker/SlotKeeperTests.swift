import Kafka
import Lifecycle
import Logging
import Platform
import Serving
import TestSupport
import Testing

/// When a worker's claim is taken, asked and served, on a claim without brokers.
@Suite("SlotKeeper", .blocking)
struct SlotKeeperTests {
    private final class FakeClaim: SlotClaiming {
        /// What the turns say, one after the other; the last of them again and again.
        var standings: [SlotClaim.Standing?] = [nil]
        private(set) var turns: [(isAsking: Bool, timeoutMs: Int32)] = []

        func turn(asking word: SlotClaim.Word?, timeoutMs: Int32) -> SlotClaim.Standing? {
            turns.append((word != nil, timeoutMs))
            return standings.count > 1 ? standings.removeFirst() : standings[0]
        }

        func close() {}

        var questions: Int { turns.count { $0.isAsking } }
    }

    private struct Stand {
        let claim = FakeClaim()
        let lines = KeptLog()
        let keeper: SlotKeeper

        init() {
            keeper = SlotKeeper(claim, log: lines.log, now: 0)
        }

        @discardableResult
        func turn(at milliseconds: UInt64) -> String? {
            keeper.turn(at: milliseconds * 1_000_000) { SlotClaim.Word(key: [], value: []) }
        }

        func mayJoin(at milliseconds: UInt64) -> Bool {
            keeper.mayJoin(at: milliseconds * 1_000_000)
        }
    }

    private static let away = SwerveError(.unavailable, act: "claiming", reason: "loading")
    private static let denied = SwerveError(.refused, act: "claiming", reason: "no right")

    @Test("partitions are taken up once the place is held, which each turn tries until then")
    func joins() {
        let stand = Stand()
        stand.claim.standings = [.unknown(Self.away), .unknown(Self.away), .held, nil]
        for moment in [0, 10, 20] as [UInt64] {
            #expect(!stand.mayJoin(at: moment))
            stand.turn(at: moment)
        }
        #expect(stand.mayJoin(at: 30))
        #expect(stand.claim.turns.count == 3)
        // Then it is served once a second, and asks nothing.
        for moment in stride(from: 30, through: 3_030, by: 10) { stand.turn(at: UInt64(moment)) }
        #expect(stand.claim.turns.count == 6)
        #expect(stand.claim.questions == 0)
    }

    @Test("a claim that is not given in ten seconds holds nobody up, and is tried for ever")
    func goesOn() {
        let stand = Stand()
        stand.claim.standings = [.unknown(Self.away)]
        for moment in stride(from: 0, to: 10_000, by: 10) {
            stand.turn(at: UInt64(moment))
            #expect(!stand.mayJoin(at: UInt64(moment)))
        }
        #expect(stand.mayJoin(at: 10_000) && stand.mayJoin(at: 10_010))
        #expect(stand.lines.all.filter { $0.contains("goes on without a claim") }.count == 1)
        let before = stand.claim.turns.count
        stand.turn(at: 11_000)
        stand.claim.standings = [.held]
        stand.turn(at: 12_000)
        #expect(stand.claim.turns.count == before + 2)
        // What waits little keeps promotions waiting little.
        #expect(stand.claim.turns.last.map { $0.timeoutMs <= 10 } == true)
        #expect(stand.lines.all.last?.contains("has its claim on the slot now") == true)
    }

    @Test("a right that is missing is said once, however often it is tried")
    func denied() {
        let stand = Stand()
        stand.claim.standings = [.unknown(Self.denied)]
        for moment in stride(from: 0, to: 60_000, by: 500) { stand.turn(at: UInt64(moment)) }
        #expect(stand.lines.all.filter { $0.contains("no right") }.count == 1, "\(stand.lines.all)")
    }

    @Test("another process's words have the brokers asked, once in five seconds at most")
    func asks() {
        let stand = Stand()
        stand.claim.standings = [.held]
        stand.turn(at: 0)
        for moment in stride(from: 100, through: 10_000, by: 10) {
            stand.keeper.heardRival()
            stand.turn(at: UInt64(moment))
        }
        #expect(stand.claim.questions == 2)
        // Nobody speaks any more: one question that was due is asked, and no further one.
        for moment in stride(from: 10_010, through: 30_000, by: 10) {
            stand.turn(at: UInt64(moment))
        }
        #expect(stand.claim.questions == 3)
    }

    @Test("the brokers' word that the place is another's is handed on; nothing else is")
    func taken() {
        let stand = Stand()
        stand.claim.standings = [
            .held, .unknown(Self.away), .unknown(Self.denied), .taken("fenced"),
        ]
        var answers: [String?] = []
        for moment in 0..<4 {
            stand.keeper.heardRival()
            answers.append(stand.turn(at: UInt64(moment) * 6_000))
        }
        #expect(answers == [nil, nil, nil, "fenced"])
    }
}
