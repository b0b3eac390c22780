import Lifecycle
import Serving
import TestSupport
import Testing

@testable import swerve

/// What `dead-letters replay` says at its end.
@Suite("The report on a replay")
struct ReplayReportTests {
    private func report(_ counts: ReplayCounts) throws -> ReplayReport {
        ReplayReport(
            counts: counts, deployment: try SampleFleet.deployment(3),
            model: try ModelName("m"), group: "g")
    }

    @Test("letters passed over are told with place and reason, for people and for programs")
    func passedOver() throws {
        var counts = ReplayCounts()
        (counts.predictions, counts.crashed, counts.stillDead) = (5, 2, ["not_json": 1])
        counts.leftOutHeaders = 3
        counts.passOver(.init(partition: 1, offset: 42, reason: "why"))
        #expect(
            try report(counts).lines == [
                "5 predictions under epoch 3", "1 still dead: not_json",
                "2 crashed_worker, not scored: they wait for a replay with --crashed",
                "3 headers too large for their predictions, not copied",
                "1 not replayable, passed over:", "  1:42 why",
            ])
        let document = try report(counts).document
        #expect(document["crashed"] == 2 && document["left_out_headers"] == 3)
        #expect(
            document["not_replayable"] == [
                "count": 1, "letters": [["partition": 1, "offset": 42, "reason": "why"]],
            ])
    }

    @Test("forged letters without end take no lines without end, and all are counted")
    func bounded() throws {
        var (sum, batch) = (ReplayCounts(), ReplayCounts())
        for offset in 0..<70 {
            batch.passOver(.init(partition: 0, offset: Int64(offset), reason: "r"))
        }
        batch.leftOutHeaders = 2
        for _ in 0..<3 { sum.add(batch) }
        #expect(sum.leftOutHeaders == 6)
        sum.leftOutHeaders = 0
        let lines = try report(sum).lines
        #expect(lines[1] == "210 not replayable, passed over:")
        #expect(lines.count == 2 + ReplayCounts.unfitListed + 1)
        #expect(lines.last == "  and 110 more")
        #expect(sum.unfitCount == 210 && batch.unfit.count == 70)
    }

    @Test("where nothing was passed over, nothing is said of it")
    func plain() throws {
        #expect(try report(ReplayCounts()).lines == ["0 predictions under epoch 3"])
    }
}
