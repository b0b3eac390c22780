import Lifecycle
import Scoring
import Serving
import TestSupport
import Testing

/// What is counted by cell, held against a reference that counts record by record.
@Suite("cells of a comparison")
struct ComparisonCellsTests {
    private func entry(
        _ version: Int, labels: [String] = ["attack", "normal"], threshold: Double? = nil
    ) -> Lineup.Entry {
        Lineup.Entry(
            deployed: DeployedVersion(
                version: version,
                digest: Digest(sha256: [UInt8](repeating: UInt8(version), count: 32))),
            settings: VersionSettings(threshold: threshold), labels: labels)
    }

    private func lineup(
        _ stable: Lineup.Entry, _ candidate: Lineup.Entry?, mode: Candidate.Mode = .canary,
        share: Int = 500, alerts: [String] = ["attack"]
    ) throws -> Lineup {
        Lineup(
            stable: stable, candidate: candidate, mode: candidate == nil ? nil : mode,
            share: candidate == nil ? nil : try Share(tenThousandths: share), salt: 7,
            alerts: alerts)
    }

    private func count(
        _ cell: Int, _ stable: Verdict, _ candidate: Verdict, in ledger: inout ServingLedger,
        _ lineup: Lineup
    ) {
        var tally = BatchTally(lineup)
        tally.comparison.note(
            stable: stable, candidate: candidate,
            cell: RecordCell(hash: UInt32(cell), isKeyed: true))
        ledger.add(tally)
    }

    private let attack = Verdict(score: 1, classIndex: 0)
    private let normal = Verdict(score: -1, classIndex: 1)
    private let none = Verdict(score: .nan, classIndex: 0)

    @Test("over any records, cells are what a reference counts, and add up to the comparison")
    func reference() throws {
        var random = SeededGenerator(seed: 15)
        let labels = ["probe", "normal", "attack"]
        let reversed = ["attack", "normal"]
        let canary = try lineup(
            entry(1, labels: labels), entry(2, labels: reversed), alerts: ["attack", "probe"])
        func verdict(_ classes: Int) -> Verdict {
            Int.random(in: 0..<8, using: &random) == 0
                ? none
                : Verdict(
                    score: Double.random(in: -1...1, using: &random),
                    classIndex: Int.random(in: 0..<classes, using: &random))
        }
        var ledger = ServingLedger()
        ledger.takeUp(canary, epoch: 1)
        var expected = [[Int64]](repeating: [Int64](repeating: 0, count: 64), count: 6)
        var keyed: Int64 = 0
        var tally = BatchTally(canary)
        for _ in 0..<50 {
            tally.reset()
            for _ in 0..<Int.random(in: 0..<200, using: &random) {
                let (stable, candidate) = (verdict(3), verdict(2))
                let hash = UInt32.random(in: 0...UInt32.max, using: &random)
                let isKeyed = Bool.random(using: &random)
                tally.comparison.note(
                    stable: stable, candidate: candidate,
                    cell: RecordCell(hash: hash, isKeyed: isKeyed))
                let cell = Int(hash % 64)
                switch (stable.isFinite, candidate.isFinite) {
                case (true, true):
                    let before = labels[stable.classIndex] != "normal"
                    let after = reversed[candidate.classIndex] != "normal"
                    expected[0][cell] += 1
                    expected[1][cell] += before ? 1 : 0
                    expected[2][cell] += !before && after ? 1 : 0
                    expected[3][cell] += before && !after ? 1 : 0
                    keyed += isKeyed ? 1 : 0
                case (true, false): expected[4][cell] += 1
                case (false, true): expected[5][cell] += 1
                case (false, false): break
                }
            }
            ledger.add(tally)
        }
        let told = try #require(ledger.versionComparison)
        let cells = try #require(told.cells)
        #expect(
            [cells.pairs, cells.alerts, cells.up, cells.down, cells.lost, cells.gained] == expected)
        #expect(told.keyed == keyed && keyed > 0)
        #expect(told.records == expected[0].reduce(0, +) && told.records > 3_000)
        #expect(expected.allSatisfy { $0.reduce(0, +) > 0 })
        #expect(cells.isSensible)
    }

    @Test("counts begin at 0 with another comparison, and go on over shares and modes")
    func restarts() throws {
        var ledger = ServingLedger()
        func pairs() -> Int64? { ledger.versionComparison?.cells?.pairs.reduce(0, +) }
        let first = try lineup(entry(1), entry(2))
        ledger.takeUp(first, epoch: 1)
        count(5, attack, normal, in: &ledger, first)
        #expect(pairs() == 1)
        for next in [
            try lineup(entry(1), entry(2), share: 2_000),
            try lineup(entry(1), entry(2), mode: .shadow),
        ] {
            ledger.takeUp(next, epoch: 2)
            count(5, normal, attack, in: &ledger, next)
        }
        #expect(pairs() == 3 && ledger.versionComparison?.keyed == 3)
        #expect(ledger.versionComparison?.id == first.comparisonID)
        var ids: Set = [first.comparisonID]
        for next in [
            try lineup(entry(1), entry(2, threshold: 1)), try lineup(entry(1), entry(3)),
            try lineup(entry(1), entry(2), alerts: ["normal"]), try lineup(entry(2), entry(1)),
        ] {
            ledger.takeUp(next, epoch: 3)
            let told = try #require(ledger.versionComparison)
            #expect(pairs() == 0 && told.keyed == 0 && told.records == 0)
            #expect(ids.insert(told.id).inserted)
            count(9, attack, attack, in: &ledger, next)
            let alerts = ledger.versionComparison?.cells?.alerts[9]
            #expect(alerts == (next.alerts == ["attack"] ? 1 : 0))
        }
        ledger.takeUp(try lineup(entry(1), nil), epoch: 4)
        #expect(ledger.versionComparison == nil)
    }

    @Test("a version without classes alerts on nothing")
    func withoutClasses() throws {
        var ledger = ServingLedger()
        let regression = try lineup(entry(1, labels: []), entry(2))
        ledger.takeUp(regression, epoch: 1)
        count(3, Verdict(score: 4, classIndex: 0), attack, in: &ledger, regression)
        let cells = try #require(ledger.versionComparison?.cells)
        #expect(cells.pairs[3] == 1 && cells.alerts[3] == 0 && cells.up[3] == 1)
    }

    @Test("a copy of the status thread keeps its cells when the poll thread goes on")
    func copies() throws {
        var ledger = ServingLedger()
        let canary = try lineup(entry(1), entry(2))
        ledger.takeUp(canary, epoch: 1)
        count(63, attack, none, in: &ledger, canary)
        let copy = ledger.unshared
        count(63, attack, none, in: &ledger, canary)
        count(0, none, normal, in: &ledger, canary)
        #expect(copy.versionComparison?.cells?.lost[63] == 1)
        #expect(ledger.versionComparison?.cells?.lost[63] == 2)
        #expect(copy.versionComparison?.cells?.gained[0] == 0)
    }

    @Test("a sample counts by the logarithm of its microseconds, and no time at all is no fault")
    func logarithms() throws {
        let alone = try lineup(entry(1), nil)
        var ledger = ServingLedger()
        ledger.takeUp(alone, epoch: 1)
        #expect(ledger.versionCounts[1]?.logMicros == Moments())
        var tally = BatchTally(alone)
        // e µs and 1/e µs: the mean of logarithms is 0, whatever one of 10 ms does to a plain mean.
        tally.stable.took(nanoseconds: 2_718)
        tally.stable.took(nanoseconds: 368)
        ledger.add(tally)
        let told = try #require(ledger.versionCounts[1])
        let logs = try #require(told.logMicros)
        #expect(logs.count == 2 && abs(logs.mean) < 0.001 && abs(logs.spread - 1.414) < 0.001)
        #expect(told.scoringMicros.count == 2)
        tally.reset()
        tally.stable.took(nanoseconds: 0)
        ledger.add(tally)
        #expect(ledger.versionCounts[1]?.logMicros?.isSensible == true)
        #expect(ledger.versionCounts[1]?.logMicros?.count == 3)
    }
}
