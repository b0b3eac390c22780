import Fleet
import Lifecycle
import TestSupport
import Testing

@Suite("SlotBacklog")
struct SlotBacklogTests {
    @Test(
        "behind is a slot with more than a moment's work before it",
        arguments: [
            (0, 0, false), (1_000, 0, false), (1_001, 0, true), (1_001, 100, false),
            (3_001, 100, true), (3_000, 100, false), (1_000_000, 50_000, false),
            (2_000_000, 50_000, true),
        ] as [(Int64, Double, Bool)])
    func behind(lag: Int64, rate: Double, isBehind: Bool) throws {
        var record = Heard.record(0, of: 1)
        record.lag = lag
        record.recordsPerSecond = rate
        #expect(SlotBacklog(record)?.isBehind == isBehind)
    }

    @Test("a slot that does not say, as one of an older release, is not called behind")
    func unsaid() {
        #expect(SlotBacklog(Heard.record(0, of: 1)) == nil)
        var record = Heard.record(0, of: 1)
        record.lag = -1
        #expect(SlotBacklog(record) == nil)
    }

    @Test("a report sums the lag of live slots and counts those behind, and no silent one")
    func report() throws {
        var behind = Heard.record(0)
        behind.lag = 5_000
        behind.recordsPerSecond = 1
        var even = Heard.record(1)
        even.lag = 3
        let report = FleetReport(
            board: try Heard.board([behind, even]), control: .silent, nowMs: Heard.nowMs)
        #expect(report.lag == 5_003)
        #expect(report.backlog.slots == 1 && report.backlog.lag == 5_000)
        let later = FleetReport(
            board: try Heard.board([behind, even]), control: .silent, nowMs: Heard.nowMs + 30_000)
        #expect(later.lag == nil && later.backlog.slots == 0)
    }
}
