import HubClient
import Lifecycle
import Testing
import Transfer

@Suite("what a hub refuses")
struct HubRefusalTests {
    private static func answer(_ status: Int, _ document: JSONValue?) -> WebAnswer {
        var answer = WebAnswer()
        answer.status = status
        answer.refusal = document?.bytes ?? Array("<html>".utf8)
        return answer
    }

    @Test("the hub's own error comes back as it was thrown, for every code")
    func whole() throws {
        let codes: [SwerveError.Code] = [
            .usage, .notFound, .invalid, .refused, .unchanged, .unavailable, .timedOut, .tooLarge,
            .system,
        ]
        for code in codes {
            let error = SwerveError(
                code, act: "promoting m@1", reason: "because", remedy: "do that",
                problem: Problem(.epochMoved, [.model: "m", .epoch: "3"]))
            let document: JSONValue = [
                "code": "x", "detail": "y", "error": try JSONValueEncoder.encode(error),
            ]
            #expect(HubRefusal.error(Self.answer(500, document), act: "asking") == error)
        }
    }

    @Test(
        "an answer without one is told by its status",
        arguments: [
            (400, SwerveError.Code.usage), (401, .refused), (403, .refused), (404, .notFound),
            (413, .tooLarge), (422, .invalid), (429, .unavailable), (503, .unavailable),
            (500, .system), (409, .refused),
        ])
    func byStatus(_ status: Int, _ code: SwerveError.Code) {
        let error = HubRefusal.error(
            Self.answer(status, ["detail": "too many requests at once"]), act: "asking")
        #expect(error.code == code && error.reason == "too many requests at once")
    }

    @Test("a line of text, as of a port that speaks HTTPS alone, is the reason; a page is none")
    func line() {
        var answer = WebAnswer()
        answer.status = 400
        answer.refusal = Array("This port speaks HTTPS: ask https://.\n".utf8)
        let error = HubRefusal.error(answer, act: "asking")
        #expect(error.code == .usage && error.reason == "This port speaks HTTPS: ask https://.")
        #expect(error.remedy.isEmpty)
        for text in ["<html>bad</html>", "one\ntwo\n", ""] {
            answer.refusal = Array(text.utf8)
            let other = HubRefusal.error(answer, act: "asking")
            #expect(other.reason.contains("400"), "\(other)")
        }
    }

    @Test("what is no answer of a hub is no reason either, and ends in one line")
    func others() {
        for document: JSONValue? in [nil, [], ["error": ["code": "nonsense"]], ["detail": 1]] {
            let error = HubRefusal.error(Self.answer(502, document), act: "asking")
            #expect(error.act == "asking" && error.code == .unavailable, "\(error)")
        }
        let long = String(repeating: "a\n", count: 9_000)
        let error = HubRefusal.error(Self.answer(409, ["detail": .string(long)]), act: "asking")
        #expect(error.reason.count < 3_000 && !error.description.contains("\n"))
    }
}
