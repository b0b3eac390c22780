import Serving
import Testing

@Suite("the time of a transaction's end")
struct TransactionDeadlineTests {
    private var time = TransactionDeadline(expiresAt: 100)

    @Test("without a stop it is the transaction's own")
    mutating func own() {
        expect(passesFirstAt: 100)
    }

    @Test("one without records has no time")
    mutating func endless() {
        time = TransactionDeadline(expiresAt: nil)
        let passes = time.passes(at: .max - 1)
        #expect(!passes)
    }

    @Test("a stop shortens it and never lengthens it")
    mutating func stop() {
        time.noLater(than: 50)
        time.noLater(than: 70)
        expect(passesFirstAt: 50)
    }

    @Test("taking back has a time of its own, which a stop does not shorten")
    mutating func takingBack() {
        expect(passesFirstAt: 100)
        time.noLater(than: 101)
        let end = 100 + TransactionDeadline.takingBackNs
        expect(passesFirstAt: end)
        expect(passesFirstAt: end + TransactionDeadline.takingBackNs)
    }

    private mutating func expect(passesFirstAt moment: UInt64) {
        let before = time.passes(at: moment - 1)
        let then = time.passes(at: moment)
        #expect(!before && then)
    }
}
