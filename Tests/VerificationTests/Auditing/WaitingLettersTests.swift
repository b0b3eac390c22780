import Lifecycle
import Testing

@testable import Verification

@Suite("Dead letters that wait for their records")
struct WaitingLettersTests {
    private static func letter(_ offset: Int64, bytes: Int = 1) -> DeadLetter {
        DeadLetter(
            source: StreamPlace(partition: 0, offset: offset), key: [],
            value: [UInt8](repeating: 1, count: bytes), code: "not_json", epoch: 1)
    }

    private static func taken(
        _ waiting: inout WaitingLetters, before offset: Int64
    ) -> [Int64] {
        var found: [Int64] = []
        waiting.take(before: offset) { found.append($0.source.offset) }
        return found
    }

    @Test("each is handed over once, as soon as its record was read, in the order of their coming")
    func order() {
        var waiting = WaitingLetters(bytesMax: 10_000, rangesMax: 10)
        for offset: Int64 in [5, 3, 9, 5] { waiting.put(Self.letter(offset)) }
        #expect(Self.taken(&waiting, before: 3) == [])
        #expect(Self.taken(&waiting, before: 6) == [5, 3, 5])
        #expect(Self.taken(&waiting, before: 6) == [])
        #expect(Self.taken(&waiting, before: .max) == [9] && waiting.dropped.isEmpty)
    }

    @Test("few wait by their number and by their bytes")
    func few() {
        var waiting = WaitingLetters(bytesMax: 100_000, rangesMax: 10)
        for offset in 0..<63 { waiting.put(Self.letter(Int64(offset))) }
        #expect(waiting.isFew)
        waiting.put(Self.letter(63))
        #expect(!waiting.isFew)
        _ = Self.taken(&waiting, before: 60)
        #expect(waiting.isFew)
        waiting.put(Self.letter(70, bytes: 50_000))
        #expect(!waiting.isFew)
    }

    @Test("those furthest ahead are let go of where there is no room, and are remembered")
    func dropped() {
        var waiting = WaitingLetters(bytesMax: 10_000, rangesMax: 10)
        for offset: Int64 in [4, 2, 8, 8, 6] {
            waiting.put(Self.letter(offset, bytes: 2_000))
        }
        #expect(waiting.dropped.ranges == [6..<7, 8..<9] && waiting.dropped.isWhole)
        #expect(Self.taken(&waiting, before: .max) == [2, 4])
        waiting.put(Self.letter(1, bytes: 20_000))
        #expect(waiting.dropped.contains(1) && Self.taken(&waiting, before: .max) == [])
    }

    @Test("records whose letters were let go of are not missing, and others are")
    func outcome() throws {
        var fixture = try AuditFixture()
        fixture.answers.removeAll { [105, 106, 120].contains($0.prediction.offset) }
        func found(_ dropped: OffsetSet) -> (lost: [String], isDoubtful: Bool) {
            let outcome = fixture.outcome(droppedLetters: dropped)
            return (
                outcome.findings[.lost].places.map(\.text),
                outcome.findings[.bounded].count > 0
            )
        }
        #expect(found(OffsetSet()) == (["0@105-106", "0@120"], false))
        var dropped = OffsetSet(rangesMax: 1)
        dropped.add(106)
        #expect(found(dropped) == (["0@105", "0@120"], true))
        // Which others they were is not known.
        dropped.add(110)
        #expect(!dropped.isWhole && found(dropped) == ([], true))
    }
}
