import Lifecycle
import Testing

@testable import Fleet

@Suite("the overview of all models")
struct OverviewReportTests {
    private func overview(_ news: [StatusNews]) -> FleetOverview {
        var overview = FleetOverview()
        for item in news { overview.hear(item, heardAtMs: Heard.nowMs) }
        overview.reachEnd(atMs: Heard.nowMs - 10_000)
        return overview
    }

    private func report(
        _ news: [StatusNews], topic: [String: Announcement] = [:]
    ) -> OverviewReport {
        OverviewReport(
            reports: overview(news).reports(
                topic: topic, fault: nil, group: nil, nowMs: Heard.nowMs))
    }

    @Test("a line for each model and group, as people read it")
    func text() {
        let report = report([
            .old(Heard.record(0)), .old(Heard.record(1)),
            .old(Heard.record(0, of: 1, epoch: 3, group: "killed", ageMs: 90_000)),
            .old(Heard.record(0, of: 3, epoch: 2, group: "o", model: "other")),
            .old(Heard.record(2, of: 3, epoch: 1, group: "o", model: "other")),
            .old(Heard.record(0, group: "bad", model: "No Model \u{1B}")),
        ])
        #expect(
            report.lines == [
                "MODEL        GROUP              LIVE      EPOCH  SERVED   STATE",
                "http-anomaly g                  2/2       12     12       converged",
                "http-anomaly killed             0/1       12     -        gone",
                "other        o                  2/3       2      1 2      slot 1: never heard",
            ])
        #expect(!report.isConverged)
        let models = report.json["models"]?.array ?? []
        #expect(models.map { $0["converged"] } == [true, false])
        #expect(models.first?["groups"]?.array?.last?["group"] == "killed")
        #expect(models.last?["groups"]?.array?.first?["epochs"] == [1, 2])
    }

    @Test("a model without workers is named, and an empty topic says so")
    func nobody() {
        #expect(report([]).lines == ["no model was announced, and no worker was heard"])
        let announced = report([], topic: ["waits": Announcement(value: Array("{}".utf8))])
        #expect(announced.lines.last?.contains("no worker was heard") ?? false)
        #expect(!announced.isConverged)
    }

    @Test("a slot that goes over to another model leaves the first, and a goodbye finds its board")
    func moves() throws {
        let slot = SlotID(group: "g", slot: 0)
        let moved = overview([
            .old(Heard.record(0, of: 1)), .old(Heard.record(0, of: 1, model: "other")),
        ])
        #expect(moved[try ModelName("http-anomaly")].slots.isEmpty)
        #expect(moved[try ModelName("other")].slots.count == 1)
        let left = overview([
            .old(Heard.record(0, of: 1)), StatusNews(slot: slot, record: nil, isOld: false),
        ])
        #expect(left[try ModelName("http-anomaly")].hasStopped(slot))
    }

    @Test("a page on a terminal fits into it, and nothing of the page before is left")
    func frame() {
        let frame = TerminalFrame.text(["abcdef", "g", "h", "i"], columns: 4, rows: 3)
        #expect(
            frame == "\u{1B}[Habc…\u{1B}[K\r\ng\u{1B}[K\r\n… 2…\u{1B}[K\u{1B}[J")
        #expect(
            TerminalFrame.text(["a", "b"], columns: 80, rows: 2)
                == "\u{1B}[Ha\u{1B}[K\r\nb\u{1B}[K\u{1B}[J")
    }

    @Test(
        "figures are short, whatever the number",
        arguments: [
            (0, "0.000"), (-0.0004, "-0.0004"), (1.23456, "1.235"), (-12.345, "-12.35"),
            (999.96, "1000.0"), (123_456.7, "123457"), (1e300, "1e+300"),
            (-1.234567e200, "-1.2e+200"), (.infinity, "-"), (.nan, "-"),
            (.leastNonzeroMagnitude, "5e-324"),
        ] as [(Double, String)])
    func figures(number: Double, expected: String) {
        #expect(Figures.short(number) == expected)
    }
}
