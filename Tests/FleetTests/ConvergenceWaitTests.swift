import Lifecycle
import TestSupport
import Testing

@testable import Fleet

@Suite("the wait for convergence")
struct ConvergenceWaitTests {
    private static let deadlineMs = Heard.nowMs + 10_000

    private func wait(epoch: Int64 = 12, group: String? = nil) throws -> ConvergenceWait {
        ConvergenceWait(
            for: WantedEpoch(epoch: epoch), of: try ModelName("http-anomaly"),
            groups: group.map { [$0] } ?? [],
            deadlineMs: Self.deadlineMs)
    }

    private func watcher(_ records: [StatusRecord], reachesEnd: Bool = true) -> FleetWatcher {
        var watcher = FleetWatcher()
        if reachesEnd { watcher.take(.reachedEnd, nowMs: Heard.nowMs) }
        for record in records { watcher.take(.heard(.fresh(record)), nowMs: Heard.nowMs) }
        return watcher
    }

    @Test("goes on until the last slot serves the epoch, and tells that slot's first poll")
    func converges() throws {
        let wait = try wait()
        var watcher = watcher([Heard.record(0), Heard.record(1, epoch: 11)])
        #expect(wait.outcome(watcher, nowMs: Heard.nowMs) == nil)
        watcher.take(.heard(.fresh(Heard.record(1))), nowMs: Heard.nowMs + 40)
        let outcome = try #require(wait.outcome(watcher, nowMs: Heard.nowMs + 40))
        #expect(outcome.isConverged && outcome.stragglers.isEmpty && outcome.unawaited.isEmpty)
        #expect(outcome.convergedAtMs == Heard.nowMs - 999)
    }

    @Test("nothing that was heard before the topic's end counts, and the deadline says why")
    func readsFirst() throws {
        let wait = try wait()
        var watcher = watcher([Heard.record(0), Heard.record(1)], reachesEnd: false)
        #expect(wait.outcome(watcher, nowMs: Self.deadlineMs - 1) == nil)
        let unread = "the status topic was not read to its end"
        #expect(
            wait.outcome(watcher, nowMs: Self.deadlineMs)?.verdict == .waiting([unread]))
        watcher.take(.behind(fault: "all brokers are down"), nowMs: Heard.nowMs)
        #expect(
            wait.outcome(watcher, nowMs: Self.deadlineMs)?.stragglers
                == [unread + ": all brokers are down"])
        watcher.take(.reachedEnd, nowMs: Heard.nowMs)
        #expect(wait.outcome(watcher, nowMs: Heard.nowMs)?.isConverged == true)
    }

    @Test("ends before the deadline where the epoch will never be served")
    func hopeless() throws {
        let rejecting = watcher([Heard.record(0), Heard.record(1, epoch: 11).rejecting(12)])
        #expect(
            try wait().outcome(rejecting, nowMs: Heard.nowMs)?.verdict
                == .rejected(SlotID(group: "g", slot: 1), "digest mismatch"))
        let later = watcher([Heard.record(0, epoch: 13), Heard.record(1)])
        #expect(
            try wait().outcome(later, nowMs: Heard.nowMs)?.verdict == .overtaken(by: 13))
    }

    @Test("names at the deadline who is missing, in the group that was asked for")
    func deadline() throws {
        let watcher = watcher([
            Heard.record(0), Heard.record(0, of: 1, epoch: 3, group: "replay"),
        ])
        let wait = try wait(group: "replay")
        #expect(wait.outcome(watcher, nowMs: Heard.nowMs + 4_000) == nil)
        let outcome = try #require(wait.outcome(watcher, nowMs: Self.deadlineMs))
        #expect(!outcome.isConverged && outcome.convergedAtMs == nil)
        #expect(outcome.stragglers == ["slot 0: not heard for 10 s"])
    }
}
