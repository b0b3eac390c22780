import Judge
import Lifecycle
import Testing

/// From what slots say to blocks: which counts are counted, and when a block ends.
@Suite("Blocks")
struct BlockTests {
    private typealias Slot = SampleTraffic.Slot

    @Test("a slot that is first heard counts from 0, the same again not, more by the difference")
    func differences() {
        var traffic = SampleTraffic()
        var slot = Slot(0)
        slot.add(3, pairs: 10)
        traffic.block([slot])
        #expect(traffic.judge.pairs == 10)
        traffic.block([slot])
        #expect(traffic.judge.pairs == 10)
        slot.add(3, pairs: 5)
        traffic.block([slot])
        #expect(traffic.judge.pairs == 15)
    }

    @Test("another incarnation counts from 0; a worker that restarts each minute loses nothing")
    func incarnations() {
        var traffic = SampleTraffic()
        for life in 0..<10 {
            var slot = Slot(0, incarnation: "life \(life)")
            for _ in 0..<6 {
                slot.add(life, pairs: 10)
                traffic.block([slot])
            }
        }
        #expect(traffic.judge.pairs == 600 && traffic.judge.rebased == 0)
    }

    @Test("counts that go back count nothing, and are the new base")
    func rebased() {
        var traffic = SampleTraffic()
        var slot = Slot(0)
        slot.add(3, pairs: 10)
        traffic.block([slot])
        var less = Slot(0)
        less.add(3, pairs: 4)
        traffic.block([less])
        #expect(traffic.judge.pairs == 10 && traffic.judge.rebased == 1)
        less.add(3, pairs: 1)
        traffic.block([less])
        #expect(traffic.judge.pairs == 11 && traffic.judge.rebased == 1)
    }

    @Test("another comparison counts nothing and is forgotten; silence is not")
    func comparisons() {
        var traffic = SampleTraffic()
        var slot = Slot(0)
        slot.add(3, pairs: 10)
        traffic.block([slot])
        traffic.block([])
        slot.add(3, pairs: 2)
        traffic.block([slot])
        #expect(traffic.judge.pairs == 12)
        var other = Slot(0, comparison: "fedcba9876543210")
        other.add(3, pairs: 1_000)
        traffic.block([other])
        #expect(traffic.judge.pairs == 12)
        // It comes back: the incarnation's counts of this comparison begin at 0 for the judge.
        traffic.block([slot])
        #expect(traffic.judge.pairs == 24)
    }

    @Test("two incarnations in one slot: the one heard last counts")
    func twins() {
        var traffic = SampleTraffic()
        var first = Slot(0, incarnation: "a")
        var second = Slot(0, incarnation: "b")
        first.add(1, pairs: 10)
        second.add(1, pairs: 7)
        traffic.block([first, second])
        #expect(traffic.judge.pairs == 17)
        second.add(1, pairs: 1)
        traffic.block([second])
        #expect(traffic.judge.pairs == 18)
    }

    @Test("the number of slots may change")
    func slotCount() {
        var traffic = SampleTraffic()
        for count in [1, 4, 2, 8] {
            var slots = (0..<count).map { Slot($0, incarnation: "of \(count)") }
            for index in slots.indices { slots[index].add(1, pairs: 1) }
            traffic.block(slots)
        }
        #expect(traffic.judge.pairs == 15)
    }

    @Test("counts up to 2^53 are counted, larger and negative ones are not, and that is told")
    func sensible() {
        var traffic = SampleTraffic()
        var slot = Slot(0)
        slot.add(0, pairs: StatusCount.largest)
        traffic.block([slot])
        #expect(traffic.judge.pairs == StatusCount.largest && traffic.judge.refusedSlots == 0)
        for wrong in [StatusCount.largest + 1, Int64.max, -1] {
            var other = Slot(1)
            other.add(0, pairs: wrong, isKeyed: false)
            let report = traffic.block([other])
            #expect(report != nil && traffic.judge.refusedSlots == 1)
            #expect(traffic.judge.pairs == StatusCount.largest)
        }
        var moments = Slot(1)
        moments.counts.stableScore = Moments(count: 3, mean: .nan, squares: 1)
        traffic.block([moments])
        #expect(traffic.judge.refusedSlots == 1)
    }

    @Test("a slot that says the largest counts in ever new incarnations does not end the process")
    func largest() {
        var traffic = SampleTraffic()
        for life in 0..<1_200 {
            var slot = Slot(0, incarnation: "\(life)")
            slot.add(0, pairs: StatusCount.largest, alerts: StatusCount.largest)
            slot.add(1, pairs: 0, up: StatusCount.largest, down: StatusCount.largest)
            slot.counts.shed = StatusCount.largest
            slot.counts.scoreDifference = Moments(
                count: StatusCount.largest, mean: life.isMultiple(of: 2) ? 1e100 : -1e100,
                squares: 1e150)
            traffic.nowMs -= life.isMultiple(of: 40) ? 0 : JudgeSettings.blockMs
            traffic.block([slot])
        }
        #expect(traffic.judge.pairs == .max)
    }

    @Test("no more slots are kept than a state may have")
    func tooManySlots() {
        var traffic = SampleTraffic()
        traffic.block((0..<(Limits.slots + 10)).map { Slot($0) })
        #expect(traffic.judge.refusedSlots == 10)
    }

    @Test("an older worker's slot is as good as silent, and is told")
    func oldWorkers() throws {
        var traffic = SampleTraffic()
        var slot = Slot(0)
        slot.counts.cells = nil
        traffic.block([slot])
        let heard = traffic.block([slot])
        let report = try #require(heard)
        #expect(report.pairs == 0 && traffic.judge.oldSlots == 1)
        let silent = traffic.block([])
        let next = try #require(silent)
        #expect(next.lines.contains("1 slot too old to be judged"))
    }

    @Test("a block ends with the first tick in a later one; a clock that steps back ends nothing")
    func clock() {
        var judge = SampleTraffic().judge
        #expect(judge.tick(nowMs: 25_000, []) == nil)
        #expect(judge.tick(nowMs: 29_999, []) == nil)
        #expect(judge.tick(nowMs: 30_000, [])?.block == 2)
        #expect(judge.tick(nowMs: 1_000, []) == nil)
        #expect(judge.tick(nowMs: -1, []) == nil)
        #expect(judge.tick(nowMs: 31_000, []) == nil)
        // Blocks without ticks do not exist.
        #expect(judge.tick(nowMs: 3_600_000, [])?.block == 3)
        #expect(judge.tick(nowMs: 3_600_001, []) == nil)
        var early = SampleTraffic().judge
        #expect(early.tick(nowMs: -1, []) == nil)
        #expect(early.tick(nowMs: 0, [])?.block == -1)
    }

    @Test("what came while nobody judged falls into one block")
    func outage() throws {
        var traffic = SampleTraffic(SampleTraffic.only("alerts-up"))
        var slots = [Slot(0)]
        _ = traffic.run(5, &slots) { slot, _ in slot.addEverywhere(pairs: 16) }
        slots[0].addEverywhere(pairs: 16 * 360, up: 200)
        traffic.nowMs += 3_600_000
        traffic.block(slots)
        let ended = traffic.block(slots)
        let report = try #require(ended)
        #expect(report.blocks == 6)
    }
}
