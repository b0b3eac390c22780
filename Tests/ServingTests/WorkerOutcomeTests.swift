import Lifecycle
import Serving
import Testing

@Suite("a worker's last word")
struct WorkerOutcomeTests {
    @Test("says why it ended, unless it was asked to stop or another process has its slot")
    func lastWords() {
        let error = SwerveError(
            .unavailable, act: "writing predictions", reason: "fenced", remedy: "look")
        let words: [(WorkerOutcome, StatusRecord.Ended?)] = [
            (.stopped, nil), (.superseded("slot g/0 is taken"), nil),
            (
                .deadLetterBound("600 of 1000"),
                .init(kind: "dead_letter_bound", reason: "600 of 1000")
            ),
            (.restart(error), .init(kind: "restart", reason: error.description)),
            (.refused(error), .init(kind: "refused", reason: error.description)),
        ]
        for (outcome, word) in words { #expect(outcome.lastWord == word) }
    }
}
