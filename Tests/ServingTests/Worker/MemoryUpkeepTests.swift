import Serving
import Testing

/// When a worker gives memory back.
@Suite("MemoryUpkeep")
struct MemoryUpkeepTests {
    private static let second: UInt64 = 1_000_000_000
    private var upkeep = MemoryUpkeep()

    @Test("what the start needed goes once, as soon as a version is served")
    func code() {
        var upkeep = upkeep
        #expect(upkeep.turn(records: 0, isServing: false, now: Self.second).isEmpty)
        #expect(upkeep.turn(records: 0, isServing: true, now: 2 * Self.second) == [.releaseCode])
        #expect(upkeep.turn(records: 0, isServing: true, now: 3 * Self.second).isEmpty)
        #expect(upkeep.turn(records: 0, isServing: false, now: 4 * Self.second).isEmpty)
        #expect(upkeep.turn(records: 0, isServing: true, now: 5 * Self.second).isEmpty)
    }

    @Test("what was freed goes once, when no record has come for two seconds after some had")
    func idle() {
        var upkeep = upkeep
        #expect(upkeep.turn(records: 0, isServing: true, now: 0) == [.releaseCode])
        #expect(upkeep.turn(records: 9, isServing: true, now: 10 * Self.second).isEmpty)
        #expect(upkeep.turn(records: 9, isServing: true, now: 12 * Self.second - 1).isEmpty)
        #expect(upkeep.turn(records: 9, isServing: true, now: 12 * Self.second) == [.trim])
        #expect(upkeep.turn(records: 9, isServing: true, now: 20 * Self.second).isEmpty)
        #expect(upkeep.turn(records: 10, isServing: true, now: 21 * Self.second).isEmpty)
        #expect(upkeep.turn(records: 10, isServing: true, now: 23 * Self.second) == [.trim])
    }

    @Test("without a record there is nothing to give back")
    func nothing() {
        var upkeep = upkeep
        #expect(upkeep.turn(records: 0, isServing: false, now: 0).isEmpty)
        #expect(upkeep.turn(records: 0, isServing: false, now: 100 * Self.second).isEmpty)
    }
}
