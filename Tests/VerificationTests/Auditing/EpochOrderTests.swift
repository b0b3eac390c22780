import Lifecycle
import Testing

@testable import Verification

/// An answer under an epoch that does not belong there is told, and those behind it are not.
@Suite("Auditing the order of epochs")
struct EpochOrderTests {
    @Test(
        "an epoch that nobody announced accuses its answer alone", arguments: [9, 0, -1] as [Int64])
    func unknown(epoch: Int64) throws {
        for windowRecords in [262_144, 12] {
            var fixture = try AuditFixture()
            fixture.terms.windowRecords = windowRecords
            fixture.answers[5].prediction.epoch = epoch
            #expect(fixture.found() == ["unknown_epoch 0@105"])
            // Its own answer beside it is compared as if it were the first.
            fixture.answers.insert(fixture.right(105), at: 6)
            #expect(fixture.found() == ["unknown_epoch 0@105", "doubled 0@105"])
        }
    }

    @Test("so does a letter under such an epoch")
    func unknownOfLetter() throws {
        var fixture = try AuditFixture()
        fixture.values[105] = AuditFixture.broken
        fixture.answers.removeAll { $0.prediction.offset == 105 }
        let right = fixture.letter(105)
        fixture.letters = [
            DeadLetter(
                source: right.source, key: right.key, value: right.value, code: right.code,
                epoch: 9)
        ]
        #expect(fixture.found() == ["unknown_epoch 0@105"])
    }

    @Test("one answer under a newer epoch, too early, is told by those behind it")
    func early() throws {
        var fixture = try AuditFixture()
        fixture.answers[3] = fixture.right(103, epoch: 3)
        #expect(fixture.found() == ["epoch_went_back 0@103", "outside_ledger 0@103"])
        fixture = try AuditFixture()
        fixture.answers.insert(fixture.right(103, epoch: 3), at: 0)
        #expect(fixture.found() == ["epoch_went_back 0@103", "doubled 0@103"])
        fixture.terms.delivery = .exactlyOnce
        #expect(fixture.found() == ["epoch_went_back 0@103", "doubled 0@103"])
    }

    @Test("few under an older epoch, behind the first of a newer one, are wrong themselves")
    func fewBehind() throws {
        var fixture = try AuditFixture()
        for offset: Int64 in 121...124 {
            fixture.answers[Int(offset - 100)] = fixture.right(offset, epoch: 1)
        }
        #expect(fixture.found() == ["epoch_went_back 0@121-124", "outside_ledger 0@121-124"])
        // And where the newer one goes on no further.
        fixture = try AuditFixture()
        fixture.answers[38] = fixture.right(138)
        fixture.answers[39] = fixture.right(139, epoch: 2)
        #expect(fixture.found() == ["epoch_went_back 0@139", "outside_ledger 0@139"])
    }
}
