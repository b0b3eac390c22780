import Lifecycle
import TestSupport
import Testing

@testable import Verification

/// The figures of a replay against plain counting, and whatever order threads merge theirs in.
@Suite("The figures of a replay")
struct ReplayStatisticsTests {
    private static func scores(_ count: Int, seed: UInt64) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let size = Double.random(in: -8...8, using: &generator)
            return Double.random(in: -1...1, using: &generator) * size * size
        }
    }

    /// Each part of `items` apart, then merged in the orders 0, 1, 2 … and … 2, 1, 0.
    private static func merged<Item, Value>(
        _ items: [Item], _ empty: Value, _ add: (inout Value, Item) -> Void,
        _ merge: (inout Value, Value) -> Void
    ) -> [Value] {
        let parts = (0..<5).map { part in
            var value = empty
            for index in items.indices where index % 5 == part { add(&value, items[index]) }
            return value
        }
        return [Array(parts), parts.reversed()].map { order in
            order.reduce(into: empty) { merge(&$0, $1) }
        }
    }

    // MARK: - Scores

    @Test("a sketch's quantiles are those of the sorted scores, within two percent")
    func quantiles() throws {
        let scores = Self.scores(20_000, seed: 1)
        var sketch = ScoreSketch()
        for score in scores { sketch.add(score) }
        let sorted = scores.sorted()
        for part in [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999] {
            let wanted = sorted[Int((part * Double(sorted.count)).rounded(.up)) - 1]
            let found = try #require(sketch.quantile(part))
            #expect(
                abs(found - wanted) <= 0.02 * abs(wanted) + 1e-6, "\(part): \(found), \(wanted)")
        }
        #expect(sketch.quantile(0) == sorted.first && sketch.quantile(1) == sorted.last)
        #expect(sketch.count == 20_000)
        #expect(ScoreSketch().quantile(0.5) == nil)
        let bars = sketch.bars(7, from: -3, to: 3)
        #expect(bars.count == 7 && bars.reduce(0, +) == 20_000)
        for sketch in Self.merged(scores, ScoreSketch(), { $0.add($1) }, { $0.merge($1) }) {
            #expect(sketch == Self.whole(scores))
        }
    }

    private static func whole(_ scores: [Double]) -> ScoreSketch {
        scores.reduce(into: ScoreSketch()) { $0.add($1) }
    }

    @Test(
        "scores of any size find a bin",
        arguments: [0, -0.0, 1e-300, -1e-300, 1e300, -1e300, Double.leastNonzeroMagnitude])
    func extremes(score: Double) {
        var sketch = ScoreSketch()
        sketch.add(score)
        #expect(sketch.quantile(0.5) == score)
        #expect(sketch.bars(3, from: score, to: score).reduce(0, +) == 1)
    }

    @Test("the highest scores are exactly those, with as many equal ones as there are")
    func highest() {
        let scores = Self.scores(5_000, seed: 2).map { ($0 * 4).rounded() / 4 }
        let sorted = scores.sorted(by: >)
        for capacity in [1, 7, 100, 5_000, 9_000] {
            var top = TopScores(capacity: capacity)
            for score in scores { top.add(score) }
            #expect(top.values == Array(sorted.prefix(capacity)))
            #expect(top.isAll == (capacity >= 5_000) && top.count == 5_000)
            let parts = Self.merged(
                scores, TopScores(capacity: capacity), { $0.add($1) }, { $0.merge($1) })
            for part in parts { #expect(part == top) }
        }
    }

    // MARK: - Hours

    private struct Moment {
        let ms: Int64?
        let first: Bool
        let second: Bool
    }

    private static func moments() -> [Moment] {
        var generator = SeededGenerator(seed: 3)
        return (0..<4_000).map { index in
            Moment(
                ms: index % 97 == 0
                    ? nil
                    : Int64.random(in: -10_000_000_000...1_900_000_000_000, using: &generator),
                first: Bool.random(using: &generator), second: index % 3 == 0)
        }
    }

    @Test("days and hours of the week are those of the calendar")
    func hours() throws {
        // 2026-11-23 is a Monday.
        let monday = try #require(Timestamp.milliseconds(of: "2026-11-23T05:59:59.999Z"))
        let sunday = try #require(Timestamp.milliseconds(of: "2026-11-22T23:00:00Z"))
        let before = try #require(Timestamp.milliseconds(of: "1969-12-31T23:30:00Z"))
        var hours = AlertHours()
        hours.note(atMs: monday, first: true, second: false)
        hours.note(atMs: sunday, first: false, second: true)
        hours.note(atMs: monday, first: true, second: true)
        hours.note(atMs: before, first: false, second: false)
        hours.note(atMs: nil, first: true, second: true)
        #expect(hours.byHour[5] == AlertHours.Tally(records: 2, first: 2, second: 1))
        #expect(hours.byHour[6 * 24 + 23] == AlertHours.Tally(records: 1, first: 0, second: 1))
        // A Wednesday.
        #expect(hours.byHour[2 * 24 + 23].records == 1)
        #expect(hours.byHour.reduce(0) { $0 + $1.records } == 4 && hours.untimed == 1)
        #expect(hours.byDay.map(\.day) == [-1, sunday / 86_400_000, monday / 86_400_000])
        #expect(hours.span == before...monday)
    }

    @Test("hours that threads counted merge in any order")
    func mergedHours() {
        let moments = Self.moments()
        let add = { (hours: inout AlertHours, moment: Moment) in
            hours.note(atMs: moment.ms, first: moment.first, second: moment.second)
        }
        var whole = AlertHours()
        for moment in moments { add(&whole, moment) }
        let parts = Self.merged(moments, AlertHours(), add) { $0.merge($1) }
        // Beyond the days that are kept, which ones are kept is chance.
        for part in parts where whole.byDay.count < AlertHours.daysMax { #expect(part == whole) }
        for part in parts {
            #expect(part.byHour == whole.byHour && part.untimed == whole.untimed)
        }
    }

    // MARK: - Flips

    private static func flip(_ number: Int) -> Flip {
        Flip(
            place: StreamPlace(partition: Int32(number % 3), offset: Int64(number)), atMs: nil,
            firstScore: -1, secondScore: 1, firstClass: 1, secondClass: 0,
            value: [UInt8(number % 9)])
    }

    @Test("which flips are kept depends neither on their order nor on the threads")
    func flips() {
        let flips = (0..<3_000).map(Self.flip)
        let add = { (sample: inout FlipSample, flip: Flip) in
            sample.add(at: flip.place) { flip }
        }
        let empty = FlipSample(capacity: 50)
        let whole = flips.reduce(into: empty) { add(&$0, $1) }
        #expect(whole.count == 3_000 && whole.flips.count == 50)
        #expect(Set(whole.flips.map(\.place)).count == 50)
        #expect(flips.reversed().reduce(into: empty) { add(&$0, $1) } == whole)
        for part in Self.merged(flips, empty, add, { $0.merge($1) }) { #expect(part == whole) }
        let few = flips.prefix(20).reduce(into: empty) { add(&$0, $1) }
        #expect(few.flips.count == 20)
    }

    // MARK: - All together

    private struct Seen {
        let first: ReplayOpinion
        let second: ReplayOpinion
        let isAttack: Bool?
        let number: Int
    }

    private static func seen() -> [Seen] {
        var generator = SeededGenerator(seed: 4)
        func opinion() -> ReplayOpinion {
            if Int.random(in: 0..<20, using: &generator) == 0 { return .refused(.notJSON) }
            let score = Double.random(in: -2...2, using: &generator)
            return .scored(score: score, classIndex: score > 0 ? 0 : 1, isAlert: score > 0)
        }
        return (0..<3_000).map { number in
            Seen(
                first: opinion(), second: opinion(),
                isAttack: number % 4 == 0 ? Bool.random(using: &generator) : nil, number: number)
        }
    }

    @Test("what threads counted apart is what one would have counted, in any order")
    func tally() {
        let seen = Self.seen()
        let empty = ReplayTally(first: ["attack", "normal"], second: ["attack", "normal"])
        let add = { (tally: inout ReplayTally, one: Seen) in
            let flip = Self.flip(one.number)
            tally.note(
                one.first, one.second, at: flip.place, atMs: Int64(one.number) * 60_000,
                isAttack: one.isAttack
            ) { flip }
            if one.number % 4 == 0 { tally.noteLabel(one.number / 4) }
        }
        let whole = seen.reduce(into: empty) { add(&$0, $1) }
        for part in Self.merged(seen, empty, add, { $0.merge($1) }) { #expect(part == whole) }

        func isScored(_ opinion: ReplayOpinion) -> Bool {
            if case .scored = opinion { true } else { false }
        }
        let pairs = seen.filter { isScored($0.first) && isScored($0.second) }
        #expect(whole.records == 3_000 && whole.pairs == Int64(pairs.count))
        #expect(
            whole.up.count == pairs.filter { !$0.first.isAlert && $0.second.isAlert }.count)
        #expect(
            whole.down.count == pairs.filter { $0.first.isAlert && !$0.second.isAlert }.count)
        #expect(whole.relabelled.count == 0)
        #expect(whole.first.alerts == Int64(seen.filter(\.first.isAlert).count))
        #expect(
            whole.lost == Int64(seen.filter { isScored($0.first) && !isScored($0.second) }.count))
        let known = seen.filter { $0.isAttack != nil && isScored($0.first) }
        #expect(whole.first.labelled.count == known.count)
        #expect(
            whole.first.labelled.truePositives
                == known.filter { $0.isAttack == true && $0.first.isAlert }.count)
        #expect(whole.labels.met.count == 750)
    }
}
