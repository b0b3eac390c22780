import Lifecycle
import Testing

@Suite("WorkerReport")
struct WorkerReportTests {
    private static func figures() throws -> WorkerFigures {
        var figures = WorkerFigures()
        figures.startedAtMs = 1
        figures.wantedEpoch = 4
        figures.servedEpoch = 3
        figures.isConverged = true
        figures.records = 5
        figures.passedOver = 6
        figures.deadLetters = ["not_json": 7]
        let counts = try #require(BucketCounts(bounds: [0.5, 1], counts: [1, 2, 3], sum: 4.5))
        figures.versions = [
            WorkerFigures.Version(
                version: 2, scored: 8, predictions: ["stable": ["a": 1], "canary": ["b": 2]],
                scores: counts)
        ]
        figures.comparison = WorkerFigures.Comparison(candidate: 3, records: 9, flips: 1, shed: 2)
        figures.rebalances = 10
        figures.ignoredControlRecords = 11
        figures.pollGapSeconds = 0.25
        figures.loadSeconds = 1.5
        figures.swapSeconds = 0.125
        figures.lag = 12
        figures.lagByPartition = [0: 5, 7: 7]
        figures.untoldPartitions = 1
        figures.lastRecordAtMs = 13
        figures.timings = DeliveryTimings(
            sinceWritten: counts, sincePolled: counts, batches: counts)
        return figures
    }

    private static func line(_ figures: WorkerFigures) -> [UInt8] {
        var standing = WorkerReport.Standing()
        standing.isControlRead = true
        standing.isHolding = true
        return WorkerReport.line(
            status: Array(#"{"slot":1,"ended":{"kind":"refused","reason":"no topic"}}"#.utf8),
            figures: figures, standing: standing)
    }

    @Test("a line reads back as what it was made of")
    func roundTrip() throws {
        let figures = try Self.figures()
        let line = Self.line(figures)
        #expect(!line.contains(UInt8(ascii: "\n")))
        let report = try #require(WorkerReport(line: line))
        #expect(report.figures == figures)
        #expect(report.standing.isControlRead && report.standing.isHolding)
        #expect(!report.standing.isServing)
        #expect(report.status["slot"]?.int == 1)
        #expect(report.lastWord == "no topic")
    }

    @Test("what is no report is none: other documents, other schemas, more names than the bounds")
    func hostile() throws {
        for text in ["", "{}", "[]", "null", "x", #"{"schema":1}"#, "{\"schema\":1"] {
            #expect(WorkerReport(line: Array(text.utf8)) == nil, "\(text)")
        }
        let line = String(decoding: Self.line(try Self.figures()), as: UTF8.self)
        for (part, other) in [
            ("\"schema\":1", "\"schema\":2"), ("\"records\":5", "\"records\":-5"),
            ("\"records\":5", "\"records\":1e300"), ("not_json", "a reason of nobody's"),
            ("\"stable\":", "\"role of nobody's\":"), ("\"7\":7", "\"seven\":7"),
            ("\"7\":7", "\"-7\":7"), ("\"version\":2", "\"version\":-2"),
            ("\"holding\":true", "\"holding\":1"),
        ] {
            #expect(line.contains(part), "\(part) in \(line)")
            let changed = line.replacing(part, with: other)
            #expect(WorkerReport(line: Array(changed.utf8)) == nil, "\(other)")
        }
        var figures = try Self.figures()
        figures.lagByPartition = Dictionary(uniqueKeysWithValues: (0..<257).map { ($0, 1) })
        #expect(WorkerReport(line: Self.line(figures)) == nil)
        figures = try Self.figures()
        figures.versions = (1...9).map {
            WorkerFigures.Version(version: $0, scored: 0, predictions: [:], scores: nil)
        }
        #expect(WorkerReport(line: Self.line(figures)) == nil)
        figures.versions = Array(figures.versions.prefix(1)) + figures.versions.prefix(1)
        #expect(WorkerReport(line: Self.line(figures)) == nil, "a version twice")
    }

    @Test("buckets have ascending bounds, one count more than those, and no negative one")
    func buckets() {
        #expect(BucketCounts(bounds: [], counts: [0], sum: 0) != nil)
        #expect(BucketCounts(bounds: [1, 1], counts: [0, 0, 0], sum: 0) == nil)
        #expect(BucketCounts(bounds: [2, 1], counts: [0, 0, 0], sum: 0) == nil)
        #expect(BucketCounts(bounds: [1], counts: [0], sum: 0) == nil)
        #expect(BucketCounts(bounds: [1], counts: [0, -1], sum: 0) == nil)
        #expect(BucketCounts(bounds: [.infinity], counts: [0, 1], sum: 0) == nil)
        #expect(BucketCounts(bounds: [1], counts: [0, 1], sum: .nan) == nil)
    }

    @Test(
        "bounds of scores are the tenths of the golden scores, each once",
        arguments: [
            ([], []), ([.nan], []), ([1], [1]), ([2, 1], [1, 2]), ([1, 1, 1, 5], [1, 5]),
            ((1...100).map(Double.init), (1...10).map { Double($0 * 10) }),
            ((1...10).map(Double.init), (1...10).map(Double.init)),
        ] as [([Double], [Double])])
    func bounds(scores: [Double], bounds: [Double]) {
        #expect(ScoreBounds.quantiles(of: scores) == bounds)
        #expect(ScoreBounds.quantiles(of: scores.reversed()) == bounds)
    }
}
