import Testing

@testable import Kafka

/// When a topic of which brokers say that it is missing counts as gone, and as made anew.
@Suite("MissingTopics")
struct MissingTopicsTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("without a doubt nothing is looked for, and with one once a second")
    func due() {
        var missing = MissingTopics()
        #expect(missing.due(at: 5 * Self.second).isEmpty)
        missing.doubt("b")
        missing.doubt("a")
        #expect(missing.due(at: 5 * Self.second) == ["a", "b"])
        #expect(missing.due(at: 6 * Self.second - 1).isEmpty)
        #expect(missing.due(at: 6 * Self.second) == ["a", "b"])
    }

    @Test("a topic is gone after 2 s of listings without it, and made anew once one has it")
    func goneAndBack() {
        var missing = MissingTopics()
        missing.doubt("a")
        missing.doubt("b")
        #expect(missing.listed(["a": 0, "b": 3], at: 10 * Self.second).isEmpty)
        #expect(missing.due(at: 10 * Self.second) == ["a"])
        #expect(missing.listed(["a": 0], at: 11 * Self.second).isEmpty)
        #expect(missing.listed(["a": 0], at: 12 * Self.second) == [.gone("a", isNews: true)])
        #expect(missing.listed(["a": 0], at: 13 * Self.second) == [.gone("a", isNews: false)])
        // A broker repeats itself, and says no more by it.
        missing.doubt("a")
        #expect(
            missing.listed(["a": 1], at: 14 * Self.second) == [.listedAgain("a", wasGone: true)])
        #expect(missing.listed(["a": 1], at: 15 * Self.second).isEmpty)
        #expect(missing.due(at: 20 * Self.second).isEmpty)
    }

    @Test("a topic that one listing lacked may be another one, though nobody was told of it")
    func neverGone() {
        var missing = MissingTopics()
        missing.doubt("a")
        #expect(missing.listed(["a": 0], at: Self.second).isEmpty)
        #expect(
            missing.listed(["a": 1], at: 2 * Self.second) == [.listedAgain("a", wasGone: false)])
        #expect(missing.due(at: 9 * Self.second).isEmpty)
    }

    @Test("a topic that every listing has is the one that it was")
    func neverUnlisted() {
        var missing = MissingTopics()
        missing.doubt("a")
        #expect(missing.listed(["a": 1], at: Self.second).isEmpty)
        #expect(missing.due(at: 9 * Self.second).isEmpty)
    }

    @Test("listings that nobody answers prove nothing, and take back nothing that was proved")
    func notListed() {
        var missing = MissingTopics()
        missing.doubt("a")
        #expect(missing.listed(["a": 0], at: Self.second).isEmpty)
        missing.notListed()
        #expect(missing.listed(["a": 0], at: 4 * Self.second).isEmpty)
        #expect(missing.listed(["a": 0], at: 6 * Self.second) == [.gone("a", isNews: true)])
        missing.notListed()
        #expect(missing.listed(["a": 2], at: 7 * Self.second) == [.listedAgain("a", wasGone: true)])
    }
}
