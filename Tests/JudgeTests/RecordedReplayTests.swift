import Judge
import Lifecycle
import Testing

/// A replay that is kept with a version, and plans that require one.
@Suite("Recorded replays")
struct RecordedReplayTests {
    private static let day: Int64 = 86_400_000
    private static let from: Int64 = 1_764_000_000_000

    private static func recorded(
        _ verdict: CanaryJudge.Verdict, days: Int64 = 7, pairs: Int64 = 12, hours: Int64? = nil
    ) -> [String: String] {
        let replay = RecordedReplay(
            verdict: verdict, fromMs: from, toMs: from + days * day, pairs: pairs,
            hours: hours ?? days * 24 + 1)
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
            let isFail = error.reason.hasSuffix("says fail")
            #expect(error.remedy.contains("replay m@8 against 7 over") != isFail)
            // What was recorded and decided nothing decides nothing the second time either.
            if error.reason.hasSuffix("says running") {
                #expect(error.remedy.contains("over a longer range than 7d"))
                #expect(error.remedy.hasSuffix("or write require: no-fail"))
            }
            return error.reason
        }
    }

    @Test("what is written reads back, and anything else is none")
    func text() {
        let replay = RecordedReplay(
            verdict: .pass, fromMs: Self.from, toMs: Self.from + 1, pairs: 41, hours: 1)
        #expect(RecordedReplay(replay.text) == replay)
        for text in [
            "", "pass", "passed 2026-11-22T00:00:00.000Z 2026-11-29T00:00:00.000Z 1 1",
            "pass 2026-11-29T00:00:00.000Z 2026-11-22T00:00:00.000Z 1 1",
            "pass 2026-11-22T00:00:00.000Z 2026-11-29T00:00:00.000Z -1 1",
            "pass 2026-11-22T00:00:00.000Z 2026-11-29T00:00:00.000Z 1 -1",
            "pass 2026-11-22T00:00:00.000Z 2026-11-29T00:00:00.000Z 1",
            "pass 2026-11-22T00:00:00.000Z 2026-11-29T00:00:00.000Z 1 1 ",
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

    @Test("a record or two with strange timestamps make no long replay")
    func covered() throws {
        let pass = try Self.plan(#"{"for": "7d"}"#)
        let none = Self.recorded(.pass, pairs: 0)
        #expect(try Self.refusal(pass, none)?.contains("no record has a score of both") == true)
        let two = RecordedReplay.hours(
            days: 2, hoursOfWeek: 1, fromMs: Self.from, toMs: Self.from + 7 * Self.day)
        #expect(two == 2)
        let faked = Self.recorded(.pass, hours: two)
        #expect(try Self.refusal(pass, faked)?.contains("records in 2 hours only") == true)
        #expect(try Self.refusal(pass, Self.recorded(.pass, hours: 152)) != nil)
        #expect(try Self.refusal(pass, Self.recorded(.pass, hours: 153)) == nil)
    }

    @Test("hours with records are bounded by the days and by the hours of the week that have some")
    func hours() throws {
        func hours(_ days: Int, _ hoursOfWeek: Int, over length: Int64) -> Int64 {
            RecordedReplay.hours(
                days: days, hoursOfWeek: hoursOfWeek, fromMs: Self.from,
                toMs: Self.from + length * Self.day)
        }
        #expect(hours(8, 168, over: 7) == 169)
        // A whole week, and a single record three weeks later.
        #expect(hours(8, 168, over: 28) == 192)
        // Quiet nights: a longer range has the hours that the plan asks for.
        #expect(hours(11, 112, over: 11) == 224)
        let nights = Self.recorded(.pass, days: 11, hours: 224)
        #expect(try Self.refusal(Self.plan(#"{"for": "7d"}"#), nights) == nil)
    }
}
