import Lifecycle
import Testing

@testable import Verification

/// A long ledger, and as many separate answers, are judged in n log n.
///
/// Whoever may write to the ledger or the output can make a partition's story as long as an audit
/// holds: 200,000 entries, 100,000 separate offsets. To look at all of one for each of the other
/// would take hours.
@Suite("Auditing one partition by a long ledger")
struct LedgerScaleTests {
    private static let entries: Int64 = 200_000

    private static func take(
        _ number: Int, epoch: Int64 = 1, first: Int64, last: Int64?
    ) -> LedgerBook.Take {
        LedgerBook.Take(
            taker: LedgerBook.Take.Taker(incarnation: "w\(number)", generation: 1), slot: "g/0",
            host: "here", pid: 1, epoch: epoch, first: first, last: last, atMs: 0,
            place: StreamPlace(partition: 0, offset: Int64(number)), order: number)
    }

    // MARK: - The same answers as looking at all of them

    @Test("who began behind a take, and how many took a record, are as by looking at all of them")
    func sameAsAll() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let takes = (0..<Int.random(in: 0...12, using: &random)).map { number in
                let first = Int64.random(in: 0...20, using: &random)
                let isEnded = Bool.random(using: &random)
                return Self.take(
                    number % 5 == 4 ? number - 1 : number, first: first,
                    last: isEnded ? first + Int64.random(in: 0...9, using: &random) : nil)
            }.enumerated().map { index, take in
                LedgerBook.Take(
                    taker: take.taker, slot: take.slot, host: take.host, pid: take.pid,
                    epoch: take.epoch, first: take.first, last: take.last, atMs: 0,
                    place: take.place, order: 2 * index)
            }
            let silent = (0..<Int.random(in: 0...2, using: &random)).map { number in
                LedgerBook.Assigned(
                    taker: LedgerBook.Take.Taker(incarnation: "s\(number)", generation: 1),
                    order: 2 * Int.random(in: 0...12, using: &random) + 1)
            }
            let starts = LedgerStarts(takes, silent: silent)
            for take in takes {
                #expect(starts.next(after: take) == Self.next(after: take, takes), "\(takes)")
            }
            let takers = starts.takers(reach: 3)
            for offset: Int64 in 0..<40 {
                let expected = Self.takers(of: offset, takes, silent, starts, reach: 3)
                #expect(takers[offset] == expected, "\(offset): \(takes), \(silent)")
            }
        }
    }

    private static func firsts(_ takes: [LedgerBook.Take]) -> [LedgerBook.Take] {
        takes.filter { take in takes.first { $0.taker == take.taker }?.order == take.order }
    }

    private static func next(
        after take: LedgerBook.Take, _ takes: [LedgerBook.Take]
    ) -> Int64? {
        firsts(takes).filter {
            $0.taker != take.taker && $0.first >= take.first && $0.order > take.order
        }.map(\.first).min()
    }

    private static func takers(
        of offset: Int64, _ takes: [LedgerBook.Take], _ silent: [LedgerBook.Assigned],
        _ starts: LedgerStarts, reach: Int64
    ) -> Int {
        let took = takes.filter { starts.reach(of: $0, beyond: reach).contains(offset) }
        let untold = silent.count { one in
            let before = firsts(takes).last { $0.order < one.order }?.first ?? 0
            let next = firsts(takes).first { $0.order > one.order }?.first
            return offset >= before && offset < (next.map { $0 + reach } ?? .max)
        }
        return Set(took.map(\.taker)).count + untold
    }

    @Test("a claim that is contradicted is found once, whoever else makes it")
    func claims() {
        // Two under epoch 2 over what was answered under 1, the second begun before the first ends.
        let takes = [
            Self.take(0, epoch: 1, first: 0, last: 9), Self.take(1, epoch: 2, first: 4, last: 8),
            Self.take(2, epoch: 2, first: 2, last: 6),
        ]
        var runs = EpochRuns()
        for offset: Int64 in 0..<12 { _ = runs.note(offset, offset < 10 ? 1 : 2) }
        let claims = LedgerClaims(takes, LedgerStarts(takes, silent: []))
        #expect(claims.contradicted(by: runs.runs) == [2..<9])
        #expect(claims.words(of: 7, answeredUnder: 1).contains("epoch 2"))
    }

    // MARK: - Long stories

    /// Every second record answered twice, each apart from the next; a worker for each record.
    @Test("200,000 workers and as many records answered again, alternating")
    func long() throws {
        let count = Self.entries
        var fixture = try AuditFixture()
        fixture.terms.sample = 0
        fixture.terms.uncommittedRecords = 1
        let span = PartitionSpan(
            partition: 0, offsets: 0..<count, kept: 0..<count, committed: count)
        var auditor = PartitionAuditor(
            fixture.terms, span: span, book: fixture.book, scoring: FakeEpochScoring())
        for offset in 0..<count {
            RecordBytes.with(key: nil) { auditor.fed(offset, $0) }
            // Some of them a third time.
            let times = offset % 40 == 20 ? 3 : offset % 2 == 0 ? 2 : 1
            for _ in 0..<times {
                RecordBytes.with(key: nil) { auditor.predicted(Self.answer(offset), $0) }
            }
        }
        auditor.finish(inputEnd: count)
        var ledger = LedgerBook(
            group: "g", model: "m", topic: "in", interest: [0: span.offsets])
        for number in 0..<count {
            // The newest began furthest back, and none has told its end.
            let first = (count - 1 - number) / 2 * 2
            for entry in fixture.took(1, first, nil, by: "w\(number)") {
                ledger.hear(entry, at: StreamPlace(partition: 0, offset: number), fixture.book)
            }
        }
        #expect(ledger[0].count == Int(count) && ledger.isWhole)
        var outcome = PartitionOutcome(auditor, cutAnswersBefore: nil)
        outcome.judge(fixture.terms, ledger: ledger)
        outcome.judgeMissing(fixture.terms)
        // A worker began at each of them, and many may have taken each.
        #expect(outcome.findings.broken == 0, "\(outcome.findings.breaches)")
        #expect(outcome.counts.repeated == count / 2 + count / 40)
    }

    @Test("counts of ranges, and the last in one, are as by looking at all offsets")
    func counted() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<100 {
            let ranges = OffsetSpans(
                (0..<Int.random(in: 0...6, using: &random)).map { _ in
                    let first = Int64.random(in: 0...30, using: &random)
                    return first..<first + Int64.random(in: 0...5, using: &random)
                }
            ).ranges
            let spans = CountedSpans(ranges)
            for first: Int64 in 0..<38 {
                for end in first..<39 {
                    let inside = (first..<end).filter { offset in
                        ranges.contains { $0.contains(offset) }
                    }
                    #expect(spans.count(in: first..<end) == Int64(inside.count))
                    #expect(spans.lastOffset(in: first..<end) == inside.last)
                }
            }
        }
    }

    @Test("20,000 groups that took all of 100,000 records answered again, alternating")
    func manyGroups() {
        let again = (0..<100_000).map { Int64(2 * $0)..<Int64(2 * $0 + 1) }
        let all = OffsetSpans([0..<200_000])
        let taken = Dictionary(uniqueKeysWithValues: (0..<20_000).map { ("group \($0)", all) })
        let others = OtherGroups(taken, within: 0..<200_000, again: again)
        #expect(others.spans == OffsetSpans([0..<199_999]))
        #expect(others.words?.contains("and 19997 more") == true)
    }

    @Test("200,000 claims of as many epochs over 100,000 runs, and each record is told once")
    func longClaims() throws {
        let count = Self.entries
        let takes = (0..<Int(count)).map { number in
            Self.take(number, epoch: Int64(number) + 10, first: count - Int64(number), last: count)
        }
        var runs = EpochRuns()
        for offset in 0..<count { _ = runs.note(offset, offset / 2 % 2 + 1) }
        #expect(runs.runs.count == Int(count) / 2 && runs.isWhole)
        let claims = LedgerClaims(takes, LedgerStarts(takes, silent: []))
        let found = claims.contradicted(by: runs.runs)
        #expect(found == [1..<count])
    }

    @Test("runs that find no room are told, and what stands behind them is of no run")
    func manyRuns() {
        var runs = EpochRuns()
        let count = Int64(EpochRuns.runsMax)
        for offset in 0..<count + 3 { _ = runs.note(offset, offset % 2 + 1) }
        #expect(runs.runs.count == Int(count) && !runs.isWhole && runs.left == 3)
        #expect(runs.runs.last?.last == count - 1)
    }

    private static func answer(_ offset: Int64) -> Verification.Prediction {
        Verification.Prediction(
            version: 1, epoch: 1, role: .stable, score: 0, label: nil, partition: 0,
            offset: offset, id: nil)
    }
}
