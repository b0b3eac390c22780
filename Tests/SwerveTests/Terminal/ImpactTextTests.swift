import Lifecycle
import Testing

@testable import Verification
@testable import swerve

@Suite("What is told of what a version did")
struct ImpactTextTests {
    private func text(_ change: (inout ImpactReport) -> Void) throws -> ImpactText {
        var report = ImpactReport(.version(2))
        change(&report)
        let topics = StreamTopics(
            input: "in", output: "out", deadLetters: "dlq", control: "c", status: "s")
        return ImpactText(
            report: report,
            terms: AuditTerms(
                model: try ModelName("m"), group: "g", topics: topics, ledger: nil,
                delivery: .atLeastOnce), source: nil, book: EpochBook([]))
    }

    @Test("of a range in which it decided nothing that is said, in words and in the document")
    func empty() throws {
        let empty = try text { _ in }
        let note = "version 2 decided no record of the range, which may hold none"
        #expect(empty.lines.contains(note), "\(empty.lines)")
        #expect(empty.document["notes"] == [.string(note)])
        let some = try text { $0.counts.letters = ["not_json": 1] }
        #expect(some.document["notes"] == [])
    }

    @Test("corrections that this command did not write are counted and told")
    func deviating() throws {
        let text = try text { report in
            var counts = CorrectionCounts(topic: "c", isApplied: true)
            (counts.due, counts.written, counts.deviating) = (3, 3, 2)
            report.corrections = counts
            report.rescored = RescoreCounts()
        }
        let words = text.lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
        #expect(words.contains("2 of them over one that claims this version"), "\(words)")
        #expect(text.document["corrections"]?["deviating"] == 2)
    }
}
