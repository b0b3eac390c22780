import Lifecycle
import TestSupport
import Testing

@testable import Fleet

@Suite("the watcher of fleets")
struct FleetWatcherTests {
    private static let slot = SlotID(group: "g", slot: 0)

    private static func state(
        _ condition: SlotCondition, epoch: Int64? = nil, rejected: Int64? = nil
    ) -> FleetWatcher.State {
        FleetWatcher.State(condition: condition, epoch: epoch, rejected: rejected)
    }

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

    @Test("says what changed: a slot's coming, its epoch, its silence, its return and its end")
    func changes() {
        let now = Heard.nowMs
        var watcher = FleetWatcher()
        func take(_ event: FleetWatcher.Event, _ ms: Int64) -> [FleetWatcher.Change] {
            watcher.take(event, nowMs: now + ms)
        }
        #expect(take(.reachedEnd, 0).isEmpty)
        #expect(
            take(.heard(.fresh(Heard.record(0, epoch: 11))), 0) == [
                .init(slot: Self.slot, before: nil, after: Self.state(.live, epoch: 11))
            ])
        // A heartbeat that says the same is no change.
        #expect(take(.heard(.fresh(Heard.record(0, epoch: 11))), 1_000).isEmpty)
        #expect(
            take(.heard(.fresh(Heard.record(0, epoch: 11).rejecting(12))), 1_500) == [
                .init(
                    slot: Self.slot, before: Self.state(.live, epoch: 11),
                    after: Self.state(.live, epoch: 11, rejected: 12))
            ])
        _ = take(.heard(.fresh(Heard.record(0))), 2_000)
        #expect(take(.timePassed, 7_000).isEmpty)
        #expect(take(.timePassed, 7_001 + FleetWatcher.lookMs).map(\.after.condition) == [.stale])
        #expect(take(.timePassed, 62_500).map(\.after.condition) == [.gone])
        #expect(take(.heard(.fresh(Heard.record(0))), 63_000).map(\.after.condition) == [.live])
        let goodbye = HeardStatus(slot: Self.slot, record: nil, isOld: false)
        #expect(
            take(.heard(goodbye), 64_000) == [
                .init(
                    slot: Self.slot, before: Self.state(.live, epoch: 12),
                    after: Self.state(.stopped))
            ])
        #expect(take(.timePassed, 124_500).map(\.after.condition) == [.missing])
    }

    @Test("what silence changes is looked for a few times a second, whatever else is heard")
    func looks() {
        let now = Heard.nowMs
        var watcher = FleetWatcher()
        watcher.take(.reachedEnd, nowMs: now)
        watcher.take(.heard(.fresh(Heard.record(0))), nowMs: now)
        watcher.take(.timePassed, nowMs: now + 5_000)
        #expect(watcher.take(.timePassed, nowMs: now + 5_001).isEmpty)
        #expect(watcher.take(.timePassed, nowMs: now + 5_000 + FleetWatcher.lookMs).count == 1)
    }

    @Test("records that no board takes make no slot known")
    func nonsense() {
        var watcher = FleetWatcher()
        for record in [Heard.record(0, of: 0), Heard.record(0, model: "No Model")] {
            #expect(watcher.take(.heard(.fresh(record)), nowMs: Heard.nowMs).isEmpty)
        }
        #expect(watcher.take(.timePassed, nowMs: .max).isEmpty)
    }
}
