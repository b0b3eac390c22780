import Lifecycle
import Serving
import Testing

/// Which other processes are told to serve a slot, by a clock of the test's.
@Suite("Slot rivals")
struct SlotRivalsTests {
    private static let second: UInt64 = 1_000_000_000

    private func process(_ id: String, host: String = "h") -> StatusRecord.Incarnation {
        .init(id: id, startedAtMs: 1, host: host, pid: 7)
    }

    @Test("its own words make no rival")
    func own() {
        var rivals = SlotRivals(own: "a")
        let news = rivals.heard(process("a"), at: Self.second)
        #expect(news == nil)
        #expect(rivals.present(at: Self.second) == nil)
    }

    @Test("another is news once, as long as it is heard of, and again after a silence")
    func news() {
        var rivals = SlotRivals(own: "a")
        var told: [Int] = []
        for second in [1, 2, 3, 8, 14, 15] {
            if rivals.heard(process("b"), at: UInt64(second) * Self.second) != nil {
                told.append(second)
            }
        }
        #expect(told == [1, 14])
    }

    @Test("the one heard last is there until it is silent for longer than a slot counts as live")
    func present() {
        var rivals = SlotRivals(own: "a")
        _ = rivals.heard(process("b"), at: 10 * Self.second)
        _ = rivals.heard(process("c"), at: 11 * Self.second)
        #expect(rivals.present(at: 16 * Self.second)?.id == "c")
        #expect(rivals.present(at: 16 * Self.second + 1) == nil)
        _ = rivals.heard(process("b"), at: 17 * Self.second)
        #expect(rivals.present(at: 17 * Self.second)?.id == "b")
    }

    @Test("a writer of many names is not kept in memory: the last ones are")
    func bounded() {
        var rivals = SlotRivals(own: "a")
        for number in 0..<1_000 { _ = rivals.heard(process("p\(number)"), at: Self.second) }
        // Of the sixteen kept it is no news, of one before them it is.
        let kept = rivals.heard(process("p990"), at: Self.second)
        let forgotten = rivals.heard(process("p5"), at: Self.second)
        #expect(kept == nil)
        #expect(forgotten?.id == "p5")
    }
}
