package import Lifecycle

extension RolloutState: TreeCodable {
    package var json: JSONValue {
        [
            "phase": .string(phase.rawValue), "step": .count(step), "stable": .count(stable),
            "candidate": .count(candidate), "epoch": .int(epoch), "settings": .string(settings),
            "comparisons": .int(comparisons), "elapsed_ms": .int(elapsedMs),
            "wall_ms": .int(wallMs), "pairs_before": .int(pairsBefore), "pairs": .int(pairs),
            "last_ms": .integer(lastMs), "reason": .text(reason),
            "resume_to": .text(resumeTo?.rawValue), "acknowledged": .bool(isAcknowledged),
            "share": .count(share.tenThousandths), "mode": .string(mode.rawValue),
        ]
    }

    /// - Throws: `.invalid` for what no controller writes.
    package init(_ json: JSONValue, act: String) throws(SwerveError) {
        let tree = try TreeReader(json, act: act)
        try tree.allow(Self.keys)
        phase = try tree.word("phase", Phase.self)
        step = Int(try tree.integer("step", in: 0...Int64(RolloutPlan.stepsMax - 1)))
        stable = Int(try tree.integer("stable"))
        candidate = Int(try tree.integer("candidate"))
        epoch = try tree.integer("epoch")
        settings = try tree.string("settings", bytes: Limits.controlRecordBytes)
        comparisons = try tree.integer("comparisons", in: 1...StatusCount.largest)
        elapsedMs = try tree.integer("elapsed_ms", in: 0...Int64.max)
        wallMs = try tree.integer("wall_ms", in: 0...Int64.max)
        pairsBefore = try tree.integer("pairs_before", in: 0...Int64.max)
        pairs = try tree.integer("pairs", in: 0...Int64.max)
        if tree.value("last_ms") != nil {
            lastMs = try tree.integer("last_ms", in: Int64.min...Int64.max)
        }
        if tree.value("reason") != nil { reason = try tree.string("reason") }
        if tree.value("resume_to") != nil {
            let phase = try tree.word("resume_to", Phase.self)
            guard phase == .running || phase == .baking else {
                throw tree.refusal("resume_to", "is \(phase.rawValue), not running or baking")
            }
            resumeTo = phase
        }
        isAcknowledged = try tree.flag("acknowledged")
        share = try tree.share("share")
        mode = try tree.word("mode", Candidate.Mode.self)
    }

    private static let keys = [
        "phase", "step", "stable", "candidate", "epoch", "settings", "comparisons", "elapsed_ms",
        "wall_ms", "pairs_before", "pairs", "last_ms", "reason", "resume_to", "acknowledged",
        "share", "mode",
    ]
}

extension RolloutPlan {
    /// Whether a state can be one of this plan's: it names no step that is not there.
    package func fits(_ state: RolloutState) -> Bool { steps.indices.contains(state.step) }
}
