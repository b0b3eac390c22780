package import Lifecycle

/// The judge's whole state, written with the rollout at each block's end and read at start.
///
/// What is read back goes on exactly as what was written. A state of another form, or one that no
/// judge writes, is refused: then the comparison begins anew, and no number is guessed.
extension CanaryJudge: TreeCodable {
    package var json: JSONValue {
        [
            "form": .int(Self.form), "settings": settings.json,
            "comparison": .string(comparison), "number": .count(number),
            "reversed": .bool(isReversed),
            "trials": .array(trials.map { $0.json }),
            "slots": .array(slotOrder.compactMap { slots[$0]?.json }),
            "block": .integer(block), "open": open.json,
            "feedback": lastFeedback?.json ?? .null, "verdict": .string(verdict.rawValue),
            "reason": .text(reason), "pairs": .int(pairs), "shed": .int(shed),
            "keyed": .int(keyed), "rebased": .int(rebased), "blocks": .int(blocks),
        ]
    }

    package init(_ json: JSONValue, act: String) throws(SwerveError) {
        let tree = try TreeReader(json, act: act)
        let form = try tree.integer("form", in: 0...Int64.max)
        guard form == Self.form else {
            throw tree.refusal(
                "a judge's state of form \(form), this one reads \(Self.form)",
                remedy: "begin the comparison anew")
        }
        try tree.allow(Self.keys)
        let settings = try JudgeSettings(try tree.object("settings"))
        let places: ClosedRange<Int64> = 1...StatusCount.largest
        self.init(
            settings, comparison: try tree.string("comparison", bytes: SlotCounts.nameBytes),
            number: Int(try tree.integer("number", in: places)),
            isReversed: try tree.flag("reversed"))
        let trials = try tree.objects("trials", atMost: JudgeSettings.guardsMax)
        guard trials.count == settings.guards.count else {
            throw tree.refusal("trials", "are \(trials.count), guards \(settings.guards.count)")
        }
        for (index, trial) in trials.enumerated() { try self.trials[index].take(trial) }
        for slot in try tree.objects("slots", atMost: Self.slotsMax) {
            let known = try HeardSlot(slot)
            guard slots.updateValue(known, forKey: known.last.slot) == nil else {
                throw slot.refusal("the slot \(known.last.slot) stands there twice")
            }
        }
        if tree.value("block") != nil {
            block = try tree.integer("block", in: -StatusCount.largest...StatusCount.largest)
        }
        open = try OpenBlock(try tree.object("open"))
        if tree.value("feedback") != nil {
            lastFeedback = try LabelFeedback(try tree.object("feedback"))
        }
        try takeVerdict(tree)
    }

    private mutating func takeVerdict(_ tree: TreeReader) throws(SwerveError) {
        verdict = try tree.word("verdict", Verdict.self)
        if tree.value("reason") != nil { reason = try tree.string("reason") }
        let failed = trials.filter { $0.failedAt != nil && $0.rule.isEnforced }.map(\.rule.name)
        let isSound = reason.map { verdict == .fail && failed.contains($0) } ?? failed.isEmpty
        guard isSound, (verdict == .fail) == (reason != nil) else {
            throw tree.refusal("verdict", "does not follow from the guards")
        }
        let counts = 0...Int64.max
        pairs = try tree.integer("pairs", in: counts)
        shed = try tree.integer("shed", in: counts)
        keyed = try tree.integer("keyed", in: counts)
        rebased = try tree.integer("rebased", in: counts)
        blocks = try tree.integer("blocks", in: 0...StatusCount.largest)
    }

    /// Of what is written here; another meaning of a field is another form.
    private static let form: Int64 = 1
    private static let keys = [
        "form", "settings", "comparison", "number", "reversed", "trials", "slots", "block", "open",
        "feedback", "verdict", "reason", "pairs", "shed", "keyed", "rebased", "blocks",
    ]
}

extension CanaryJudge.Trial {
    fileprivate var json: JSONValue {
        ["evidence": evidence.json, "failed_at": .integer(failedAt)]
    }

    fileprivate mutating func take(_ tree: TreeReader) throws(SwerveError) {
        try tree.allow(["evidence", "failed_at"])
        try evidence.take(try tree.object("evidence"))
        if tree.value("failed_at") != nil {
            failedAt = try tree.integer(
                "failed_at", in: -StatusCount.largest...StatusCount.largest)
        }
    }
}

extension Evidence {
    fileprivate var json: JSONValue {
        [
            "n": .list(counts.list), "has_cells": .bool(hasCells),
            "cell_excess": .list(cellExcess), "cell_records": .list(cellRecords),
            "cell_flips": .list(cellFlips),
            "scales": .array(
                scales.map { scale in
                    let half = scale.half.map { [$0.z, $0.n] } ?? []
                    return .list(
                        [Double(scale.groups), scale.zz, scale.zn, scale.nn, scale.n] + half)
                }),
        ]
    }

    /// Takes what was written of one of the same guard.
    fileprivate mutating func take(_ tree: TreeReader) throws(SwerveError) {
        try tree.allow(["n", "has_cells", "cell_excess", "cell_records", "cell_flips", "scales"])
        let n = try tree.numbers("n", count: 4, in: 0...TreeReader.largest)
        counts = Outcomes(n[0], n[1], n[2], n[3])
        hasCells = try tree.flag("has_cells")
        cellExcess = try tree.numbers("cell_excess", count: RecordCell.count)
        cellRecords = try tree.numbers(
            "cell_records", count: RecordCell.count, in: 0...TreeReader.largest)
        cellFlips = try tree.numbers(
            "cell_flips", count: RecordCell.count, in: 0...TreeReader.largest)
        let written = try tree.list("scales", atMost: Self.scaleCount)
        var scales: [Scale] = []
        var groups = StatusCount.largest
        for (index, value) in written.enumerated() {
            guard let scale = Scale(value), index == 0 || scale.groups == groups / 2 else {
                throw tree.refusal("scales", "are none that blocks can be joined to")
            }
            groups = Int64(scale.groups)
            scales.append(scale)
        }
        guard scales.count == Self.scaleCount else {
            throw tree.refusal("scales", "are \(scales.count) instead of \(Self.scaleCount)")
        }
        self.scales = scales
    }
}

extension Evidence.Scale {
    /// Nil for what no evidence writes: an odd number of groups leaves one that waits.
    fileprivate init?(_ json: JSONValue) {
        let numbers = json.array?.compactMap(\.double) ?? []
        guard numbers.count == json.array?.count, numbers.count == 5 || numbers.count == 7,
            numbers.allSatisfy({ $0.magnitude <= TreeReader.largest }),
            let groups = Int64(exactly: numbers[0]), StatusCount.isSensible(groups),
            groups.isMultiple(of: 2) == (numbers.count == 5), numbers[1] >= 0, numbers[3] >= 0,
            numbers[4] >= 0
        else { return nil }
        self.groups = Int(groups)
        zz = numbers[1]
        zn = numbers[2]
        nn = numbers[3]
        n = numbers[4]
        half = numbers.count == 7 ? Half(z: numbers[5], n: numbers[6]) : nil
    }
}
