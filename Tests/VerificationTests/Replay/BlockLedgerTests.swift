import Judge
import Lifecycle
import TestSupport
import Testing
import Verification

/// The judge's view of a replay: the same whoever read the partitions when.
@Suite("The judge in a replay")
struct BlockLedgerTests {
    /// A record as it counts: block, cell, and what the two versions say.
    private struct Seen {
        let block: Int64
        let cell: Int
        let first: Bool
        let second: Bool
    }

    /// - Parameter factor: how many times the alerts of the first version the second gives.
    private static func lanes(_ blocks: Int64, factor: Double, seed: UInt64) -> [[Seen]] {
        var generator = SeededGenerator(seed: seed)
        return (0..<3).map { _ in
            (0..<blocks).flatMap { block in
                (0..<60).map { _ in
                    let draw = Double.random(in: 0..<1, using: &generator)
                    return Seen(
                        block: 100 + block, cell: Int.random(in: 0..<64, using: &generator),
                        first: draw < 0.02, second: draw < 0.02 * factor)
                }
            }
        }
    }

    private static func table(_ seen: [Seen]) -> BlockTable {
        seen.reduce(into: BlockTable()) {
            $0.note(.pair(first: $1.first, second: $1.second), cell: $1.cell, isKeyed: true)
        }
    }

    private static func blocks(_ lane: [Seen]) -> [(block: Int64, seen: [Seen])] {
        Dictionary(grouping: lane, by: \.block).sorted { $0.key < $1.key }.map { ($0, $1) }
    }

    /// All lanes, read in turns of a random length.
    private static func course(_ lanes: [[Seen]], seed: UInt64) -> JudgedCourse {
        var generator = SeededGenerator(seed: seed)
        var ledger = BlockLedger(JudgedCourse(), partitions: [0, 1, 2])
        var left = lanes.map { blocks($0)[...] }
        while left.contains(where: { !$0.isEmpty }) {
            let lane = Int.random(in: 0..<3, using: &generator)
            for _ in 0..<Int.random(in: 1...40, using: &generator) {
                guard let next = left[lane].popFirst() else { break }
                ledger.add(table(next.seen), block: next.block)
                ledger.passed(Int32(lane), block: next.block)
            }
            if left[lane].isEmpty { ledger.passed(Int32(lane), block: .max) }
        }
        return ledger.course
    }

    /// The judge itself, told what a worker would have told it.
    private static func reference(_ lanes: [[Seen]]) -> (JudgeReport?, fail: Int64?) {
        var judge = CanaryJudge(JudgedCourse.settings, comparison: "c")
        var cells = CellCounts()
        var keyed: Int64 = 0
        var (report, failed): (JudgeReport?, Int64?)
        func note(_ found: JudgeReport?) {
            guard let found else { return }
            report = found
            if found.verdict == .fail, failed == nil { failed = found.pairs }
        }
        let all = blocks(lanes.flatMap(\.self))
        for (block, seen) in all {
            for one in seen {
                cells[one.cell, .pairs] += 1
                if one.first { cells[one.cell, .alerts] += 1 }
                if one.second, !one.first { cells[one.cell, .up] += 1 }
                if one.first, !one.second { cells[one.cell, .down] += 1 }
                keyed += 1
            }
            var counts = SlotCounts(
                slot: SlotID(group: "g", slot: 0), incarnation: "i", comparison: "c", cells: cells)
            counts.keyed = keyed
            note(judge.tick(nowMs: block * 10_000, [counts]))
        }
        note(judge.tick(nowMs: ((all.last?.block ?? 0) + 1) * 10_000, []))
        return (report, failed)
    }

    @Test("is told what a shadow would have told it, whatever the order of the partitions")
    func order() throws {
        let lanes = Self.lanes(120, factor: 3, seed: 5)
        let (report, failed) = Self.reference(lanes)
        let wanted = try #require(report)
        #expect(wanted.verdict == .fail)
        for seed in 1...4 as ClosedRange<UInt64> {
            let course = Self.course(lanes, seed: seed)
            #expect(course.report == wanted)
            let turn = try #require(course.turn)
            #expect(turn.verdict == .fail && turn.pairs == failed && turn.reason == "alerts-up")
            #expect(course.points.count == 120)
        }
    }

    @Test("passes a version that says the same, and the plot stays bounded")
    func pass() throws {
        let lanes = Self.lanes(1_500, factor: 1, seed: 6)
        let course = Self.course(lanes, seed: 9)
        let turn = try #require(course.turn)
        #expect(turn.verdict == .pass, "\(course.report?.lines ?? [])")
        #expect(turn.atMs == (100 + 180) * 10_000 || turn.pairs < 1_500 * 180)
        #expect(course.points.count < 600)
        #expect(course.report?.blocks == 1_500)
    }

    @Test("the slowest partition may always be read, and others wait for it")
    func waiting() {
        var ledger = BlockLedger(JudgedCourse(), partitions: [0, 1])
        for block in 0..<2_500 as Range<Int64> {
            ledger.add(BlockTable(), block: block)
            ledger.passed(0, block: block)
        }
        #expect(!ledger.mayGo(0) && ledger.mayGo(1))
        ledger.passed(1, block: 2_000)
        #expect(ledger.mayGo(0) && ledger.mayGo(1))
        ledger.passed(1, block: .max)
        ledger.passed(0, block: .max)
        #expect(ledger.crowded == 0)
    }

    // MARK: - Clocks

    @Test("records a little out of order keep their blocks")
    func jitter() {
        var clock = LaneClock()
        for number in 0..<20_000 as Range<Int64> {
            let ms = number * 100 + (number % 7 == 0 ? -9_000 : 0)
            #expect(clock.block(ofMs: ms) == (ms < 0 ? -1 : ms / 10_000))
        }
        #expect(clock.late == 0 && clock.wentBack == 0)
        #expect(clock.low > 150)
    }

    @Test("a clock that steps back is told, and what comes behind it is late")
    func steps() {
        var clock = LaneClock()
        for number in 0..<1_024 as Range<Int64> {
            #expect(clock.block(ofMs: 1_000_000 + number) != nil)
        }
        for number in 0..<10 as Range<Int64> { #expect(clock.block(ofMs: number) == nil) }
        #expect(clock.late == 10 && clock.wentBack == 10 && clock.furthestMs == 1_001_023)
        #expect(clock.block(ofMs: 1_000_900) == 100)
    }

    @Test("one stray timestamp, far ahead or long ago, takes no time from the others")
    func strays() {
        var clock = LaneClock()
        for number in 0..<10_000 as Range<Int64> {
            _ = clock.block(ofMs: number % 100 == 0 ? 1 << 50 : number * 1_000)
        }
        #expect(clock.low <= 1_000 && clock.late == 0)
        for number in 10_000..<20_000 as Range<Int64> {
            _ = clock.block(ofMs: number % 100 == 0 ? 0 : number * 1_000)
        }
        #expect(clock.low > 1_900 && clock.late == 100)
    }
}
