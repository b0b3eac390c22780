import Lifecycle
import Serving

/// What a replay of dead letters came to, for people and for programs.
struct ReplayReport {
    let counts: ReplayCounts
    let deployment: Deployment
    let model: ModelName
    /// Whose offsets are the progress.
    let group: String

    /// `model`, `epoch`, `group` (of the progress), `predictions`, `still_dead` (by reason),
    /// `crashed` (not scored, for want of `--crashed`), `stubs`, `others` (records that are no
    /// letters of the model for this input), `left_out_headers` (too large for their predictions),
    /// `not_replayable`: `count`, and the first `letters`,
    /// with `partition`, `offset` and `reason`.
    var document: JSONValue {
        [
            "model": .string(model.description), "epoch": .int(deployment.epoch),
            "group": .string(group),
            "predictions": .int(Int64(counts.predictions)),
            "still_dead": .object(counts.stillDead.mapValues { .int(Int64($0)) }),
            "crashed": .int(Int64(counts.crashed)), "stubs": .int(Int64(counts.stubs)),
            "others": .int(Int64(counts.others)),
            "left_out_headers": .int(Int64(counts.leftOutHeaders)),
            "not_replayable": [
                "count": .int(Int64(counts.unfitCount)),
                "letters": .array(
                    counts.unfit.map { letter in
                        [
                            "partition": .int(Int64(letter.partition)),
                            "offset": .int(letter.offset), "reason": .string(letter.reason),
                        ]
                    }),
            ],
        ]
    }

    var lines: [String] {
        var lines = [
            "\(Figures.counted(counts.predictions, "prediction")) under epoch \(deployment.epoch)"
        ]
        for (code, count) in counts.stillDead.sorted(by: { $0.key < $1.key }) {
            lines.append("\(count) still dead: \(code)")
        }
        if counts.crashed > 0 {
            lines.append(
                "\(counts.crashed) crashed_worker, not scored: they wait for a replay with "
                    + "--crashed")
        }
        if counts.stubs > 0 {
            lines.append(
                "\(Figures.counted(counts.stubs, "stub")), of records too large for the topic")
        }
        if counts.leftOutHeaders > 0 {
            let headers = Figures.counted(counts.leftOutHeaders, "header")
            lines.append("\(headers) too large for their predictions, not copied")
        }
        guard counts.unfitCount > 0 else { return lines }
        lines.append("\(counts.unfitCount) not replayable, passed over:")
        for letter in counts.unfit {
            lines += TextLayout.wrapped("  \(letter.partition):\(letter.offset) \(letter.reason)")
        }
        let unlisted = counts.unfitCount - counts.unfit.count
        return unlisted > 0 ? lines + ["  and \(unlisted) more"] : lines
    }
}
