import Inputs
import Kafka
import Lifecycle
import Testing

@testable import Verification

/// Each way in which a partition can break its word is found, where it is, and nothing else is.
@Suite("Auditing one partition")
struct PartitionAuditorTests {
    @Test("a partition without a fault has none", arguments: [true, false])
    func faultless(exactlyOnce: Bool) throws {
        let fixture = try AuditFixture(exactlyOnce ? .exactlyOnce : .atLeastOnce)
        let outcome = fixture.outcome()
        #expect(fixture.found() == [])
        #expect(outcome.counts.records == 40 && outcome.counts.predictions == 40)
        #expect(outcome.counts.scored == 40 && outcome.counts.keysCompared == 40)
        #expect(outcome.runs.runs.map(\.epoch) == [1, 2, 3])
        #expect(outcome.runs.runs.map(\.first) == [100, 110, 120])
        #expect(outcome.counts.byEpoch.named == [1: 10, 2: 10, 3: 20])
        // A canary at half has records of both versions.
        #expect(outcome.counts.byVersion[2] ?? 0 > 20)
    }

    @Test("lost: a record without an answer, behind the others too")
    func lost() throws {
        var fixture = try AuditFixture()
        fixture.answers.removeAll { [105, 106, 139].contains($0.prediction.offset) }
        #expect(fixture.found() == ["lost 0@105-106 0@139"])
    }

    @Test("not answered and not committed is open, and is told apart")
    func open() throws {
        var fixture = try AuditFixture()
        fixture.span = PartitionSpan(
            partition: 0, offsets: 100..<140, kept: 0..<140, committed: 130)
        fixture.answers.removeAll { [129, 130, 139].contains($0.prediction.offset) }
        #expect(fixture.found() == ["lost 0@129", "? open 0@130 0@139"])
        // Where nobody knows how far the group has come, what was answered says it.
        fixture.span = PartitionSpan(partition: 0, offsets: 100..<140, kept: 0..<140)
        #expect(fixture.found() == ["lost 0@129-130", "? open 0@139"])
    }

    @Test("records in front of what retention took away within one batch are told, and no gap is")
    func cutWithinBatch() throws {
        let fixture = try AuditFixture()
        var auditor = PartitionAuditor(
            fixture.terms, span: fixture.span, book: fixture.book, scoring: FakeEpochScoring())
        let batch = RecordBatch(capacity: 4)
        batch.take([100, 101, 110, 112].map { Self.kept($0) })
        PartitionWalk.feed(batch, 4, cut: 102..<110, RecordForm(InputSettings()), &auditor)
        #expect(auditor.counts.records == 4 && auditor.counts.read == 4)
        #expect(auditor.findings[.cutInput].places.map(\.text) == ["0@102-109"])
        #expect(auditor.counts.gaps == 1 && auditor.isTold(101) && !auditor.isTold(113))
        batch.release()
    }

    private static func kept(_ offset: Int64) -> KeptRecord {
        unsafe [UInt8](repeating: 1, count: 4).withUnsafeBufferPointer { bytes in
            unsafe KeptRecord(RecordView(value: bytes, key: bytes, partition: 0, offset: offset))
        }
    }

    @Test("double: a second answer that no kill explains, early or late")
    func double() throws {
        var fixture = try AuditFixture()
        fixture.answers.insert(fixture.right(105), at: 12)
        fixture.answers.append(fixture.right(125))
        #expect(fixture.found() == ["doubled 0@105 0@125"])
    }

    @Test("wrong version: one that epoch and bucket do not prescribe")
    func wrongVersion() throws {
        var fixture = try AuditFixture()
        // Its own score, so that only the decider is wrong.
        fixture.answers[25].prediction.version = 1
        fixture.answers[25].prediction.score -= 10
        #expect(fixture.outcome().findings[.wrongVersion].places.map(\.text) == ["0@125"])
        // Version 1 is none of epoch 3's, so nobody can say what it gives there.
        #expect(fixture.found() == ["wrong_version 0@125"])
        let role: Role = fixture.answers[12].prediction.role == .stable ? .canary : .stable
        fixture = try AuditFixture()
        fixture.answers[12].prediction.role = role
        #expect(fixture.found() == ["wrong_version 0@112"])
    }

    @Test("wrong score, wrong label, wrong id")
    func wrongScore() throws {
        var fixture = try AuditFixture()
        fixture.answers[3].prediction.score += 1e-6
        fixture.answers[4].prediction.label = Array("normal".utf8)
        fixture.answers[5].prediction.id = Array("another".utf8)
        fixture.answers[6].prediction.score = .nan
        #expect(
            fixture.found() == [
                "wrong_score 0@103 0@106", "wrong_label 0@104", "wrong_id 0@105",
            ])
    }

    @Test("swapped keys: each is another record's")
    func swappedKeys() throws {
        var fixture = try AuditFixture()
        let key = fixture.answers[1].key
        fixture.answers[1].key = fixture.answers[2].key
        fixture.answers[2].key = key
        #expect(fixture.found() == ["wrong_key 0@101-102"])
    }

    @Test("stale epoch: under an older one than a record before it")
    func staleEpoch() throws {
        var fixture = try AuditFixture()
        fixture.answers[30] = fixture.right(130, epoch: 1)
        #expect(fixture.found() == ["epoch_went_back 0@130", "outside_ledger 0@130"])
        fixture = try AuditFixture()
        fixture.answers[30].prediction.epoch = 8
        #expect(fixture.found() == ["unknown_epoch 0@130"])
    }

    @Test("records that came while it reads are no forgeries, and what is behind them is")
    func growing() throws {
        var fixture = try AuditFixture()
        fixture.answers += [145, 150].map { fixture.right($0) }
        fixture.inputEnd = 150
        #expect(fixture.found() == ["unfounded 0@150"])
        fixture.inputEnd = 151
        #expect(fixture.found().isEmpty)
    }

    @Test("forgeries behind the end that find no room are in doubt beside those that do")
    func manyBehind() throws {
        var fixture = try AuditFixture()
        fixture.terms.rangesMax = 2
        fixture.answers += [145, 150, 155].map { fixture.right($0) }
        #expect(fixture.found() == ["unfounded 0@145 0@150", "? bounded 0@100-139"])
        fixture.answers.removeLast(3)
        fixture.letters = [145, 150, 155].map { fixture.letter($0) }
        #expect(fixture.found() == ["wrong_letter 0@145 0@150", "? bounded 0@100-139"])
    }

    @Test(
        "every answer beyond the first counts, and its record is told once",
        arguments: [true, false])
    func manyTimes(exactlyOnce: Bool) throws {
        var fixture = try AuditFixture(exactlyOnce ? .exactlyOnce : .atLeastOnce)
        for (offset, more) in [(105, 2), (115, 3), (125, 5), (130, 1)] as [(Int64, Int)] {
            fixture.answers += (0..<more).map { _ in fixture.right(offset) }
        }
        #expect(fixture.found() == ["doubled 0@105 0@115 0@125 0@130"])
        #expect(fixture.outcome().findings[.doubled].count == 11)
        fixture.terms.ledger = nil
        fixture.terms.delivery = .atLeastOnce
        #expect(fixture.outcome().findings[.unplaced].count == 11)
    }

    @Test("forged: a prediction for a record that is not there")
    func forged() throws {
        var fixture = try AuditFixture()
        fixture.gaps = [107]
        fixture.answers.append(fixture.right(200))
        // The mark of a transaction has no answer; somebody gives it one.
        #expect(fixture.found() == ["unfounded 0@107 0@200"])
        fixture.terms.isCompacted = nil
        #expect(fixture.found() == ["? compacted 0@107", "unfounded 0@200"])
    }

    @Test("a dead letter is right where no score is, and wrong where one is")
    func letters() throws {
        var fixture = try AuditFixture()
        fixture.values[115] = AuditFixture.broken
        fixture.values[116] = .some(nil)
        fixture.answers.removeAll { [115, 116, 117].contains($0.prediction.offset) }
        fixture.letters = [fixture.letter(115), fixture.letter(116), fixture.letter(117)]
        #expect(fixture.found() == ["wrong_letter 0@117"])
        fixture.letters.removeLast()
        #expect(fixture.found() == ["lost 0@117"])
        // Scored later, as by a replay with another configuration: then it is no fault.
        fixture = try AuditFixture()
        fixture.terms.lettersReplayed = true
        fixture.letters = [fixture.letter(117)]
        #expect(fixture.found() == [])
        #expect(fixture.outcome().counts.replayed == 1)
    }

    @Test("without dead letters, what no version scores is not missed")
    func dropped() throws {
        var fixture = try AuditFixture()
        fixture.terms.dropsUnscorable = true
        fixture.values[115] = AuditFixture.broken
        fixture.answers.removeAll { [115, 117].contains($0.prediction.offset) }
        #expect(fixture.found() == ["lost 0@117"])
    }

    @Test("gone: what retention may have taken is in doubt, and not lost")
    func gone() throws {
        var fixture = try AuditFixture()
        fixture.answers.removeAll { $0.prediction.offset < 103 || $0.prediction.offset == 120 }
        fixture.cutAnswersBefore = 103
        #expect(fixture.found() == ["? answers_cut 0@100-102", "lost 0@120"])
        fixture = try AuditFixture()
        fixture.span = PartitionSpan(
            partition: 0, offsets: 100..<140, kept: 100..<140, cut: 90..<100, committed: 140)
        #expect(fixture.found() == ["? input_cut 0@90-99"])
    }

    @Test("a version without its files is in doubt, and a sample computes less")
    func sample() throws {
        var fixture = try AuditFixture()
        fixture.terms.sample = 0
        fixture.answers[3].prediction.score += 1
        #expect(fixture.found() == [] && fixture.outcome().counts.scored == 0)
        fixture.terms.sample = 4
        #expect((1...20).contains(fixture.outcome().counts.scored))
    }

    @Test("with a window of a few records, the same is found, and late answers are in doubt")
    func smallWindow() throws {
        var fixture = try AuditFixture()
        fixture.terms.windowRecords = 12
        #expect(fixture.found() == [])
        let late = fixture.answers.remove(at: 3)
        fixture.answers.append(late)
        fixture.answers.append(fixture.right(104))
        fixture.answers.removeAll { $0.prediction.offset == 106 }
        #expect(fixture.found() == ["lost 0@106", "doubled 0@104", "? late 0@103"])
    }

    @Test("with room for few bytes, what is not held is in doubt, and nothing is wrongly found")
    func fewBytes() throws {
        var fixture = try AuditFixture()
        fixture.terms.windowBytes = 250
        let late = fixture.answers.remove(at: 3)
        fixture.answers.insert(late, at: 30)
        #expect(fixture.found() == ["? late 0@103"])
    }
}
