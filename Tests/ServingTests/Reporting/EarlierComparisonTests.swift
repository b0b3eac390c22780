import Lifecycle
import Testing

@testable import Serving

@Suite("EarlierComparison")
struct EarlierComparisonTests {
    private func comparison(_ id: String?, _ records: Int64) -> VersionComparison {
        var comparison = VersionComparison(candidate: 2, stable: 1, mode: "canary", share: 500)
        comparison.id = id
        comparison.records = records
        comparison.flips = ["normal -> attack": records / 2]
        return comparison
    }

    private func record(
        _ comparison: VersionComparison?, before: VersionComparison? = nil
    ) -> StatusRecord {
        var record = StatusRecord(
            group: "g", slot: 0, total: 1, model: "m",
            incarnation: StatusRecord.Incarnation(id: "x", startedAtMs: 1, host: "h", pid: 1),
            phase: .serving)
        record.comparison = comparison
        record.comparisonBefore = before
        return record
    }

    @Test("the last word of a slot counts, with what it told of the processes before it")
    func chain() {
        var earlier = EarlierComparison()
        earlier.heard(record(comparison("a", 10)))
        earlier.heard(record(comparison("a", 20), before: comparison("a", 5)))
        let sum = earlier.beside(comparison("a", 1), isServing: true)
        #expect(sum?.records == 25 && sum?.flips == ["normal -> attack": 12])
        #expect(earlier.beside(comparison("b", 1), isServing: true) == nil)
        #expect(earlier.beside(nil, isServing: true) == nil)
        // Killed before it serves, a process hands on what it heard.
        #expect(earlier.beside(nil, isServing: false)?.records == 25)
        earlier.heard(record(nil, before: comparison("a", 25)))
        #expect(earlier.beside(comparison("a", 1), isServing: true)?.records == 25)
    }

    @Test("sums have no cells, whoever told them: the judge counts each process by itself")
    func cells() {
        var told = comparison("a", 10)
        told.keyed = 3
        told.cells = ComparisonCells([Int64](repeating: 1, count: ComparisonCells.count))
        for before in [nil, told] {
            var earlier = EarlierComparison()
            earlier.heard(record(told, before: before))
            let sum = earlier.beside(comparison("a", 1), isServing: true)
            #expect(sum?.records == (before == nil ? 10 : 20))
            #expect(sum?.cells == nil && sum?.keyed == nil)
        }
        told.cells?.up.removeLast()
        var earlier = EarlierComparison()
        earlier.heard(record(told))
        #expect(earlier == EarlierComparison())
    }

    @Test("another comparison, or none, ends the sums; counts of two are never added up")
    func other() {
        var earlier = EarlierComparison()
        earlier.heard(record(comparison("b", 7), before: comparison("a", 5)))
        #expect(earlier.beside(comparison("b", 1), isServing: true)?.records == 7)
        earlier.heard(record(nil))
        #expect(earlier == EarlierComparison())
        earlier.heard(record(comparison(nil, 7)))
        #expect(earlier == EarlierComparison())
    }

    @Test("counts that make no sense are left out, and nothing overflows")
    func hostile() {
        for bad in [-1, Int64.max, Int64.min] {
            var earlier = EarlierComparison()
            earlier.heard(record(comparison("a", bad)))
            #expect(earlier == EarlierComparison())
            earlier.heard(record(comparison("a", 4), before: comparison("a", bad)))
            #expect(earlier.beside(comparison("a", 0), isServing: true)?.records == 4)
        }
        var earlier = EarlierComparison()
        let large = StatusCount.largest
        earlier.heard(record(comparison("a", large), before: comparison("a", large)))
        #expect(earlier.beside(comparison("a", 0), isServing: true)?.records == large)
    }

    @Test("a word of anybody's whose names would fill a record is left out")
    func bounded() {
        var comparison = comparison("a", 10)
        comparison.flips = Dictionary(
            uniqueKeysWithValues: (0..<2_000).map {
                ("\($0)" + String(repeating: "x", count: 400), 0)
            })
        #expect(comparison.isSensible)
        var earlier = EarlierComparison()
        earlier.heard(record(comparison))
        #expect(earlier == EarlierComparison())
        comparison.flips = [:]
        comparison.mode = String(repeating: "m", count: 900_000)
        earlier.heard(record(comparison))
        #expect(earlier == EarlierComparison())
    }

    @Test("a status beyond the largest record goes without its longest parts, never not at all")
    func fits() throws {
        var long = comparison("a", 10)
        long.flips = ["x" + String(repeating: "y", count: 600_000): 1]
        let both = record(long, before: long)
        let bytes = StatusReporter.bytes(both)
        #expect(bytes.count < 1_000_000)
        let read = try #require(StatusRecord(value: bytes))
        #expect(read.comparison == long && read.comparisonBefore == nil)
        long.flips = ["x" + String(repeating: "y", count: 1_100_000): 1]
        let short = try #require(StatusRecord(value: StatusReporter.bytes(record(long))))
        #expect(short.comparison == nil && short.phase == .serving)
        let usual = record(comparison("a", 1))
        #expect(StatusReporter.bytes(usual) == usual.bytes)
    }
}
