package import Lifecycle

/// The plan as a registry keeps it, and as cases of acceptance have it: milliseconds, shares in
/// ten-thousandths, blackouts in minutes of the week.
extension RolloutPlan: TreeCodable {
    package var json: JSONValue {
        // What does not ask for a replay reads as before there were any.
        guard let replay else { return .object(fields) }
        return .object(
            fields.merging([
                "replay": ["ms": .int(replay.ms), "require": .string(replay.require.rawValue)]
            ]) { $1 })
    }

    private var fields: [String: JSONValue] {
        [
            "steps": .array(steps.map(\.json)),
            "bake": [
                "share": .count(bake.share.tenThousandths), "ms": .int(bake.ms),
                "max_ms": .int(bake.maxMs),
            ],
            "on_fail": .string(onFail.rawValue),
            "on_inconclusive": .string(onInconclusive.rawValue),
            "on_no_data": .string(onNoData.rawValue),
            "blackouts": .array(blackouts.map { .list([Int64($0.first), Int64($0.end)]) }),
            "judge": judge.json, "named_abs": .array(namedAbs.sorted().map { .string($0) }),
        ]
    }

    package init(_ json: JSONValue, act: String) throws(SwerveError) {
        let tree = try TreeReader(json, act: act)
        try tree.allow([
            "steps", "bake", "on_fail", "on_inconclusive", "on_no_data", "blackouts", "judge",
            "named_abs", "replay",
        ])
        if tree.value("replay") != nil {
            let replay = try tree.object("replay")
            try replay.allow(["ms", "require"])
            self.replay = Replay(
                ms: try replay.integer("ms", in: 0...Self.longestMs),
                require: try replay.word("require", Step.Requirement.self))
        }
        steps = []
        for step in try tree.objects("steps", atMost: Self.stepsMax) {
            steps.append(try Step(step))
        }
        guard !steps.isEmpty else { throw tree.refusal("steps", "are none") }
        let bake = try tree.object("bake")
        self.bake = Bake(
            share: try bake.share("share"), ms: try bake.integer("ms", in: 0...Self.longestMs),
            maxMs: try bake.integer("max_ms", in: 0...Self.longestMs))
        onFail = try tree.word("on_fail", OnFail.self)
        onInconclusive = try tree.word("on_inconclusive", OnInconclusive.self)
        onNoData = try tree.word("on_no_data", OnNoData.self)
        for value in try tree.list("blackouts", atMost: Self.blackoutsMax) {
            let ends = value.array?.compactMap(\.int) ?? []
            guard ends.count == 2, let blackout = Blackout(first: ends[0], end: ends[1]) else {
                throw tree.refusal("blackouts", "have one that is no part of a week in minutes")
            }
            blackouts.append(blackout)
        }
        if let judge = tree.value("judge") { self.judge = try JudgeSettings(judge, act: act) }
        if tree.has("named_abs") {
            for name in try tree.list("named_abs", atMost: JudgeSettings.guardsMax) {
                namedAbs.insert(name.string ?? "")
            }
        }
    }
}

extension RolloutPlan.Step {
    fileprivate var json: JSONValue {
        [
            "mode": .string(mode.rawValue), "share": .count(share.tenThousandths),
            "min_ms": .int(minMs), "min_pairs": .int(minPairs), "max_ms": .int(maxMs),
            "require": .string(require.rawValue), "gate": .string(gate.rawValue),
        ]
    }

    fileprivate init(_ tree: TreeReader) throws(SwerveError) {
        let range = 0...RolloutPlan.longestMs
        try tree.allow(["mode", "share", "min_ms", "min_pairs", "max_ms", "require", "gate"])
        mode = try tree.word("mode", Candidate.Mode.self)
        share = try tree.share("share")
        minMs = try tree.integer("min_ms", in: range)
        minPairs = try tree.integer("min_pairs")
        maxMs = try tree.integer("max_ms", in: range)
        require = try tree.word("require", Requirement.self)
        gate = try tree.word("gate", Gate.self)
    }
}

extension TreeReader {
    /// A share in ten-thousandths.
    func share(_ key: String) throws(SwerveError) -> Share {
        let share = try integer(key, in: 1...Int64(Share.denominator))
        return try Share(tenThousandths: Int(share))
    }
}
