import Judge
import Lifecycle
import Testing

/// A replay that is kept with a version, and plans that require one.
@Suite("Recorded replays")
struct RecordedReplayTests {
    private static let day: Int64 = 86_400_000
    private static let from: Int64 = 1_764_000_000_000

    private static func recorded(
        _ verdict: CanaryJudge.Verdict, days: Int64 = 7
    ) -> [String: String] {
        let replay = RecordedReplay(
            verdict: verdict, fromMs: from, toMs: from + days * day, pairs: 12)
        return [RecordedReplay.tag(against: 7): replay.text]
    }

    private static func plan(_ json: String) throws -> RolloutPlan {
        try PlanReader.plan(
            JSONValue(parsing: Array(#"{"rollout": {"replay": \#(json)}}"#.utf8), act: "t"),
            name: "p")
    }

    private static func refusal(_ plan: RolloutPlan, _ tags: [String: String]) throws -> String? {
        let candidate = VersionReference(model: try ModelName("m"), version: 8)
        do throws(SwerveError) {
            try plan.check(replayIn: tags, of: candidate, against: 7, act: "starting")
            return nil
        } catch {
            #expect(error.remedy.contains("replay m@8 against 7 over"))
            return error.reason
        }
    }

    @Test("what is written reads back, and anything else is none")
    func text() {
        let replay = RecordedReplay(
            verdict: .pass, fromMs: Self.from, toMs: Self.from + 1, pairs: 41)
        #expect(RecordedReplay(replay.text) == replay)
        for text in [
            "", "pass", "passed 2026-11-22T00:00:00.000Z 2026-11-29T00:00:00.000Z 1",
            "pass 2026-11-29T00:00:00.000Z 2026-11-22T00:00:00.000Z 1",
            "pass 2026-11-22T00:00:00.000Z 2026-11-29T00:00:00.000Z -1",
            "pass 2026-11-22T00:00:00.000Z 2026-11-29T00:00:00.000Z 1 ",
        ] {
            #expect(RecordedReplay(text) == nil, "\(text)")
        }
    }

    @Test("a plan that requires a replay starts with one of these versions, as long and as good")
    func required() throws {
        let pass = try Self.plan(#"{"for": "7d"}"#)
        #expect(pass.replay?.ms == 7 * Self.day && pass.replay?.require == .pass)
        #expect(try RolloutPlan(pass.json, act: "t") == pass)
        #expect(try Self.refusal(pass, Self.recorded(.pass)) == nil)
        #expect(try Self.refusal(pass, [:])?.contains("none is recorded") == true)
        #expect(try Self.refusal(pass, Self.recorded(.pass, days: 6))?.contains("is of 6d") == true)
        #expect(try Self.refusal(pass, Self.recorded(.running))?.contains("says running") == true)
        let other = ["replay.against.6": Self.recorded(.pass)["replay.against.7"] ?? ""]
        #expect(try Self.refusal(pass, other)?.contains("none is recorded") == true)
        #expect(
            try Self.refusal(pass, ["replay.against.7": "good"])?.contains("none that a replay")
                == true)
        let lenient = try Self.plan(#"{"for": "7d", "require": "no-fail"}"#)
        #expect(try Self.refusal(lenient, Self.recorded(.running)) == nil)
        #expect(try Self.refusal(lenient, Self.recorded(.fail))?.contains("says fail") == true)
        #expect(try Self.refusal(.standard, [:]) == nil)
        #expect(RolloutPlan.standard.json["replay"] == nil)
        #expect(throws: SwerveError.self) { try Self.plan(#"{"require": "pass"}"#) }
    }
}
