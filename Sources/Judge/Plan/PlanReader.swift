package import Lifecycle

/// Reads a plan as people write it, from the tree that YAML or JSON was decoded to.
///
/// Below `rollout` stand `steps`, `bake`, `judge`, `blackouts`, `replay` and what follows a failure
/// (`on_fail`), no proof (`on_inconclusive`) and no records (`on_no_data`). What is not named is as
/// in `RolloutPlan.standard`.
///
/// Every refusal names the key by its path, and what to write instead.
package enum PlanReader {
    /// - Parameters:
    ///   - tree: the whole document, with its one key `rollout`.
    ///   - name: of the file, for errors.
    /// - Throws: `SwerveError.usage`.
    package static func plan(_ tree: JSONValue, name: String) throws(SwerveError) -> RolloutPlan {
        let document = try TreeReader(tree, act: "reading the plan \(name)", code: .usage)
        let inner = ["steps", "bake", "judge", "blackouts", "on_fail"]
        if let key = document.keys.first(where: inner.contains), !document.has("rollout") {
            throw document.refusal(key, "stands outside", remedy: "a plan stands below rollout:")
        }
        try document.allow(["rollout"])
        guard document.value("rollout") != nil else { throw saysNothing(document) }
        return try plan(try document.object("rollout"))
    }

    /// A file that was cut off, or never written, must not start a rollout that nobody described.
    private static func saysNothing(_ tree: TreeReader) -> SwerveError {
        tree.refusal("says nothing", remedy: "leave the plan away for the standard plan")
    }

    private static func plan(_ tree: TreeReader) throws(SwerveError) -> RolloutPlan {
        try tree.allow([
            "steps", "bake", "on_fail", "on_inconclusive", "on_no_data", "blackouts", "judge",
            "replay",
        ])
        guard !tree.keys.isEmpty else { throw saysNothing(tree) }
        try tree.refuseEmpty()
        var plan = RolloutPlan.standard
        if tree.value("steps") != nil {
            plan.steps = []
            for step in try tree.objects("steps", atMost: RolloutPlan.stepsMax) {
                plan.steps.append(try self.step(step))
            }
            guard !plan.steps.isEmpty else {
                throw tree.refusal(
                    "steps", "are none", remedy: "leave the key out for the standard steps")
            }
        }
        if tree.value("bake") != nil { plan.bake = try bake(try tree.object("bake")) }
        if tree.value("on_fail") != nil {
            plan.onFail = try tree.word("on_fail", RolloutPlan.OnFail.self)
        }
        if tree.value("on_inconclusive") != nil {
            plan.onInconclusive = try tree.word(
                "on_inconclusive", RolloutPlan.OnInconclusive.self)
        }
        if tree.value("on_no_data") != nil {
            plan.onNoData = try tree.word("on_no_data", RolloutPlan.OnNoData.self)
            guard plan.onNoData != .advance else {
                throw tree.refusal(
                    "on_no_data", "is advance: nothing goes forward without data",
                    remedy: "write hold or rollback")
            }
        }
        if tree.value("blackouts") != nil {
            plan.blackouts = try BlackoutReader.blackouts(
                tree.objects("blackouts", atMost: BlackoutReader.entriesMax), of: tree)
        }
        if tree.value("replay") != nil { plan.replay = try replay(try tree.object("replay")) }
        if tree.value("judge") != nil { try judge(try tree.object("judge"), &plan) }
        try refuse(plan, tree)
        return plan
    }

    /// Mode and share have no default; the rest is as in the first standard step of that mode.
    private static func step(_ tree: TreeReader) throws(SwerveError) -> RolloutPlan.Step {
        try tree.allow(["mode", "share", "min", "min_pairs", "max", "require", "gate"])
        try tree.refuseEmpty()
        let mode = try tree.word("mode", Candidate.Mode.self)
        var step = RolloutPlan.standard.steps[mode == .shadow ? 0 : 1]
        step.share = try tree.typedShare("share")
        if tree.value("min") != nil { step.minMs = try tree.duration("min") }
        if tree.value("min_pairs") != nil { step.minPairs = try tree.integer("min_pairs") }
        if tree.value("max") != nil { step.maxMs = try tree.duration("max") }
        if tree.value("require") != nil {
            step.require = try tree.word("require", RolloutPlan.Step.Requirement.self)
        }
        if tree.value("gate") != nil {
            step.gate = try tree.word("gate", RolloutPlan.Step.Gate.self)
        }
        guard step.minMs <= step.maxMs else {
            throw tree.refusal(
                "min is longer than max (\(PlanDuration.text(step.maxMs))): the step would never end "
                    + "well",
                remedy: "raise max")
        }
        return step
    }

    private static func replay(_ tree: TreeReader) throws(SwerveError) -> RolloutPlan.Replay {
        try tree.allow(["for", "require"])
        try tree.refuseEmpty()
        var replay = RolloutPlan.Replay(ms: try tree.duration("for"), require: .pass)
        if tree.value("require") != nil {
            replay.require = try tree.word("require", RolloutPlan.Step.Requirement.self)
        }
        return replay
    }

    private static func bake(_ tree: TreeReader) throws(SwerveError) -> RolloutPlan.Bake {
        try tree.allow(["share", "for", "max"])
        try tree.refuseEmpty()
        var bake = RolloutPlan.standard.bake
        if tree.value("share") != nil { bake.share = try tree.typedShare("share") }
        if tree.value("for") != nil { bake.ms = try tree.duration("for") }
        if tree.value("max") != nil { bake.maxMs = try tree.duration("max") }
        guard bake.ms <= bake.maxMs else {
            throw tree.refusal(
                "for is longer than max (\(PlanDuration.text(bake.maxMs))): the bake would never be "
                    + "watched to its end",
                remedy: "raise max")
        }
        return bake
    }

    private static func judge(
        _ tree: TreeReader, _ plan: inout RolloutPlan
    ) throws(SwerveError) {
        try tree.allow(["alpha", "beta", "fail_after", "pass_after", "guards"])
        try tree.refuseEmpty()
        let levels = JudgeSettings.levels
        if tree.value("alpha") != nil { plan.judge.alpha = try tree.number("alpha", in: levels) }
        if tree.value("beta") != nil { plan.judge.beta = try tree.number("beta", in: levels) }
        if tree.value("fail_after") != nil {
            plan.judge.failBlocks = blocks(try tree.duration("fail_after"))
        }
        if tree.value("pass_after") != nil {
            plan.judge.passBlocks = blocks(try tree.duration("pass_after"))
        }
        guard tree.value("guards") != nil else { return }
        let guards = try tree.object("guards")
        try guards.allow(Guard.defaults.map(\.name))
        try guards.refuseEmpty()
        for (index, rule) in plan.judge.guards.enumerated() where guards.value(rule.name) != nil {
            let changes = try guards.object(rule.name)
            plan.judge.guards[index] = try GuardReader.changed(rule, changes)
            if changes.value("abs") != nil { plan.namedAbs.insert(rule.name) }
        }
    }

    /// As many blocks as the duration fills, rounded up.
    private static func blocks(_ milliseconds: Int64) -> Int {
        Int((milliseconds + JudgeSettings.blockMs - 1) / JudgeSettings.blockMs)
    }

    /// What makes no sense as a whole.
    private static func refuse(_ plan: RolloutPlan, _ tree: TreeReader) throws(SwerveError) {
        guard plan.judge.guards.contains(where: \.isEnforced) else {
            throw tree.refusal(
                "judge.guards", "enforces none: nothing could roll the candidate back",
                remedy: "leave enforce: false out of one")
        }
        let needsPass = plan.steps.firstIndex { $0.require == .pass }
        if let needsPass, !plan.judge.guards.contains(where: \.isNeeded) {
            throw tree.refusal(
                "steps[\(needsPass + 1)]", "requires a pass, and no enforced guard is required",
                remedy: "leave required: false out of one, or write require: no-fail")
        }
    }
}

/// What a plan changes of a guard.
private enum GuardReader {
    static func changed(_ rule: Guard, _ tree: TreeReader) throws(SwerveError) -> Guard {
        let margins =
            switch rule.source {
            case .latency: ["ratio"]
            case .score: ["spreads"]
            case .alerts, .incidents, .errors, .normal, .attack: ["rel", "abs"]
            }
        try tree.allow(margins + ["enforce", "required"])
        try tree.refuseEmpty()
        var rule = rule
        if tree.value("rel") != nil { rule.rel = try margin("rel", tree) }
        if tree.value("abs") != nil { rule.abs = try margin("abs", tree) }
        if tree.value("spreads") != nil { rule.spreads = try margin("spreads", tree) }
        if tree.value("ratio") != nil {
            rule.ratio = try tree.number("ratio")
            guard rule.ratio > 0, rule.ratio <= Guard.marginMax else {
                throw tree.refusal(
                    "ratio", "is \(rule.ratio): times are compared by how many times longer",
                    remedy: "write one above 0, as 2")
            }
        }
        if tree.value("enforce") != nil { rule.isEnforced = try tree.flag("enforce") }
        if tree.value("required") != nil { rule.isRequired = try tree.flag("required") }
        if let refusal = Guard.refusal(of: rule.kind, rel: rule.rel, abs: rule.abs) {
            throw tree.refusal(refusal)
        }
        return rule
    }

    private static func margin(_ key: String, _ tree: TreeReader) throws(SwerveError) -> Double {
        let margin = try tree.number(key)
        guard margin >= 0 else { throw tree.refusal(key, "is \(margin): a margin is negative") }
        guard margin <= Guard.marginMax else {
            throw tree.refusal(key, "is \(margin), the limit is \(Guard.marginMax)")
        }
        return margin
    }
}
