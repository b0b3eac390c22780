import Serving
import Testing

@Suite("the time of a transaction's end")
struct TransactionDeadlineTests {
    @Test("without a stop it is the transaction's own")
    func own() {
        var time = TransactionDeadline(expiresAt: 100)
        #expect(!time.passes(at: 99))
        #expect(time.passes(at: 100))
        var endless = TransactionDeadline(expiresAt: nil)
        #expect(!endless.passes(at: .max - 1))
    }

    @Test("a stop shortens it and never lengthens it")
    func stop() {
        var time = TransactionDeadline(expiresAt: 100)
        time.noLater(than: 50)
        time.noLater(than: 70)
        #expect(!time.passes(at: 49))
        #expect(time.passes(at: 50))
    }

    @Test("taking back has a time of its own, which a stop does not shorten")
    func takingBack() {
        var time = TransactionDeadline(expiresAt: 100)
        #expect(time.passes(at: 100))
        time.noLater(than: 101)
        let end = 100 + TransactionDeadline.takingBackNs
        #expect(!time.passes(at: end - 1))
        #expect(time.passes(at: end))
        #expect(!time.passes(at: end + TransactionDeadline.takingBackNs - 1))
    }
}
