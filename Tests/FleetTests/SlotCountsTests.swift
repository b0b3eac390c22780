import Fleet
import Foundation
import Lifecycle
import TestSupport
import Testing

@testable import Judge

/// What a judge counts of status records.
@Suite("counts of slots, out of status records")
struct SlotCountsTests {
    private static let comparison = "0123456789abcdef"

    private static func record(
        _ change: (inout VersionComparison) -> Void = { _ in }
    )
        -> StatusRecord
    {
        var record = Heard.record(3)
        record.incarnation.id = "process"
        var told = VersionComparison(candidate: 8, stable: 7, mode: "shadow", share: 500)
        told.id = comparison
        told.shed = 4
        told.keyed = 5
        told.scoreDifference = Moments(count: 9, mean: 0.5, squares: 1)
        told.cells = ComparisonCells((0..<ComparisonCells.count).map { Int64($0) })
        change(&told)
        record.comparison = told
        var before = told.withoutCells
        before.shed = 1_000
        record.comparisonBefore = before
        for version in [7, 8] {
            var counts = VersionCounts()
            counts.score = Moments(count: Int64(version), mean: 1, squares: 0)
            counts.logMicros = Moments(count: Int64(version), mean: 2, squares: 0)
            record.versions = (record.versions ?? [:]).merging(["\(version)": counts]) { $1 }
        }
        return record
    }

    @Test("each count is in its place, and those of earlier processes are in none")
    func places() throws {
        let record = try #require(StatusRecord(value: Self.record().bytes))
        let counts = SlotCounts(record, judging: Self.comparison)
        #expect(counts.slot == SlotID(group: "g", slot: 3) && counts.incarnation == "process")
        #expect(counts.comparison == Self.comparison && counts.isSensible)
        #expect(counts.shed == 4 && counts.keyed == 5)
        #expect(counts.scoreDifference == Moments(count: 9, mean: 0.5, squares: 1))
        #expect(counts.stableScore.count == 7 && counts.stableLogMicros.count == 7)
        #expect(counts.candidateLogMicros.count == 8)
        let cells = try #require(counts.cells)
        for cell in 0..<64 {
            for (place, column) in CellCounts.Column.allCases.enumerated() {
                #expect(cells[cell, column] == Int64(cell * 6 + place))
            }
        }
    }

    /// What a judge that hears a record makes of it.
    private func heard(_ record: StatusRecord) -> CanaryJudge {
        var judge = CanaryJudge(JudgeSettings(), comparison: Self.comparison)
        _ = judge.tick(nowMs: 0, [SlotCounts(record, judging: judge.comparison)])
        return judge
    }

    @Test("who cannot be counted is too old, of another comparison, or refused")
    func others() {
        let good = heard(Self.record())
        #expect(good.pairs == (0..<64).reduce(0) { $0 + $1 * 6 } && good.shed == 4)
        #expect(good.oldSlots == 0 && good.refusedSlots == 0)
        // Without cells, and without even an id.
        for change in [
            { $0.cells = nil },
            {
                $0.cells = nil; $0.id = nil
            },
        ]
            as [(inout VersionComparison) -> Void]
        {
            let judge = heard(Self.record(change))
            #expect(judge.oldSlots == 1 && judge.pairs == 0)
        }
        var without = Self.record()
        without.comparison = nil
        for record in [without, Self.record { $0.id = "fedcba9876543210" }] {
            let judge = heard(record)
            #expect(judge.oldSlots == 0 && judge.refusedSlots == 0 && judge.pairs == 0)
        }
        for change in [
            { $0.cells?.up.removeLast() }, { $0.cells?.gained.append(0) },
            { $0.cells?.pairs[5] = -1 }, { $0.cells?.lost[5] = .max }, { $0.keyed = -1 },
            { $0.shed = .min },
        ] as [(inout VersionComparison) -> Void] {
            let judge = heard(Self.record(change))
            #expect(judge.refusedSlots == 1 && judge.pairs == 0)
        }
    }

    @Test("sums over a fleet have no cells, and a slot whose cells cannot be is doubtful")
    func totals() {
        let totals = FleetTotals([Self.record(), Self.record { $0.cells?.up.removeLast() }])
        #expect(totals.comparisons.first?.counts.cells == nil)
        #expect(totals.comparisons.first?.before?.shed == 1_000)
        #expect(totals.doubtful == [SlotID(group: "g", slot: 3)])
    }
}

/// Cases of the judge, told as status records, byte by byte as on the topic.
@Suite(
    "the judge over status records", .enabled(if: SharedData.hasJudge, "\(SharedData.absence)"))
struct JudgeOverStatusTests {
    private struct Place: Hashable {
        var slot: Int
        var incarnation: String
        var comparison: String
    }

    @Test("a stream of status records gives what the reference gives for the same counts")
    func vectors() throws {
        let bytes = try SharedData.bytes("judge/vectors/judge.jsonl")
        var seen = 0
        for line in bytes.split(separator: 0x0A) {
            let document = try JSONValue(parsing: line, act: "reading a case")
            let answer = try JudgeCase.answer(document, act: "reading a case")
            let outs = try outs(document)
            #expect(.array(outs) == answer["outs"], "\(document["name"]?.text ?? "")")
            let wanted = (document["ticks"]?.array ?? []).compactMap { $0["out"] }
            #expect(wanted.count == outs.count)
            for (want, got) in zip(wanted, outs) {
                #expect(want["verdict"] == got["verdict"] && want["pairs"] == got["pairs"])
                #expect(want["guards"]?.array?.count == got["guards"]?.array?.count)
            }
            seen += outs.count
        }
        #expect(seen > 100)
    }

    private func outs(_ document: JSONValue) throws -> [JSONValue] {
        let config = try TreeReader(document["config"] ?? [:], act: "test")
        let comparison = document["config"]?["comparison"]?.string ?? ""
        var judge = CanaryJudge(
            try JudgeSettings(config), comparison: comparison,
            number: document["config"]?["number"]?.int ?? 1,
            isReversed: document["config"]?["reversed"]?.bool ?? false)
        var said: [Place: ComparisonCells] = [:]
        var outs: [JSONValue] = []
        for tick in document["ticks"]?.array ?? [] {
            let heard = try (tick["slots"]?.array ?? []).map { slot in
                let record = try #require(
                    StatusRecord(value: try status(slot, &said).bytes))
                return SlotCounts(record, judging: comparison)
            }
            let feedback = try tick["feedback"].flatMap { tree in
                tree == .null ? nil : try LabelFeedback(TreeReader(tree, act: "test"))
            }
            let report = judge.tick(
                nowMs: Int64(try #require(tick["now_ms"]?.int)), heard, feedback: feedback)
            guard report != nil || tick["out"] != nil else { continue }
            outs.append(report?.outcome ?? .null)
        }
        return outs
    }

    /// What a worker with these counts would say.
    private func status(
        _ slot: JSONValue, _ said: inout [Place: ComparisonCells]
    ) throws -> StatusRecord {
        let place = Place(
            slot: try #require(slot["slot"]?.int),
            incarnation: try #require(slot["incarnation"]?.string),
            comparison: slot["comparison"]?.string ?? "")
        var cells =
            said[place] ?? ComparisonCells([Int64](repeating: 0, count: ComparisonCells.count))
        for row in slot["cells"]?.array ?? [] {
            let numbers = (row.array ?? []).compactMap { $0.int.map(Int64.init) }
            try #require(numbers.count == 7)
            let cell = Int(numbers[0])
            cells.pairs[cell] = numbers[1]
            cells.alerts[cell] = numbers[2]
            cells.up[cell] = numbers[3]
            cells.down[cell] = numbers[4]
            cells.lost[cell] = numbers[5]
            cells.gained[cell] = numbers[6]
        }
        said[place] = cells
        func moments(_ name: String) throws -> Moments {
            let list = try #require(slot[name]?.array)
            return Moments(
                count: Int64(try #require(list[0].int)), mean: try #require(list[1].double),
                squares: list.count > 2 ? try #require(list[2].double) : 0)
        }
        var record = Heard.record(place.slot)
        record.incarnation.id = place.incarnation
        var told = VersionComparison(candidate: 8, stable: 7, mode: "shadow", share: 500)
        told.id = place.comparison
        told.cells = cells
        told.keyed = Int64(try #require(slot["keyed"]?.int))
        told.shed = Int64(try #require(slot["shed"]?.int))
        told.scoreDifference = try moments("score_difference")
        record.comparison = told
        var (stable, candidate) = (VersionCounts(), VersionCounts())
        stable.logMicros = try moments("stable_log_us")
        stable.score = try moments("stable_score")
        candidate.logMicros = try moments("candidate_log_us")
        record.versions = ["7": stable, "8": candidate]
        return record
    }
}
