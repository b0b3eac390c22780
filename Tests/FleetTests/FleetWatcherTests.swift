import Lifecycle
import TestSupport
import Testing

@testable import Fleet

@Suite("the watcher of fleets")
struct FleetWatcherTests {
    @Test("reads to the end, listens until all live slots were heard, and is settled")
    func progress() throws {
        let model = try ModelName("http-anomaly")
        let now = Heard.nowMs
        var watcher = FleetWatcher()
        watcher.take(.heard(.old(Heard.record(0, ageMs: 20_000))), nowMs: now)
        #expect(watcher.progress(nowMs: now) == .reading(fault: nil))
        watcher.take(.behind(fault: "no broker answers"), nowMs: now + 10)
        #expect(watcher.progress(nowMs: now + 10) == .reading(fault: "no broker answers"))
        #expect(watcher.lastRecords(of: model) == nil)
        watcher.take(.reachedEnd, nowMs: now + 20)
        #expect(watcher.progress(of: model, nowMs: now + 20) == .listening)
        #expect(watcher.lastRecords(of: model)?.count == 1)
        // A model without slots has nobody to listen for.
        #expect(watcher.progress(of: try ModelName("other"), nowMs: now + 20) == .settled)
        #expect(watcher.progress(nowMs: now + 20) == .listening)
        // Heard: all who live have spoken.
        var heard = watcher
        heard.take(.heard(.fresh(Heard.record(0))), nowMs: now + 30)
        #expect(heard.progress(of: model, nowMs: now + 30) == .settled)
        // Not heard in two heartbeats: it does not live.
        #expect(watcher.progress(nowMs: now + 2_019) == .listening)
        #expect(watcher.progress(nowMs: now + 2_020) == .settled)
        // A fault on the way does not lead back.
        watcher.take(.behind(fault: "gone"), nowMs: now + 2_100)
        #expect(watcher.progress(nowMs: now + 2_100) == .settled)
    }

    @Test("a slot's silence, its return and its end stand on its board")
    func conditions() throws {
        let model = try ModelName("http-anomaly")
        let slot = SlotID(group: "g", slot: 0)
        let now = Heard.nowMs
        var watcher = FleetWatcher()
        func condition(_ ms: Int64) -> SlotCondition {
            watcher.boards[model].condition(of: slot, nowMs: now + ms)
        }
        watcher.take(.reachedEnd, nowMs: now)
        watcher.take(.heard(.fresh(Heard.record(0))), nowMs: now)
        #expect(condition(5_000) == .live)
        #expect(condition(5_001) == .stale)
        #expect(condition(60_500) == .gone)
        watcher.take(.heard(.fresh(Heard.record(0))), nowMs: now + 61_000)
        #expect(condition(61_000) == .live)
        let goodbye = HeardStatus(slot: slot, record: nil, isOld: false)
        watcher.take(.heard(goodbye), nowMs: now + 62_000)
        #expect(condition(62_000) == .stopped)
        #expect(condition(122_500) == .missing)
    }

    @Test("records that no board takes make no slot known")
    func nonsense() {
        var watcher = FleetWatcher()
        for record in [Heard.record(0, of: 0), Heard.record(0, model: "No Model")] {
            watcher.take(.heard(.fresh(record)), nowMs: Heard.nowMs)
        }
        let slot = SlotID(group: "g", slot: 0)
        #expect(watcher.boards.board(with: slot)?[slot] == nil)
    }
}
