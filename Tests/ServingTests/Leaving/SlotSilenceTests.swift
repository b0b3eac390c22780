import Lifecycle
import Serving
import TestSupport
import Testing

@Suite("SlotSilence")
struct SlotSilenceTests {
    private var silence = SlotSilence(SlotID(group: "g", slot: 1))

    private mutating func hear(_ heard: HeardStatus, nowMs: Int64) {
        silence.hear(heard, nowMs: nowMs, wallMs: Heard.nowMs + nowMs)
    }

    private static func believed(
        _ number: Int64, id: String = "i", ageMs: Int64 = 100, isOld: Bool = false
    ) -> HeardStatus {
        var record = Heard.record(1, ageMs: ageMs)
        record.incarnation.id = id
        record.sequence = number
        var heard = isOld ? HeardStatus.old(record) : .fresh(record)
        heard.belief = .believed(by: "worker")
        return heard
    }

    private static func unheard(_ belief: HeartbeatTrust.Belief) -> HeardStatus {
        var heard = HeardStatus(slot: SlotID(group: "g", slot: 1), record: nil, isOld: false)
        heard.belief = belief
        return heard
    }

    @Test("a signed word is life where it is news and was said just now")
    mutating func signed() throws {
        silence.reachEnd(nowMs: 0)
        let word = Self.believed(8)
        hear(word, nowMs: 1)
        #expect(silence.verdict(nowMs: 2) == .live(try #require(word.record).incarnation))
    }

    @Test("a dead slot's signed words sent again are no life, and are named")
    mutating func sentAgain() {
        for (word, reason) in [
            (Self.believed(7), "it was said before"), (Self.believed(3), "others of its process"),
            (Self.believed(1, id: "j", ageMs: 5_000_000), "long before"),
            (Self.believed(9, ageMs: 60_000), "not said now"),
        ] {
            silence = SlotSilence(SlotID(group: "g", slot: 1))
            hear(Self.believed(7, isOld: true), nowMs: 0)
            silence.reachEnd(nowMs: 0)
            hear(word, nowMs: 5_000)
            #expect(silence.verdict(nowMs: 10_000) == nil)
            #expect(silence.doubt?.contains(reason) == true, "\(silence.doubt ?? "none")")
            #expect(silence.verdict(nowMs: 15_000) == .dead)
        }
    }

    @Test("a worker that does not sign is not dead while it speaks")
    mutating func unsigned() {
        silence.reachEnd(nowMs: 0)
        for second in 1...20 {
            hear(Self.unheard(.refused("it is not signed")), nowMs: Int64(second) * 1_000)
            #expect(silence.verdict(nowMs: Int64(second) * 1_000) == nil)
        }
        #expect(silence.doubt == "it is not signed")
    }

    @Test("a signed stop counts once, and for the process that it names")
    mutating func stops() throws {
        silence.reachEnd(nowMs: 0)
        let word = Self.believed(8)
        hear(word, nowMs: 1)
        hear(Self.unheard(.farewell(by: "worker", incarnation: "j")), nowMs: 2)
        #expect(silence.verdict(nowMs: 3) == .live(try #require(word.record).incarnation))
        hear(Self.unheard(.farewell(by: "worker", incarnation: "i")), nowMs: 1_000)
        hear(Self.unheard(.farewell(by: "worker", incarnation: "i")), nowMs: 9_000)
        #expect(silence.verdict(nowMs: 10_999) == nil)
        #expect(silence.verdict(nowMs: 11_000) == .dead)
    }

    @Test("a word of the slot, said while somebody listens, is its life, whatever the clocks say")
    mutating func live() {
        hear(.old(Heard.record(1)), nowMs: 0)
        hear(.fresh(Heard.record(0)), nowMs: 1)
        hear(.fresh(Heard.record(1, group: "h")), nowMs: 2)
        #expect(silence.verdict(nowMs: 3) == nil)
        let word = Heard.record(1, ageMs: 3_600_000)
        hear(.fresh(word), nowMs: 4)
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
        hear(.fresh(word), nowMs: 1)
        word.ended = .init(kind: "restart", reason: "fenced")
        hear(.fresh(word), nowMs: 2)
        #expect(silence.verdict(nowMs: 3) == nil)
        hear(.fresh(Heard.record(1)), nowMs: 4)
        hear(
            HeardStatus(slot: SlotID(group: "g", slot: 1), record: nil, isOld: false), nowMs: 5)
        #expect(silence.verdict(nowMs: 10_004) == nil)
        #expect(silence.verdict(nowMs: 10_005) == .dead)
    }

    @Test("a process that ended a moment ago may be starting again: its slot is not dead yet")
    mutating func restarting() {
        silence.reachEnd(nowMs: 0)
        var word = Heard.record(1)
        word.ended = .init(kind: "restart", reason: "fenced")
        hear(.fresh(word), nowMs: 9_900)
        #expect(silence.verdict(nowMs: 10_000) == nil)
        let next = Heard.record(1)
        hear(.fresh(next), nowMs: 12_000)
        #expect(silence.verdict(nowMs: 12_001) == .live(next.incarnation))
    }
}
