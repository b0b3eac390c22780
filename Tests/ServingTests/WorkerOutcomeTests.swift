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
            (.left, nil),
            (.stalled("for 120 s"), .init(kind: "stalled", reason: "for 120 s")),
        ]
        for (outcome, word) in words { #expect(outcome.lastWord == word) }
    }

    @Test("an error ends the worker for good where somebody has to mend it, else for a new start")
    func errors() {
        for code in [
            SwerveError.Code.usage, .invalid, .notFound, .refused, .unchanged, .unavailable,
            .timedOut, .tooLarge, .system,
        ] {
            let error = SwerveError(code, act: "a", reason: "r")
            let isFinal = [.usage, .notFound, .refused].contains(code)
            #expect(WorkerOutcome(error) == (isFinal ? .refused(error) : .restart(error)))
        }
    }
}
