import Lifecycle
import Serving
import TestSupport
import Testing

@Suite("SlotSilence")
struct SlotSilenceTests {
    private var silence = SlotSilence(SlotID(group: "g", slot: 1))

    @Test("a word of the slot, said while somebody listens, is its life, whatever the clocks say")
    mutating func live() {
        silence.hear(.old(Heard.record(1)), nowMs: 0)
        silence.hear(.fresh(Heard.record(0)), nowMs: 1)
        silence.hear(.fresh(Heard.record(1, group: "h")), nowMs: 2)
        #expect(silence.verdict(nowMs: 3) == nil)
        let word = Heard.record(1, ageMs: 3_600_000)
        silence.hear(.fresh(word), nowMs: 4)
        #expect(silence.verdict(nowMs: 5) == .live(word.incarnation))
    }

    @Test("silence counts from the end of the topic on, for ten seconds")
    mutating func dead() {
        #expect(silence.verdict(nowMs: 1_000_000) == nil, "the topic was not read yet")
        silence.reachEnd(nowMs: 100)
        silence.reachEnd(nowMs: 5_000)
        #expect(silence.verdict(nowMs: 10_099) == nil)
        #expect(silence.verdict(nowMs: 10_100) == .dead)
    }

    @Test("last words are no life")
    mutating func ended() {
        silence.reachEnd(nowMs: 0)
        var word = Heard.record(1)
        silence.hear(.fresh(word), nowMs: 1)
        word.ended = .init(kind: "restart", reason: "fenced")
        silence.hear(.fresh(word), nowMs: 2)
        #expect(silence.verdict(nowMs: 3) == nil)
        silence.hear(.fresh(Heard.record(1)), nowMs: 4)
        silence.hear(
            HeardStatus(slot: SlotID(group: "g", slot: 1), record: nil, isOld: false), nowMs: 5)
        #expect(silence.verdict(nowMs: 10_004) == nil)
        #expect(silence.verdict(nowMs: 10_005) == .dead)
    }

    @Test("a process that ended a moment ago may be starting again: its slot is not dead yet")
    mutating func restarting() {
        silence.reachEnd(nowMs: 0)
        var word = Heard.record(1)
        word.ended = .init(kind: "restart", reason: "fenced")
        silence.hear(.fresh(word), nowMs: 9_900)
        #expect(silence.verdict(nowMs: 10_000) == nil)
        let next = Heard.record(1)
        silence.hear(.fresh(next), nowMs: 12_000)
        #expect(silence.verdict(nowMs: 12_001) == .live(next.incarnation))
    }
}
