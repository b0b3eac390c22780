import Lifecycle

/// A controller, event by event: a start, ticks, and words of people.
enum RolloutCase {
    static func outs(_ tree: TreeReader) throws(SwerveError) -> [JSONValue] {
        let plan = try RolloutPlan(try tree.required("plan"), act: "\(tree.act), the plan")
        let controller = RolloutController(plan)
        var state: RolloutState?
        var outs: [JSONValue] = []
        for event in try tree.objects("events", atMost: JudgeCase.stepsMax) {
            let input = try event.object("in")
            let name = try input.string("event")
            do throws(SwerveError) {
                let outcome = try step(controller, state, name, input)
                state = outcome.state
                outs.append([
                    "state": outcome.state.json, "action": outcome.action?.json ?? .null,
                ])
            } catch {
                guard error.code == .refused else { throw error }
                outs.append(["refused": .string(error.reason)])
            }
        }
        return outs
    }

    private static func step(
        _ controller: RolloutController, _ state: RolloutState?, _ name: String, _ input: TreeReader
    ) throws(SwerveError) -> RolloutController.Outcome {
        if name == "start" {
            return controller.start(
                over: try deployment(try input.object("deployment")),
                candidate: Int(try input.integer("candidate")))
        }
        guard let state else { throw input.refusal("event", "is '\(name)' before a start") }
        if name == "tick" {
            return controller.tick(
                state,
                nowMs: try input.integer(
                    "now_ms", in: -StatusCount.largest...StatusCount.largest),
                try deployment(try input.object("deployment")),
                try judged(try input.object("judged")))
        }
        guard let word = RolloutWord(rawValue: name) else {
            throw controller.refusal(ofUnknown: name, state)
        }
        return try controller.obey(word, state)
    }

    private static func deployment(_ tree: TreeReader) throws(SwerveError) -> RolloutDeployment {
        var deployment = RolloutDeployment(
            epoch: try tree.integer("epoch"), stable: Int(try tree.integer("stable")),
            settings: try tree.string("settings", bytes: Limits.controlRecordBytes))
        if tree.value("candidate") != nil {
            deployment.candidate = RolloutDeployment.Trial(
                version: Int(try tree.integer("candidate")),
                mode: try tree.word("mode", Candidate.Mode.self), share: try tree.share("share"))
        }
        if tree.value("salt_changed") != nil {
            deployment.isSaltChanged = try tree.flag("salt_changed")
        }
        return deployment
    }

    private static func judged(_ tree: TreeReader) throws(SwerveError) -> RolloutJudged {
        RolloutJudged(
            verdict: try tree.word("verdict", CanaryJudge.Verdict.self),
            pairs: try tree.integer("pairs"), isConverged: try tree.flag("converged"))
    }
}
