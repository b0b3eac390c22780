import Fleet
import Lifecycle
import TestSupport
import Testing

@testable import swerve

@Suite("every model in a line, as people read it")
struct FleetSummaryTextTests {
    private func lines(
        _ heard: [HeardStatus], announced: [ModelName: ControlReading] = [:],
        notes: [String] = [], withSlots: Bool = false
    ) -> [String] {
        var boards = FleetBoards()
        for one in heard { boards.hear(one, heardAtMs: Heard.nowMs) }
        boards.reachEnd(atMs: Heard.nowMs - 10_000)
        let summary = FleetSummary(
            reports: boards.reports(announced: announced, nowMs: Heard.nowMs), notes: notes)
        return FleetStatusText.lines(of: .all(summary, withSlots: withSlots))
    }

    @Test("a line for each model and group")
    func table() {
        let heard: [HeardStatus] = [
            .old(Heard.record(0)), .old(Heard.record(1)),
            .old(Heard.elastic(7, has: [0, 1, 2, 3], group: "e")),
            .old(Heard.record(0, of: 1, epoch: 3, group: "killed", ageMs: 90_000)),
            .old(Heard.record(0, of: 3, epoch: 2, group: "o", model: "other")),
            .old(Heard.record(2, of: 3, epoch: 1, group: "o", model: "other")),
        ]
        let table = [
            "MODEL        GROUP              LIVE      EPOCH  SERVED   STATE",
            "http-anomaly e                  1/auto    12     12       converged",
            "http-anomaly g                  2/2       12     12       converged",
            "http-anomaly killed             0/1       12     -        gone, does not count",
            "other        o                  2/3       2      1 2      slot 1: never heard",
        ]
        #expect(lines(heard) == table + ["", HeartbeatStanding.unsigned])
        let withSlots = lines(heard, withSlots: true)
        #expect(Array(withSlots.prefix(5)) == table)
        #expect(withSlots.contains("other: epoch 2 (as the slots say)"))
    }

    @Test("a group whose slots failed says why, even when nobody expects it back")
    func failed() {
        let failed = Heard.record(0, of: 1, ageMs: 90_000).failing("no topic")
        #expect(
            lines([.old(Heard.record(0, of: 1, group: "h")), .old(failed)])[1].contains(
                "slot 0: failed: no topic"))
    }

    @Test("an epoch that is committed and not announced is told as such, with workers or without")
    func committed() throws {
        func lines(_ heard: [HeardStatus], _ reading: ControlReading) throws -> [String] {
            var boards = FleetBoards()
            for one in heard { boards.hear(one, heardAtMs: Heard.nowMs) }
            let wanted = RegisteredDeployment(
                deployment: try SampleFleet.deployment(13), registry: SampleFleet.registry)
            let reports = boards.reports(
                announced: [wanted.deployment.model: reading], registered: [wanted],
                nowMs: Heard.nowMs)
            return FleetSummaryText(summary: FleetSummary(reports: reports)).lines
        }
        let served = [HeardStatus.old(Heard.record(0, of: 1))]
        let before = SampleFleet.control(try SampleFleet.deployment(12))
        let row = "http-anomaly g                  1/1       13     12       not announced yet"
        #expect(try lines(served, before).last == row)
        #expect(try lines([], .silent).last?.hasSuffix("  not announced yet") ?? false)
        // Where the topic cannot be read, nobody knows.
        let unknown = try lines(served, .unreadable("no rights")).last
        #expect(unknown?.hasSuffix("  slot 0: serves epoch 12") ?? false)
    }

    @Test("a model without workers is named, an empty topic says so, and notes come first")
    func nobody() throws {
        let none = "no model was announced, and no worker was heard"
        #expect(lines([]) == [none])
        #expect(lines([], notes: ["no rights\u{1B}"]) == ["note: no rights\\u{1b}", none])
        let waits = try ModelName("waits")
        let announced = lines([], announced: [waits: .unreadable("garbage")])
        #expect(announced.contains { $0.contains("no worker was heard") })
    }
}
