import Lifecycle
import TestSupport
import Testing

@testable import Fleet

@Suite("every model and group, and their boards")
struct FleetSummaryTests {
    private func boards(_ heard: [HeardStatus]) -> FleetBoards {
        var boards = FleetBoards()
        for one in heard { boards.hear(one, heardAtMs: Heard.nowMs) }
        boards.reachEnd(atMs: Heard.nowMs - 10_000)
        return boards
    }

    @Test("each model has its groups, with the epochs that their live slots serve")
    func groups() {
        let summary = FleetSummary(
            reports: boards([
                .old(Heard.record(0)), .old(Heard.record(1)),
                .old(Heard.record(0, of: 1, epoch: 3, group: "killed", ageMs: 90_000)),
                .old(Heard.record(0, of: 3, epoch: 2, group: "o", model: "other")),
                .old(Heard.record(2, of: 3, epoch: 1, group: "o", model: "other")),
                .old(Heard.record(0, group: "bad", model: "No Model \u{1B}")),
            ]).reports(announced: [:], nowMs: Heard.nowMs))
        #expect(!summary.isConverged)
        #expect(
            summary.reports.map { $0.groups.map(\.name) } == [["g", "killed"], ["o"]])
        let groups = summary.reports.flatMap(\.groups)
        #expect(groups.map(\.live) == [2, 0, 2] && groups.map(\.total) == [2, 1, 3])
        #expect(groups.map(\.epochs) == [[12], [], [1, 2]])
        #expect(groups.map(\.isGone) == [false, true, false])
        #expect(
            groups.map(\.verdict) == [
                .converged, .waiting(["slot 0: not heard for 90 s"]),
                .waiting(["slot 1: never heard", "slot 2: serves epoch 1"]),
            ])
        #expect(groups.last?.absent == [AbsentSlots(slots: 1...1, condition: .missing)])
        let models = summary.json["models"]?.array ?? []
        #expect(models.map { $0["converged"] } == [true, false])
        #expect(models.first?["groups"]?.array?.last?["group"] == "killed")
        #expect(models.last?["groups"]?.array?.first?["epochs"] == [1, 2])
    }

    @Test("a model that was announced and has no workers is told of, and has not converged")
    func nobody() throws {
        let waits = try ModelName("waits")
        let summary = FleetSummary(
            reports: boards([]).reports(
                announced: [waits: .unreadable("garbage")], nowMs: Heard.nowMs))
        #expect(summary.reports.map(\.model) == [waits])
        #expect(!summary.isConverged && FleetSummary(reports: []).isConverged)
        // Where the topic cannot be read, that is all there is to say of it.
        let report = try #require(
            boards([.old(Heard.record(0, of: 1))]).reports(
                announced: [:], fault: "no rights", nowMs: Heard.nowMs
            ).first)
        #expect(report.notes == ["the control topic is passed over: no rights"])
    }

    @Test("a slot that goes over to another model leaves the first, and a goodbye finds its board")
    func moves() throws {
        let slot = SlotID(group: "g", slot: 0)
        let (ours, other) = (try ModelName("http-anomaly"), try ModelName("other"))
        let moved = boards([
            .old(Heard.record(0, of: 1)), .old(Heard.record(0, of: 1, model: "other")),
        ])
        #expect(moved[ours].slots.isEmpty && moved[other].slots.count == 1)
        #expect(moved.board(with: slot)?.model == other)
        let left = boards([
            .old(Heard.record(0, of: 1)), HeardStatus(slot: slot, record: nil, isOld: false),
        ])
        #expect(left[ours].hasStopped(slot))
        #expect(left.board(with: SlotID(group: "g", slot: 7)) == nil)
    }

    @Test("a status is decided when the fleet has converged or a slot rejects, and not before")
    func decided() throws {
        func status(_ records: [StatusRecord]) throws -> FleetStatus {
            .model(
                try SampleFleet.report(
                    wanted: nil, announced: SampleFleet.deployment(12), records))
        }
        let behind = Heard.record(1, epoch: 3)
        #expect(try status([Heard.record(0), Heard.record(1)]).isDecided)
        #expect(try !status([Heard.record(0), behind]).isDecided)
        #expect(try status([Heard.record(0), behind.rejecting(12)]).isDecided)
        #expect(try !status([Heard.record(0), behind.rejecting(12)]).isConverged)
        #expect(try !status([Heard.record(0), Heard.record(1, epoch: 13)]).isDecided)
    }
}
