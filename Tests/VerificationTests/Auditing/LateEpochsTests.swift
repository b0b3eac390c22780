import Lifecycle
import Testing

@testable import Verification

/// A promotion while an audit starts is no lie of the ledger.
@Suite("Epochs that came while an audit went on")
struct LateEpochsTests {
    @Test("the registry is asked again once for each epoch")
    func once() throws {
        var asked = 0
        let late = LateEpochs { () throws(SwerveError) in
            asked += 1
            return EpochBook((try? [AuditFixture.epoch(4)]) ?? [])
        }
        for _ in 0..<3 {
            #expect(try late.epoch(4)?.deployment.epoch == 4)
            #expect(try late.epoch(5) == nil)
        }
        #expect(asked == 2 && late.found.count == 1)
        for epoch: Int64 in 10..<500 { _ = try late.epoch(epoch) }
        #expect(asked <= 100)
        #expect(try LateEpochs(nil).epoch(4) == nil)
    }

    @Test("an entry under an epoch that the registry has by now is right")
    func ledger() throws {
        var fixture = try AuditFixture()
        let before = fixture.book
        let fourth = try AuditFixture.epoch(4)
        fixture.book.learn(fourth)
        let entries = fixture.took(4, 140, nil)
        func broken(_ asking: (Int64) -> EpochBook.Epoch?) -> Int64 {
            var ledger = LedgerBook(group: "g", model: "m", topic: "in", interest: [0: 0..<200])
            for (place, entry) in entries.enumerated() {
                ledger.hear(
                    key: Array(entry.key.utf8), value: entry.bytes,
                    at: StreamPlace(partition: 0, offset: Int64(place)), before, asking: asking)
            }
            return ledger.findings.broken
        }
        #expect(broken { $0 == 4 ? fourth : nil } == 0)
        #expect(broken { _ in nil } == 1)
    }
}
