import Lifecycle
import Testing

@testable import Verification

/// What an audit concludes of all partitions, and how much of it strangers can make it keep.
@Suite("Concluding an audit")
struct StreamConclusionTests {
    private static func outcome(
        _ partition: Int32, missing: [Int64], strayed: [StreamPlace] = [], epoch: Int64 = 1
    ) throws -> PartitionOutcome {
        var fixture = try AuditFixture()
        fixture.terms.ledger = nil
        let span = PartitionSpan(
            partition: partition, offsets: 0..<10, kept: 0..<10, committed: 10)
        var auditor = PartitionAuditor(
            fixture.terms, span: span, book: fixture.book, scoring: FakeEpochScoring())
        for offset: Int64 in 0..<10 {
            let value = Array("value".utf8)
            RecordBytes.with(key: nil, value: value) { auditor.fed(offset, $0) }
            guard !missing.contains(offset) else { continue }
            let prediction = Verification.Prediction(
                version: 1, epoch: epoch, role: .stable, score: 15, label: Array("attack".utf8),
                partition: partition, offset: offset, id: Array("id-5".utf8))
            RecordBytes.with(key: nil) { auditor.predicted(prediction, $0) }
        }
        auditor.finish(inputEnd: 10)
        var outcome = PartitionOutcome(auditor, cutAnswersBefore: nil)
        outcome.strayed = strayed
        outcome.judge(fixture.terms, ledger: nil)
        return outcome
    }

    private static func concluded(_ outcomes: [PartitionOutcome]) throws -> StreamConclusion {
        let fixture = try AuditFixture()
        var conclusion = StreamConclusion(partitions: 3)
        for outcome in outcomes { conclusion.add(outcome) }
        conclusion.finish(fixture.terms)
        return conclusion
    }

    @Test("an answer on another partition is found, and its record is not called lost")
    func strayed() throws {
        let place = StreamPlace(partition: 1, offset: 4)
        let outcomes = try [
            Self.outcome(0, missing: []), Self.outcome(1, missing: [4, 7]),
            Self.outcome(2, missing: [], strayed: [place]),
        ]
        for order in [outcomes, outcomes.reversed()] {
            let found = try Self.concluded(order).findings
            #expect(found[.wrongPartition].places.map(\.text) == ["1@4"])
            #expect(found[.wrongPartition].words == "its answer stands on partition 2")
            #expect(found[.lost].places.map(\.text) == ["1@7"] && found.broken == 2)
        }
    }

    @Test("whichever partition is done first, the same places and words are kept")
    func order() throws {
        let outcomes = try [
            Self.outcome(0, missing: [1, 3]), Self.outcome(1, missing: [], epoch: 9),
            Self.outcome(2, missing: [5], epoch: 9),
        ]
        let one = try Self.concluded(outcomes).findings
        let other = try Self.concluded(outcomes.reversed()).findings
        #expect(one == other)
        #expect(one[.lost].places.map(\.text) == ["0@1", "0@3", "2@5"])
        #expect(one[.unknownEpoch].places.first?.text == "1@0-9")
    }

    @Test("more places than are kept: the lowest are, and all are counted")
    func manyPlaces() {
        var (one, other) = (FoundPlaces(), FoundPlaces())
        for offset in stride(from: Int64(0), to: 4_000, by: 2) {
            one.add(1, offset..<offset + 1, "one")
            other.add(0, offset..<offset + 1, "other")
        }
        one.merge(other)
        #expect(one.count == 4_000 && one.places.count == FoundPlaces.placesMax)
        #expect(one.places.allSatisfy { $0.partition == 0 } && one.words == "other")
    }

    @Test("versions and epochs that records make up have one count together beyond a thousand")
    func names() {
        var (one, other) = (NamedCounts<Int64>(), NamedCounts<Int64>())
        for name in 0..<Int64(5_000) {
            one.add(name)
            other.add(name + 10_000, 2)
        }
        one.add(3)
        one.merge(other)
        #expect(one.named.count == 1_000 && one[3] == 2 && one.sum == 15_001)
    }

    @Test("answers on other partitions are kept up to a bound, and counted beyond")
    func strays() {
        var strayed = StrayedAnswers()
        for offset in 0..<Int64(10_003) {
            strayed.note(StreamPlace(partition: 1, offset: offset))
        }
        var more = StrayedAnswers()
        more.note(StreamPlace(partition: 2, offset: 0))
        strayed.merge(more)
        #expect(strayed.places.count == 10_000 && strayed.left == 4)
    }
}
