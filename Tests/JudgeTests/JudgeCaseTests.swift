import Judge
import Lifecycle
import Testing

/// Files of cases: what is hostile is told by its line, and ends nothing.
@Suite("Cases of the judge")
struct JudgeCaseTests {
    private static func answers(_ text: String) throws(SwerveError) -> [JSONValue] {
        var answers: [JSONValue] = []
        try JudgeCase.answer(lines: Array(text.utf8), name: "cases.jsonl") { answers.append($0) }
        return answers
    }

    private static func refusal(_ text: String) -> SwerveError? {
        do throws(SwerveError) {
            _ = try answers(text)
            return nil
        } catch {
            return error
        }
    }

    private static let engine = """
        {"test":"engine","name":"e","kind":"up","rel":0.2,"abs":0.0001,"cells":false,
        "alpha":0.01,"beta":0.05,"blocks":[{"in":[5,0,0,1]},{"in":[9,1,0,0],"out":{}}]}
        """.replacing("\n", with: "")
    private static let judge = """
        {"test":"judge","name":"j","config":{"comparison":"c"},"ticks":[{"now_ms":5,
        "slots":[{"slot":0,"incarnation":"i","comparison":"c","cells":[[0,4,1,0,0,0,0]],
        "shed":0,"keyed":4,"stable_log_us":[0,0],"candidate_log_us":[0,0],
        "score_difference":[0,0],"stable_score":[0,0,0]}]},{"now_ms":10005,"slots":[]}]}
        """.replacing("\n", with: "")
    private static let controller = """
        {"test":"controller","name":"c","plan":{"steps":[{"mode":"shadow","share":2500,
        "min_ms":1,"min_pairs":1,"max_ms":9,"require":"pass","gate":"auto"}],
        "bake":{"share":1,"ms":0,"max_ms":0},"on_fail":"rollback","on_inconclusive":"hold",
        "on_no_data":"hold","blackouts":[]},"events":[{"in":{"event":"start",
        "deployment":{"epoch":1,"stable":7,"candidate":null,"mode":null,"share":null,
        "settings":"s"},"candidate":8}},{"in":{"event":"resume"}},{"in":{"event":"bogus"}}]}
        """.replacing("\n", with: "")

    @Test("each kind is answered with its name and outcomes; empty lines are passed over")
    func answered() throws {
        let answers = try Self.answers("\(Self.engine)\n\n\(Self.judge)\n\(Self.controller)")
        #expect(answers.map { $0["name"]?.string } == ["e", "j", "c"])
        #expect(answers.map { $0["outs"]?.array?.count } == [1, 1, 3])
        #expect(answers[1]["outs"]?.array?[0]["pairs"] == 4)
        #expect(answers[2]["outs"]?.array?[1] == ["refused": "it is running"])
        #expect(answers[2]["outs"]?.array?[2] == ["refused": "unknown word bogus"])
    }

    private static let hostile: [(String, String)] = [
        ("x", "not JSON"), ("[]", "not an object"), ("{}", "name is missing"),
        (#"{"name":"a","test":"b"}"#, "'b', not engine, judge or controller"),
        (engine.replacing("\"up\"", with: "\"sideways\""), "kind is 'sideways'"),
        (engine.replacing("0.0001", with: "1"), "no candidate could be worse"),
        (engine.replacing("0.0001", with: "-1"), "abs is -1"),
        (engine.replacing("0.01,", with: "0,"), "alpha is 0"),
        (engine.replacing("[5,0,0,1]", with: "[5,0,0]"), "blocks[1].in has 3 entries instead of 4"),
        (engine.replacing("[5,0,0,1]", with: "[5,0,0,-1]"), "blocks[1].in"),
        (engine.replacing("\"cells\":false", with: "\"cells\":true"), "a row that is no cell"),
        (judge.replacing("[[0,4", with: "[[64,4"), "a row that is no cell"),
        (judge.replacing("[[0,4", with: "[[-1,4"), "a row that is no cell"),
        (judge.replacing("[[0,4", with: "[[0,9007199254740993"), "a row that is no cell"),
        (judge.replacing("\"now_ms\":5", with: "\"now_ms\":1e18"), "now_ms is"),
        (judge.replacing("\"now_ms\":5", with: "\"now_ms\":1.5"), "now_ms is no whole number"),
        (judge.replacing("\"c\"}", with: "\"c\",\"number\":0}"), "config.number is 0"),
        (judge.replacing("\"c\"}", with: "\"c\",\"alpha\":1}"), "config.alpha is 1"),
        (judge.replacing("\"c\"}", with: "\"c\",\"guard\":1}"), "did you mean guards?"),
        (judge.replacing("[0,0,0]}", with: "[0]}"), "stable_score is not [count, mean, squares]"),
        (controller.replacing("\"start\"", with: "\"tick\""), "is 'tick' before a start"),
        (controller.replacing("\"share\":2500", with: "\"share\":0"), "share is 0"),
        (controller.replacing("[{\"mode\"", with: "[],\"x\":[{\"mode\""), "unknown key 'x'"),
        (controller.replacing("\"epoch\":1", with: "\"epoch\":1e17"), "epoch is"),
    ]

    @Test("what is no case is told by its line, in one line")
    func refused() {
        for (line, part) in Self.hostile {
            let error = Self.refusal("\(Self.engine)\n\(line)\n\(Self.engine)")
            let text = error?.description ?? ""
            #expect(text.hasPrefix("reading line 2 of cases.jsonl"), "\(text)")
            #expect(text.contains(part), "\(part): \(text)")
            #expect(!text.contains("\n"))
        }
    }

    @Test("a slot's counts that no worker can have are passed over, and the case goes on")
    func insensible() throws {
        let nan = Self.judge.replacing(
            "\"stable_log_us\":[0,0]", with: "\"stable_log_us\":[5,1e300]")
        #expect(try Self.answers(nan)[0]["outs"]?.array?[0]["pairs"] == 0)
    }
}
