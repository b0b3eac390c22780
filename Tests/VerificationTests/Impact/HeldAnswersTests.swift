import Testing

@testable import Verification

@Suite("Answers and keys that an impact holds")
struct HeldAnswersTests {
    private static let megabyte = String(repeating: "x", count: 1 << 20)

    @Test("of answers of a megabyte each some are held, of small ones many, and taken makes room")
    func bounded() {
        var held = HeldAnswers()
        for _ in 0..<3 {
            var count = 0
            while !held.isFull {
                held.add(ImpactFixture.answer(Int64(count), id: Self.megabyte), isAgain: count > 0)
                count += 1
            }
            #expect((1...8).contains(count))
            let taken = held.take()
            #expect(taken.map(\.answer.prediction.offset) == (0..<Int64(count)).map(\.self))
            #expect(taken.map(\.isAgain) == (0..<count).map { $0 > 0 })
            #expect(!held.isFull && held.take().isEmpty)
        }
        for offset in 0..<HeldAnswers.countMax {
            #expect(!held.isFull)
            held.add(ImpactFixture.answer(Int64(offset)), isAgain: false)
        }
        #expect(held.isFull && held.take().count == HeldAnswers.countMax)
    }

    @Test("bytes of labels and keys of the output count as those of ids")
    func kinds() {
        for answer in [
            ImpactFixture.answer(0, label: Self.megabyte),
            ImpactFixture.answer(0, key: Array(Self.megabyte.utf8)),
        ] {
            var held = HeldAnswers()
            for _ in 0..<8 { held.add(answer, isAgain: false) }
            #expect(held.isFull)
        }
    }

    @Test("a key that finds no room keeps none from those behind it")
    func keys() {
        var room = KeyRoom()
        let large = [UInt8](repeating: 1, count: HeldAnswers.bytesMax - 10)
        #expect(room.keep(large) == .held(large))
        #expect(room.keep(large) == .left)
        #expect(room.keep(nil) == .held(nil) && room.keep([]) == .held([]))
        #expect(room.keep([1, 2, 3]) == .held([1, 2, 3]))
        #expect(room.keep([UInt8](repeating: 1, count: 8)) == .left)
        #expect(
            room.keep([UInt8](repeating: 1, count: 7)) == .held([UInt8](repeating: 1, count: 7)))
        #expect(room.keep([1]) == .left)
    }
}
