import Lifecycle
import TestSupport
import Testing

@testable import Kafka
@testable import Serving

/// What a worker takes from the words that bear its slot, where heartbeats are signed.
@Suite("Words of the own slot")
struct SlotWordsTests {
    private static let slot = SlotID(group: "g", slot: 0)
    private var words = SlotWords(slot, own: "own", trust: SignedWords.trust())

    private static func record(
        _ id: String, _ sequence: Int64 = 1, ageMs: Int64 = 100, isSigned: Bool = true
    ) throws -> TopicRecord {
        var status = Heard.record(0, of: 1, ageMs: ageMs)
        status.incarnation.id = id
        status.sequence = sequence
        let value = status.bytes
        let headers = try HeartbeatSigner(
            SignedWords.signer("worker"), topic: "status", slot: slot
        ).headers(of: value)
        return TopicRecord(
            topic: "status", partition: 0, offset: 0, key: Array(slot.description.utf8),
            value: value,
            headers: isSigned
                ? Dictionary(uniqueKeysWithValues: headers.map { ($0.name, $0.value) }) : [:],
            timestamp: .none)
    }

    /// Whether each word is another process's, and counts; nil for what is none's.
    private mutating func heard(_ records: [TopicRecord]) -> [Bool?] {
        records.map { words.other(in: $0, nowMs: Heard.nowMs)?.counts }
    }

    @Test("a rival that is not believed may be there all the same, and is not told")
    mutating func unbelieved() throws {
        let heard = heard([
            try Self.record("own"), try Self.record("rival"), try Self.record("rival"),
            try Self.record("rival", 2, isSigned: false),
            try Self.record("rival", 3, ageMs: -60_000), try Self.record("late", ageMs: 60_000),
        ])
        #expect(heard == [nil, true, false, false, false, false])
    }

    @Test("a worker that does not sign knows its own word by its id")
    mutating func ownUnsigned() throws {
        let rival = try Self.record("rival", isSigned: false)
        let heard = heard([rival, try Self.record("own", isSigned: false), rival])
        #expect(heard == [nil, nil, false])
    }

    @Test("what stands on a topic that was made anew is no rival's before the own word")
    mutating func madeAnew() throws {
        for isSigned in [true, false] {
            words = SlotWords(
                Self.slot, own: "own", trust: isSigned ? SignedWords.trust() : nil)
            var heard = heard([try Self.record("own")])
            words.beginAgain()
            heard += self.heard([
                try Self.record("before"), try Self.record("own", 2), try Self.record("rival"),
            ])
            #expect(heard == [nil, nil, nil, true])
        }
    }

    @Test("of a flood of words only so many are looked at in a second, and others go by")
    mutating func flood() throws {
        let rival = try Self.record("rival", isSigned: false)
        _ = heard([try Self.record("own")])
        let most = SlotWords.wordsPerSecond
        let heard = heard(Array(repeating: rival, count: most + 10))
        #expect(heard.prefix(most - 1).allSatisfy { $0 == false })
        #expect(heard.suffix(11).allSatisfy { $0 == nil })
        #expect(words.other(in: rival, nowMs: Heard.nowMs + 1_000) != nil)
        // A clock that was set back begins a second as well.
        #expect(words.other(in: rival, nowMs: Heard.nowMs - 5_000) != nil)
    }
}
