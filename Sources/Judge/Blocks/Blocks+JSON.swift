package import Lifecycle

/// What a judge's state keeps of slots and of the open block.
extension HeardSlot {
    var json: JSONValue {
        [
            "group": .string(last.slot.group), "slot": .count(last.slot.slot),
            "incarnation": .string(last.incarnation), "comparison": .string(last.comparison),
            "cells": .list(last.cells?.numbers ?? []), "shed": .int(last.shed),
            "keyed": .int(last.keyed), "stable_log_micros": last.stableLogMicros.list,
            "candidate_log_micros": last.candidateLogMicros.list,
            "score_difference": last.scoreDifference.list, "stable_score": last.stableScore.list,
            "votes": .list(
                [votes.stableTime, votes.candidateTime, votes.scoreDifference]
                    .flatMap { [$0.count, $0.total] }),
        ]
    }

    init(_ tree: TreeReader) throws(SwerveError) {
        try tree.allow([
            "group", "slot", "incarnation", "comparison", "cells", "shed", "keyed",
            "stable_log_micros", "candidate_log_micros", "score_difference", "stable_score",
            "votes",
        ])
        let bytes = SlotCounts.nameBytes
        let numbers = try tree.integers(
            "cells", count: ComparisonCells.count)
        var last = SlotCounts(
            slot: SlotID(
                group: try tree.string("group", bytes: bytes), slot: Int(try tree.integer("slot"))),
            incarnation: try tree.string("incarnation", bytes: bytes),
            comparison: try tree.string("comparison", bytes: bytes),
            cells: CellCounts(numbers: numbers))
        last.shed = try tree.integer("shed")
        last.keyed = try tree.integer("keyed")
        last.stableLogMicros = try tree.moments("stable_log_micros")
        last.candidateLogMicros = try tree.moments("candidate_log_micros")
        last.scoreDifference = try tree.moments("score_difference")
        last.stableScore = try tree.moments("stable_score")
        guard last.isSensible else { throw tree.refusal("counts that no slot can have") }
        let votes = try tree.numbers("votes", count: 6)
        self.init(
            last: last,
            votes: Votes(
                stableTime: Sum(count: votes[0], total: votes[1]),
                candidateTime: Sum(count: votes[2], total: votes[3]),
                scoreDifference: Sum(count: votes[4], total: votes[5])))
    }
}

extension Moments {
    fileprivate var list: JSONValue { [.int(count), .double(mean), .double(squares)] }
}

extension TreeReader {
    /// `[count, mean, squares]`, or without the squares.
    func moments(_ key: String) throws(SwerveError) -> Moments {
        let list = try list(key, atMost: 3)
        guard list.count >= 2, let count = list[0].int, let mean = list[1].double,
            let squares = list.count == 2 ? 0 : list[2].double
        else { throw refusal(key, "is not [count, mean, squares]") }
        return Moments(count: Int64(count), mean: mean, squares: squares)
    }
}

extension OpenBlock {
    var json: JSONValue {
        [
            "cells": .list(cells.numbers), "normal": .list(normal.numbers),
            "attack": .list(attack.numbers),
        ]
    }

    init(_ tree: TreeReader) throws(SwerveError) {
        try tree.allow(["cells", "normal", "attack"])
        let range = 0...Int64.max
        let numbers = try tree.integers("cells", count: ComparisonCells.count, in: range)
        let normal = try tree.integers("normal", count: LabelCounts.count, in: range)
        let attack = try tree.integers("attack", count: LabelCounts.count, in: range)
        guard let cells = CellCounts(numbers: numbers), let normal = LabelCounts(sums: normal),
            let attack = LabelCounts(sums: attack)
        else { throw tree.refusal("no counts of a block") }
        self.init(cells: cells, normal: normal, attack: attack)
    }
}

extension LabelFeedback {
    /// As vectors and states have it.
    package var json: JSONValue {
        ["normal": .list(normal.numbers), "attack": .list(attack.numbers)]
    }

    init(_ tree: TreeReader) throws(SwerveError) {
        try tree.allow(["normal", "attack"])
        let normal = try tree.integers("normal", count: LabelCounts.count)
        let attack = try tree.integers("attack", count: LabelCounts.count)
        guard let normal = LabelCounts(normal), let attack = LabelCounts(attack) else {
            throw tree.refusal("more labels than can be counted")
        }
        self.init(normal: normal, attack: attack)
    }
}
