import Judge
import Lifecycle
import Testing

/// What a plan is held against where a rollout starts.
@Suite("Facts of a plan")
struct PlanFactsTests {
    private static func refusal(
        _ plan: RolloutPlan = .standard, rate: Double? = nil,
        stable: [String] = ["attack", "normal"],
        candidate: [String] = ["attack", "normal"]
    ) -> SwerveError? {
        let facts = PlanFacts(
            alertLabels: ["attack"], stableLabels: stable, candidateLabels: candidate,
            alertRate: rate)
        do throws(SwerveError) {
            try plan.check(facts, act: "starting a rollout of web@8")
            return nil
        } catch {
            return error
        }
    }

    @Test("abs of more than a fifth of the present alert rate is refused, with the figure")
    func absolute() throws {
        #expect(Self.refusal(rate: 0.01) == nil)
        #expect(Self.refusal(rate: 5e-4) == nil)
        let error = try #require(Self.refusal(rate: 4.9e-4))
        #expect(error.code == .refused)
        #expect(error.reason.contains("alerts-up allows 1.00 in 10,000 records on top"))
        #expect(error.reason.contains("present alerts, 4.90 in 10,000"))
        #expect(error.remedy.contains("at most 9.8e-05"), "\(error.remedy)")
        #expect(Self.refusal(rate: 0) != nil)
        // Nobody knows the rate: nothing is held against it.
        #expect(Self.refusal(rate: nil) == nil)
    }

    @Test("guards of labels may be required or stand alone, and what a start prints says so")
    func labelGuards() throws {
        #expect(RolloutPlan.standard.waitsForLabels == nil)
        var plan = RolloutPlan.standard
        for index in plan.judge.guards.indices where plan.judge.guards[index].source == .normal {
            plan.judge.guards[index].isRequired = true
        }
        #expect(Self.refusal(plan) == nil && plan.waitsForLabels?.name == "false-positives")
        let lines = plan.marginLines(alertRate: 0.1)
        #expect(
            lines.contains { $0.hasPrefix("false-positives") && $0.contains("waits for labels") })
        #expect(lines.contains { $0.hasPrefix("missed-attacks") && $0.contains("where there are") })
        plan = .standard
        for index in plan.judge.guards.indices where plan.judge.guards[index].source != .attack {
            plan.judge.guards[index].isEnforced = false
        }
        #expect(Self.refusal(plan) == nil && plan.waitsForLabels?.name == "missed-attacks")
    }

    @Test("unless the plan names abs itself, for each of the guards")
    func named() {
        var plan = RolloutPlan.standard
        plan.namedAbs = ["alerts-up"]
        #expect(Self.refusal(plan, rate: 1e-4)?.reason.contains("alerts-down") == true)
        plan.namedAbs = ["alerts-up", "alerts-down"]
        #expect(Self.refusal(plan, rate: 1e-4) == nil)
        plan.namedAbs = []
        for index in plan.judge.guards.indices where plan.judge.guards[index].source == .alerts {
            plan.judge.guards[index].isEnforced = false
        }
        #expect(Self.refusal(plan, rate: 1e-4) == nil)
    }

    @Test("a plan that counts alerts is refused where a version has no such label")
    func labels() throws {
        let error = try #require(Self.refusal(candidate: ["0", "1"]))
        #expect(error.reason.contains("the candidate has no label that is an alert ('attack')"))
        #expect(Self.refusal(stable: [])?.reason.contains("the stable version") == true)
        var plan = RolloutPlan.standard
        for index in plan.judge.guards.indices
        where [.alerts, .incidents].contains(plan.judge.guards[index].source) {
            plan.judge.guards[index].isEnforced = false
        }
        #expect(Self.refusal(plan, candidate: ["0", "1"]) == nil)
    }

    @Test("a step that may end before the judge has spoken is told, and no other")
    func unjudged() {
        var plan = RolloutPlan.standard
        plan.steps[1].minMs = 9_000
        #expect(!plan.marginLines(alertRate: 0.01).contains { $0.hasPrefix("step") })
        plan.steps[1].minPairs = 0
        plan.steps[2].minPairs = 0
        plan.steps[3].minPairs = 0
        plan.steps[3].minMs = 0
        // A pass is the judge's own word, and ten seconds are a block.
        plan.steps[2].minMs = 10_000
        #expect(
            plan.marginLines(alertRate: 0.01).filter { $0.hasPrefix("step") } == [
                "step 2 may end with nothing judged: the judge speaks every 10s, and it asks for less time and for no pairs; raise min or min_pairs"
            ])
    }

    @Test("what the margins come to at the present rate is told")
    func margins() {
        let lines = RolloutPlan.standard.marginLines(alertRate: 0.01)
        #expect(
            lines.contains(
                "alerts-up: at most 20 % more alerts, and 1.00 in 10,000 records; at present 100 in 10,000 alert, at most 121 may"
            ))
        #expect(
            lines.contains(
                "alerts-down: at most 50 % fewer alerts, and 1.00 in 10,000 records; at present 100 in 10,000 alert, at least 49.0 may"
            ))
        #expect(lines.contains("latency: at most 2 times as slow"))
        #expect(!lines.contains { $0.hasPrefix("score") })
    }

    @Test("steps that lead back are told, and those of the standard plan do not")
    func backward() throws {
        #expect(RolloutPlan.standard.backwardLines(behind: nil).isEmpty)
        var plan = RolloutPlan.standard
        var shadow = plan.steps[0]
        shadow.share = try Share("50%")
        plan.steps[3].share = try Share("2%")
        plan.steps.append(shadow)
        #expect(
            plan.backwardLines(behind: nil) == [
                "step 4 makes the canary smaller, from 5% to 2%",
                "step 5 goes back from a canary at 2% to a shadow at 50%: the candidate decides "
                    + "nothing any more there",
            ])
        func first(_ mode: Candidate.Mode, _ share: String) throws -> [String] {
            RolloutPlan.standard.backwardLines(
                behind: .init(version: 8, mode: mode, share: try Share(share)))
        }
        #expect(try first(.shadow, "25%").isEmpty)
        #expect(try first(.shadow, "1%").isEmpty)
        #expect(
            try first(.canary, "5%").first?.hasPrefix(
                "step 1 goes back from a canary at 5%, as the candidate runs now, to a shadow")
                == true)
    }
}
