import Lifecycle
import Testing

@testable import Verification
@testable import swerve

@Suite("What is told of a traced record")
struct TraceTextTests {
    private func text(_ change: (inout TracedRecord) -> Void) -> TraceText {
        var traced = TracedRecord(place: StreamPlace(partition: 3, offset: 42))
        change(&traced)
        var trace = JudgedTrace(traced: traced)
        trace.answers = traced.answers.map { JudgedTrace.Answer(answer: $0, epoch: nil) }
        trace.letters = traced.letters.map { JudgedTrace.Letter(letter: $0, epoch: nil) }
        return TraceText(trace, topic: "in", taken: [], shown: nil)
    }

    private static let prediction = TracedRecord.Answer(
        prediction: Prediction(
            version: 1, epoch: 2, role: .stable, score: 0.5, label: nil, partition: 3, offset: 42,
            id: nil), key: nil, at: StreamPlace(partition: 3, offset: 40), atMs: nil)

    @Test("a gap is told as one: nothing has to answer it")
    func gap() {
        let text = text { $0.absence = .gap }
        let words = text.lines.joined(separator: " ")
        #expect(words.contains("no record: the mark of a transaction"), "\(words)")
        #expect(words.contains("nothing answers it, and nothing has to"), "\(words)")
        #expect(!words.contains("no value") && !words.contains("stands on output"), "\(words)")
        let record = text.document["record"]
        #expect(record?["absence"] == "gap" && record?["kept"] == false)
    }

    @Test("somebody who answers a gap is told beside it")
    func forged() {
        let words = text {
            $0.absence = .gap
            $0.answers = [Self.prediction]
        }.lines.joined(separator: " ")
        #expect(words.contains("no record: ") && words.contains("prediction 3@40"), "\(words)")
        #expect(!words.contains("nothing answers it"), "\(words)")
    }

    @Test("what retention took is told apart from what was never answered")
    func gone() {
        let gone = text { $0.absence = .gone }
        #expect(gone.lines.contains("  gone: retention has taken the record from the input"))
        #expect(gone.lines.contains("no answer to it stands on output or dead letters"))
        #expect(gone.document["record"]?["absence"] == "gone")
        let open = text { $0.isKept = true }
        #expect(open.document["record"]?["absence"] == .null)
        #expect(open.lines.contains("no answer to it stands on output or dead letters"))
    }

    @Test("a dead letter of a record that is gone is told without a second opinion")
    func letter() {
        let text = text {
            $0.absence = .gone
            $0.letters = [
                TracedRecord.Letter(
                    letter: DeadLetter(
                        source: StreamPlace(partition: 3, offset: 42), key: [], value: [],
                        code: "not_json", epoch: 7), reason: "why",
                    at: StreamPlace(partition: 3, offset: 1), atMs: nil)
            ]
        }
        #expect(text.lines.contains("dead letter 3@1: not_json"))
        #expect(!text.lines.contains { $0.contains("no answer to it") })
    }

    @Test("in what a prediction differs from its record is said in words and in the document")
    func differences() {
        var traced = TracedRecord(place: StreamPlace(partition: 3, offset: 42))
        traced.isKept = true
        traced.answers = [Self.prediction]
        var trace = JudgedTrace(traced: traced)
        var answer = JudgedTrace.Answer(answer: Self.prediction, epoch: nil)
        answer.isKeyRight = false
        var expected = ExpectedScore(score: 0.5, label: Array("attack".utf8))
        expected.probabilities = [0.25]
        answer.opinion = .scored(expected, id: Array("r-1".utf8))
        trace.answers = [answer]
        let text = TraceText(trace, topic: "in", taken: [], shown: nil)
        let words = text.lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
        for part in [
            "the same score, computed here", "ANOTHER LABEL here: attack",
            "ANOTHER PROBABILITY here: 0.25", "which is r-1", "ANOTHER KEY than the record's",
        ] { #expect(words.contains(part), "\(words)") }
        let told = text.document["predictions"]?.array?.first
        #expect(told?["agrees"] == false)
        #expect(told?["differs"] == ["label", "probability", "id", "key"])
    }
}
