import Lifecycle
import TestSupport
import Testing

@testable import Fleet

@Suite("the sums over a fleet")
struct FleetTotalsTests {
    private static func counts(_ scores: [Double], attack: Int64, normal: Int64) -> VersionCounts {
        var counts = VersionCounts()
        counts.scored = attack + normal
        counts.produced = attack
        counts.labels = ["attack": attack, "normal": normal]
        for score in scores {
            counts.score.add(score)
            counts.scoringMicros.add(abs(score))
        }
        return counts
    }

    private static func comparison(
        _ candidate: Int = 8, records: Int64 = 10, flips: [String: Int64], share: Int = 500
    ) -> VersionComparison {
        var comparison = VersionComparison(
            candidate: candidate, stable: 7, mode: "canary", share: share)
        comparison.records = records
        comparison.flips = flips
        comparison.scoreDifference.add(1)
        return comparison
    }

    private static func heard(_ records: [StatusRecord]) throws -> [StatusRecord] {
        try Heard.board(records).slots.map(\.record)
    }

    @Test("versions are added up over the slots, spread and all")
    func versions() throws {
        var (first, second) = (Heard.record(0), Heard.record(1))
        first.versions = ["7": Self.counts([1, 2], attack: 3, normal: 5)]
        second.versions = [
            "7": Self.counts([3, 4], attack: 1, normal: 1),
            "8": Self.counts([9], attack: 2, normal: 0),
        ]
        first.counts.records = 10
        second.counts.records = 5
        let totals = FleetTotals(try Self.heard([first, second]))
        var expected = Moments()
        for score in [1.0, 2, 3, 4] { expected.add(score) }
        let seven = try #require(totals.versions[7])
        #expect(seven.slots == 2)
        #expect(seven.counts.scored == 10 && seven.counts.produced == 4)
        #expect(seven.counts.labels == ["attack": 4, "normal": 6])
        #expect(seven.counts.score.count == 4)
        #expect(abs(seven.counts.score.mean - expected.mean) < 1e-12)
        #expect(abs(seven.counts.score.spread - expected.spread) < 1e-12)
        #expect(totals.versions[8]?.slots == 1)
        #expect(totals.records == 15)
        #expect(totals.doubtful.isEmpty)
    }

    @Test("comparisons are added up where the pair is the same")
    func comparisons() throws {
        var records = (0..<3).map { Heard.record($0, of: 3) }
        records[0].comparison = Self.comparison(flips: ["a -> b": 2])
        records[1].comparison = Self.comparison(
            records: 30, flips: ["a -> b": 1, "b -> a": 4], share: 1_000)
        records[2].comparison = Self.comparison(9, flips: [:])
        let totals = FleetTotals(try Self.heard(records))
        #expect(totals.comparisons.map(\.slots) == [2, 1])
        let merged = try #require(totals.comparisons.first?.counts)
        #expect(merged.records == 40 && merged.flips == ["a -> b": 3, "b -> a": 4])
        #expect(merged.share == 1_000 && merged.scoreDifference.count == 2)
    }

    @Test("older workers tell predictions alone")
    func older() throws {
        var record = Heard.record(0, of: 1)
        record.counts.byVersion = ["7": 40]
        let totals = FleetTotals(try Self.heard([record]))
        #expect(totals.versions[7]?.counts.produced == 40)
        #expect(totals.versions[7]?.counts.scored == 0)
    }

    @Test("counts that make no sense are in no sum, and the slot is named")
    func doubtful() throws {
        func json(_ key: String, _ value: String) -> [UInt8] {
            let moments = #"{"count":1,"mean":0,"squares":0}"#
            var fields = [
                "scored": "1", "produced": "1", "labels": "{}", "score": moments,
                "scoring_micros": moments,
            ]
            fields[key] = value
            let counts = fields.map { "\"\($0)\":\($1)" }.joined(separator: ",")
            let plain = String(decoding: Heard.record(0, of: 1).bytes, as: UTF8.self)
            return Array((plain.dropLast() + ",\"versions\":{\"7\":{\(counts)}}}").utf8)
        }
        let cases = [
            ("scored", "-1"), ("produced", "9223372036854775807"), ("labels", #"{"a":-5}"#),
            ("labels", #"{"a":9007199254740992,"b":1}"#),
            ("score", #"{"count":-9223372036854775808,"mean":0,"squares":0}"#),
            ("score", #"{"count":2,"mean":0,"squares":-1}"#),
        ]
        for (key, value) in cases {
            let record = try #require(StatusRecord(value: json(key, value)), "\(key) \(value)")
            let totals = FleetTotals(try Self.heard([record]))
            #expect(totals.versions.isEmpty, "\(key) \(value)")
            #expect(totals.doubtful == [SlotID(group: "g", slot: 0)])
            // The slot itself is shown, and nothing of it crashes the report.
            let report = FleetReport(
                board: try Heard.board([record]), control: .silent, nowMs: Heard.nowMs)
            #expect(report.json["fleet"]?["doubtful"] == ["g/0"])
        }
        #expect(StatusRecord(value: json("scored", "1")) != nil)
        var odd = Heard.record(0, of: 1)
        odd.versions = ["seven": VersionCounts()]
        #expect(FleetTotals(try Self.heard([odd])).doubtful.count == 1)
    }

    @Test("the largest counts of very many slots do not overflow")
    func manyLargest() throws {
        var counts = VersionCounts()
        counts.labels = ["a": StatusCount.largest]
        counts.produced = StatusCount.largest
        let comparison = Self.comparison(
            records: StatusCount.largest, flips: ["a -> b": StatusCount.largest])
        let records = (0..<3_000).map { number in
            var record = Heard.record(0, of: 1, group: "g\(number)")
            record.versions = ["7": counts]
            record.comparison = comparison
            record.counts.records = StatusCount.largest
            return record
        }
        let totals = FleetTotals(try Self.heard(records))
        #expect(totals.records == .max)
        #expect(totals.doubtful.count == 3_000 - 256)
        let report = FleetReport(
            board: try Heard.board(records), control: .silent, nowMs: Heard.nowMs)
        #expect(report.json["fleet"]?["comparisons"]?.array?.count == 1)
    }
}
