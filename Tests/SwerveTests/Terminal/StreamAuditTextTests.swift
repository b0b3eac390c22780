import Lifecycle
import Testing

@testable import Operations
@testable import Registry
@testable import Verification
@testable import swerve

@Suite("what an audit of a stream says")
struct StreamAuditTextTests {
    private func text(
        _ spans: [PartitionSpan], broken: Bool = false, sample: Int? = nil,
        _ change: (inout StreamAuditReport) -> Void = { _ in }
    ) throws -> StreamAuditText {
        var report = StreamAuditReport()
        report.spans = spans
        report.counts.records = 40
        report.counts.scored = 40
        change(&report)
        if broken { report.findings.note(.lost, at: StreamPlace(partition: 0, offset: 30)) }
        let topics = StreamTopics(
            input: "in", output: "out", deadLetters: "dlq", control: "c", status: "s")
        var terms = AuditTerms(
            model: try ModelName("m"), group: "g", topics: topics, ledger: nil,
            delivery: .atLeastOnce)
        if let sample { terms.sample = sample }
        return StreamAuditText(
            report: report, terms: terms,
            chain: AuditVerifyResult(place: "swerve.db", report: AuditReport(), topic: nil))
    }

    /// Partition 0 lost 20 records, partition 1 none.
    private func spans(from first: Int64 = 20, undated: Range<Int64>? = nil) -> [PartitionSpan] {
        [
            PartitionSpan(
                partition: 0, offsets: first..<40, kept: 20..<40, undated: undated),
            PartitionSpan(partition: 1, offsets: 0..<40, kept: 0..<40),
        ]
    }

    @Test("a range that begins at a time before all that is kept may have lost its beginning")
    func undated() throws {
        let cut = try text(spans(undated: 0..<20))
        #expect(cut.verdict == .undecided && cut.exitCode == ExitContract.undecided)
        let lines = cut.lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
        #expect(lines.contains("not decided: 20 gone before the first record that is kept"))
        #expect(lines.contains("a later --from, or none, leaves them out"))
        #expect(!lines.contains("every promise was kept"))
        let told = try #require(cut.document["undecided"]?.array?.last)
        #expect(told["kind"] == "gone_undated" && told["count"] == 20)
        #expect(
            told["places"]?.array == [["partition": 0, "first": 0, "last": 19]], "\(told)")
        #expect(try text(spans(undated: 0..<20), broken: true).verdict == .broken)
    }

    @Test("one that begins later, or at what is kept, is whole, and the remark tells what is gone")
    func whole() throws {
        let later = try text(spans(from: 25))
        #expect(later.verdict == .kept && later.document["undecided"] == [])
        let all = try text(spans())
        #expect(all.verdict == .kept && all.exitCode == ExitContract.done)
        let lines = all.lines.joined(separator: " ")
        #expect(lines.contains("20 offsets before the range are gone from the input"))
        #expect(lines.contains("every promise was kept"))
    }

    @Test("where retention has overtaken the group, what went before is told")
    func overtaken() throws {
        let gone = try text([
            PartitionSpan(
                partition: 0, offsets: 15..<15, kept: 40..<50, cut: 15..<40, committed: 15)
        ])
        #expect(gone.document["counts"]?["gone_before"] == 15)
        #expect(gone.lines.joined().contains("15 offsets before the range are gone"))
    }

    @Test("a promise with open doubts is open, and the others are kept")
    func open() throws {
        let place = StreamPlace(partition: 0, offset: 30)
        let cut = try text(spans()) { $0.findings.note(.cutAnswers, at: place) }
        #expect(cut.lines.contains("  open    every record was answered: not decided of all"))
        #expect(!cut.lines.contains { $0.hasPrefix("  kept    every record was answered") })
        #expect(
            cut.lines.contains(
                "  kept    every answer is a record's, on its partition, with its key and id"))
        // Whatever is doubted is doubted of a promise.
        for doubt in Doubt.allCases where doubt != .cutLedger && doubt != .noLedger {
            let lines = try text(spans()) { $0.findings.note(doubt, at: place) }.lines
            #expect(lines.contains { $0.hasPrefix("  open    ") }, "\(doubt)")
        }
        let undated = try text(spans(undated: 0..<20)).lines
        #expect(undated.contains { $0.hasPrefix("  open    every record was answered") })
    }

    @Test("scores that were not asked for are not called kept")
    func unchecked() throws {
        let none = try text(spans(), sample: 0) { $0.counts.scored = 0 }
        let scores = "  -       scores and labels are those of that version: "
        #expect(none.lines.contains(scores + "not checked (--sample 0)"))
        #expect(!none.lines.contains("every promise was kept"))
        #expect(none.lines.last?.contains("were not checked") == true)
        #expect(none.exitCode == ExitContract.done)
        let refused = try text(spans()) { $0.counts.scored = 0 }
        #expect(refused.lines.contains(scores + "no record was scored again"))
    }

    @Test("of a range without a record nothing is called kept, and what is broken is told")
    func empty() throws {
        let empty = try text(spans()) { $0.counts = AuditCounts() }
        #expect(empty.exitCode == ExitContract.undecided)
        #expect(empty.lines.contains("  -       nothing was looked at: the range holds no record"))
        // The chain is looked at whatever the range holds.
        #expect(empty.lines.filter { $0.hasPrefix("  kept    ") }.count == 1)
        let broken = try text(spans()) {
            $0.counts = AuditCounts()
            $0.findings.note(.unfounded, at: StreamPlace(partition: 0, offset: 30))
        }
        #expect(broken.lines.contains { $0.hasPrefix("  BROKEN  every answer is a record's") })
    }
}
