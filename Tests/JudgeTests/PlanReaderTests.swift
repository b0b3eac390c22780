import Judge
import Lifecycle
import Testing

/// Plans as people write them, as the tree that YAML is decoded to.
@Suite("Plans")
struct PlanReaderTests {
    private static func plan(_ json: String) throws -> RolloutPlan {
        let tree = try JSONValue(parsing: Array(json.utf8), act: "decoding")
        return try PlanReader.plan(tree, name: "plan.yaml")
    }

    private static func refusal(_ json: String) -> SwerveError? {
        do {
            _ = try plan(json)
            return nil
        } catch {
            return error as? SwerveError
        }
    }

    /// The whole plan of the specification.
    private static let specified = """
        {"rollout": {
          "steps": [
            {"mode": "shadow", "share": "25%", "min": "30m", "min_pairs": 10000, "max": "24h",
             "require": "pass"},
            {"mode": "canary", "share": "1%", "min": "10m", "min_pairs": 500, "max": "6h",
             "require": "no-fail"},
            {"mode": "canary", "share": "5%", "min": "10m", "min_pairs": 2500, "max": "6h",
             "require": "no-fail"},
            {"mode": "canary", "share": "25%", "min": "20m", "min_pairs": 10000, "max": "6h",
             "require": "pass", "gate": "auto"}],
          "bake": {"share": "25%", "for": "30m", "max": "2h"},
          "on_fail": "rollback", "on_inconclusive": "hold", "on_no_data": "hold",
          "judge": {"alpha": 0.01, "beta": 0.05, "fail_after": "2m", "pass_after": "30m",
                    "guards": {"latency": {"ratio": 2}, "score": {"enforce": false}}}}}
        """

    @Test("the plan of the specification is the standard one")
    func standard() throws {
        #expect(try Self.plan(Self.specified) == .standard)
        #expect(RolloutPlan.standard.judge.level(comparison: 1) == 0.01 / 2 / 8)
    }

    @Test("a plan that says nothing starts nothing: it was cut off, or never written")
    func empty() {
        for json in ["{}", #"{"rollout": null}"#, #"{"rollout": {}}"#] {
            let error = Self.refusal(json)
            #expect(error?.code == .usage, "\(json)")
            #expect(error?.reason.hasSuffix("says nothing") == true, "\(json)")
            #expect(error?.remedy == "leave the plan away for the standard plan", "\(json)")
        }
    }

    @Test("blackouts that leave no minute of the week free are refused, and one that does is not")
    func wholeWeek() throws {
        for entries in [
            #"{}"#, #"{"days": "mon-sun"}"#, #"{"from": "08:00", "to": "08:00"}"#,
            #"{"days": "mon-thu"}, {"days": "thu-sun"}"#,
            #"{"from": "16:00", "to": "08:00"}, {"from": "07:00", "to": "16:00"}"#,
        ] {
            let error = Self.refusal(#"{"rollout": {"blackouts": [\#(entries)]}}"#)
            #expect(error?.reason.contains("blackouts cover the whole week") == true, "\(entries)")
        }
        let free = #"{"days": "mon-sat"}, {"days": "sun", "from": "00:01"}"#
        let plan = try Self.plan(#"{"rollout": {"blackouts": [\#(free)]}}"#)
        // Sunday 00:00.
        let sundayMs: Int64 = (3 * 1_440) * 60_000
        #expect(!plan.isBlackout(atMs: sundayMs) && plan.isBlackout(atMs: sundayMs + 60_000))
    }

    @Test("more blackouts than a registry keeps are refused before one is kept that it cannot read")
    func manyBlackouts() throws {
        func entries(_ count: Int) -> String {
            (0..<count).map { "{\"from\": \"0\($0 % 10):00\", \"to\": \"0\($0 % 10):30\"}" }
                .joined(separator: ", ")
        }
        let kept = try Self.plan(#"{"rollout": {"blackouts": [\#(entries(36))]}}"#)
        #expect(kept.blackouts.count == 252)
        #expect(try RolloutPlan(kept.json, act: "reading it back") == kept)
        let error = Self.refusal(#"{"rollout": {"blackouts": [\#(entries(37))]}}"#)
        #expect(error?.reason.contains("come to 259 parts of the week, the limit is 256") == true)
    }

    @Test("every part can be changed")
    func changed() throws {
        let plan = try Self.plan(
            """
            {"rollout": {
              "steps": [{"mode": "canary", "share": 0.5, "gate": "manual", "max": "1d"}],
              "bake": {"for": 0}, "on_fail": "freeze", "on_inconclusive": "advance",
              "on_no_data": "rollback",
              "judge": {"alpha": 0.02, "fail_after": "65s", "pass_after": "1h30m",
                        "guards": {"alerts-up": {"rel": 0.5, "abs": 1e-3},
                                   "missed-attacks": {"enforce": false},
                                   "score": {"spreads": 2, "enforce": true, "required": true}}}}}
            """)
        let step = try #require(plan.steps.first)
        #expect(plan.steps.count == 1 && step.share.tenThousandths == 5_000)
        #expect(step.gate == .manual && step.maxMs == 86_400_000 && step.minMs == 600_000)
        #expect(plan.bake.ms == 0 && plan.onFail == .freeze && plan.onInconclusive == .advance)
        #expect(plan.onNoData == .rollback && plan.namedAbs == ["alerts-up"])
        #expect(plan.judge.failBlocks == 7 && plan.judge.passBlocks == 540)
        #expect(plan.judge.alpha == 0.02 && plan.judge.beta == 0.05)
        let guards = plan.judge.guards
        #expect(guards.first { $0.name == "alerts-up" }?.rel == 0.5)
        #expect(guards.first { $0.name == "missed-attacks" }?.isEnforced == false)
        #expect(guards.first { $0.name == "score" }?.isNeeded == true)
        #expect(guards.filter(\.isEnforced).count == 8)
    }

    /// What a plan says below `rollout`, and what its refusal has to say.
    private static let refused: [(String, [String])] = [
        (#"{"stps": []}"#, ["unknown key 'rollout.stps'", "did you mean steps?"]),
        (#"{"steps": []}"#, ["rollout.steps are none"]),
        (#"{"steps": {}}"#, ["rollout.steps is no list"]),
        (#"{"steps": [{"mode": "canary"}]}"#, ["rollout.steps[1].share is missing"]),
        (#"{"steps": [{"share": "1%"}]}"#, ["rollout.steps[1].mode is missing"]),
        (#"{"steps": [{"mode": "canari", "share": "1%"}]}"#, ["'canari'", "did you mean canary?"]),
        (
            #"{"steps": [{"mode": "canary", "share": "1%", "min_pair": 5}]}"#,
            ["unknown key 'rollout.steps[1].min_pair'", "did you mean min_pairs?"]
        ),
        (#"{"steps": [{"mode": "canary", "share": 5}]}"#, ["ambiguous", "write 5%"]),
        (#"{"steps": [{"mode": "canary", "share": "0%"}]}"#, ["a share lies between"]),
        (#"{"steps": [{"mode": "canary", "share": "101%"}]}"#, ["a share lies between"]),
        (#"{"steps": [{"mode": "canary", "share": "1%", "min": 30}]}"#, ["no duration", "30m"]),
        (#"{"steps": [{"mode": "canary", "share": "1%", "min": "30"}]}"#, ["no duration"]),
        (#"{"steps": [{"mode": "canary", "share": "1%", "min": "1m1h"}]}"#, ["no duration"]),
        (#"{"steps": [{"mode": "canary", "share": "1%", "min": "-1m"}]}"#, ["no duration"]),
        (
            #"{"steps": [{"mode": "canary", "share": "1%", "max": "99999999999999999999d"}]}"#,
            ["no duration"]
        ),
        (#"{"steps": [{"mode": "canary", "share": "1%", "min": "7h"}]}"#, ["longer than max (6h)"]),
        (
            #"{"steps": [{"mode": "canary", "share": "1%", "min_pairs": -1}]}"#,
            ["min_pairs is -1"]
        ),
        (
            #"{"steps": [{"mode": "canary", "share": "1%", "require": "fail"}]}"#,
            ["'fail', not pass or no-fail"]
        ),
        (#"{"bake": {"for": "3h"}}"#, ["longer than max (2h)"]),
        (#"{"on_no_data": "advance"}"#, ["nothing goes forward without data"]),
        (#"{"on_fail": "hold"}"#, ["'hold', not rollback or freeze"]),
        (#"{"judge": {"alpha": 0}}"#, ["judge.alpha is 0"]),
        (#"{"judge": {"beta": 1}}"#, ["judge.beta is 1"]),
        (#"{"judge": {"gards": {}}}"#, ["did you mean guards?"]),
        (#"{"judge": {"guards": {"alert-up": {}}}}"#, ["did you mean alerts-up?"]),
        (#"{"judge": {"guards": {"latency": {"rel": 1}}}}"#, ["latency.rel"]),
        (#"{"judge": {"guards": {"latency": {"ratio": 0}}}}"#, ["ratio is 0"]),
        (#"{"judge": {"guards": {"latency": {"ratio": -1}}}}"#, ["ratio is -1"]),
        (#"{"judge": {"guards": {"errors": {"abs": -0.1}}}}"#, ["a margin is negative"]),
        (#"{"judge": {"guards": {"errors": {"rel": -0.1}}}}"#, ["a margin is negative"]),
        (#"{"judge": {"guards": {"score": {"spreads": -1}}}}"#, ["a margin is negative"]),
        (#"{"judge": {"guards": {"errors": {"abs": 1}}}}"#, ["no candidate could be worse"]),
        (
            #"{"judge": {"guards": {"alerts-down": {"rel": 0.9, "abs": 0.1}}}}"#,
            ["rel and abs come to 1.0", "no candidate could be worse"]
        ),
        (#"{"blackouts": [{"days": "fry"}]}"#, ["'fry', which is no day"]),
        (#"{"blackouts": [{"days": "mon", "from": "25:00"}]}"#, ["from is no time of the day"]),
        (#"{"blackouts": [{"days": "mon", "from": 960}]}"#, ["from is no time of the day"]),
        (#"{"blackouts": [{"days": "mon", "from": "24:00"}]}"#, ["from is the end of the day"]),
        (#"{"blackouts": [{"day": "mon"}]}"#, ["did you mean days?"]),
        (#"{"blackouts": [{"days": null}]}"#, ["blackouts[1].days says nothing"]),
        (#"{"steps": null}"#, ["steps says nothing", "leave the key out"]),
        (#"{"steps": [{"mode": "canary", "share": "1%", "max": null}]}"#, ["max says nothing"]),
        (#"{"judge": {"guards": null}}"#, ["judge.guards says nothing"]),
        (#"{"judge": {"guards": {"errors": null}}}"#, ["errors says nothing"]),
        (#"{"bake": null}"#, ["bake says nothing"]),
        (#"{"replay": {"for": "7d", "require": null}}"#, ["replay.require says nothing"]),
    ]

    @Test("what makes no sense is refused by its path, with what to write")
    func refusals() {
        for (plan, parts) in Self.refused {
            let error = Self.refusal(#"{"rollout": \#(plan)}"#)
            #expect(error?.code == .usage, "\(plan)")
            for part in parts {
                #expect(
                    error?.description.contains(part) == true,
                    "\(plan): \(error?.description ?? "")")
            }
        }
    }

    @Test("a plan without an enforced guard, or without a required one for its pass, is refused")
    func guards() throws {
        func all(_ change: String) -> String {
            Guard.defaults.map { "\"\($0.name)\": {\(change)}" }.joined(separator: ", ")
        }
        let none = #"{"rollout": {"judge": {"guards": {\#(all(#""enforce": false"#))}}}}"#
        #expect(Self.refusal(none)?.reason.contains("enforces none") == true)
        let optional = #""judge": {"guards": {\#(all(#""required": false"#))}}"#
        let error = Self.refusal("{\"rollout\": {\(optional)}}")
        #expect(error?.reason.contains("steps[1] requires a pass") == true)
        let steps = #""steps": [{"mode": "canary", "share": "1%"}]"#
        #expect(try Self.plan("{\"rollout\": {\(steps), \(optional)}}").steps.count == 1)
    }

    @Test("a plan that does not stand below its key is told where it stands")
    func outside() {
        let error = Self.refusal(#"{"steps": []}"#)
        #expect(error?.remedy == "a plan stands below rollout:")
        #expect(Self.refusal("[]")?.reason == "not an object")
        #expect(Self.refusal(#"{"rolout": {}}"#)?.remedy == "did you mean rollout?")
    }

    @Test("blackouts are minutes of the week in UTC; one that leads over midnight ends a day later")
    func blackouts() throws {
        let cases: [(String, [[Int]])] = [
            (#"{"days": "mon"}"#, [[0, 1_440]]),
            (#"{"days": "tue", "from": "16:08", "to": "16:12"}"#, [[2_408, 2_412]]),
            (#"{"days": "sun", "from": "16:00", "to": "08:00"}"#, [[9_600, 10_080], [0, 480]]),
            (#"{"days": "sat, sun"}"#, [[7_200, 8_640], [8_640, 10_080]]),
            (
                #"{"days": ["fri-sat"], "from": "22:00", "to": "24:00"}"#,
                [[7_080, 7_200], [8_520, 8_640]]
            ),
            (
                #"{"days": "sun-mon", "to": "01:00"}"#, [[0, 60], [8_640, 8_700]]
            ),
            (#"{"days": "wed", "from": "12:00", "to": "12:00"}"#, [[3_600, 5_040]]),
        ]
        for (text, minutes) in cases {
            let plan = try Self.plan(#"{"rollout": {"blackouts": [\#(text)]}}"#)
            #expect(plan.blackouts.map { [$0.first, $0.end] } == minutes, "\(text)")
        }
    }

    @Test("a time of the week is counted from Monday in UTC, also before 1970")
    func minutes() throws {
        for (text, minute) in [
            ("2026-11-30T00:00:00Z", 0), ("2026-11-29T23:59:59Z", 10_079),
            ("1970-01-01T00:00:00Z", 4_320), ("1969-12-31T23:59:59Z", 4_319),
            ("1969-12-29T00:00:00Z", 0), ("1969-12-28T23:59:59Z", 10_079),
        ] {
            let milliseconds = try #require(Timestamp.milliseconds(of: text))
            #expect(Blackout.minute(ofMs: milliseconds) == minute, "\(text)")
        }
    }

    @Test("durations are read by their units, and told in them")
    func durations() throws {
        for (text, milliseconds) in [
            ("0", 0), ("0s", 0), ("45s", 45_000), ("1h30m", 5_400_000), ("2d", 172_800_000),
            ("1d2h3m4s", 93_784_000),
        ] as [(String, Int64)] {
            let plan = try Self.plan(
                #"{"rollout": {"bake": {"for": "\#(text)", "max": "9d"}}}"#)
            #expect(plan.bake.ms == milliseconds, "\(text)")
        }
    }

    @Test("a plan is kept whole, and read back the same")
    func kept() throws {
        var plan = try Self.plan(Self.specified)
        plan.blackouts = [Blackout(first: 968, end: 972)].compactMap(\.self)
        plan.namedAbs = ["errors"]
        let text = plan.json.bytes
        let read = try RolloutPlan(
            try JSONValue(parsing: text, act: "reading"), act: "reading the plan")
        #expect(read == plan)
    }
}
