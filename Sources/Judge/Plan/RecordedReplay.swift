package import Lifecycle

/// What a replay of two versions came to, as it is kept with the candidate: a tag of the version,
/// which the audit log covers.
///
/// `pass 2026-11-22T00:00:00.000Z 2026-11-29T00:00:00.000Z 41200000 169`
package struct RecordedReplay: Sendable, Equatable {
    package let verdict: CanaryJudge.Verdict
    /// Of the first and the last record, by their timestamps, in milliseconds since 1970.
    package let fromMs: Int64
    package let toMs: Int64
    /// Records that both versions had a score of.
    package let pairs: Int64
    /// Hours of the clock that had records, at most: a single record far from all others makes no
    /// long replay.
    package let hours: Int64

    package init(
        verdict: CanaryJudge.Verdict, fromMs: Int64, toMs: Int64, pairs: Int64, hours: Int64
    ) {
        self.verdict = verdict
        self.fromMs = fromMs
        self.toMs = toMs
        self.pairs = pairs
        self.hours = hours
    }

    /// How many hours between two moments had records, at most.
    ///
    /// - Parameters:
    ///   - days: how many days had records.
    ///   - hoursOfWeek: how many of the 168 hours of the week had records.
    package static func hours(
        days: Int, hoursOfWeek: Int, fromMs: Int64, toMs: Int64
    ) -> Int64 {
        let whole = clockHours(fromMs, toMs)
        let weeks = (whole + 167) / 168
        return min(whole, Int64(days) * 24, Int64(hoursOfWeek) * weeks)
    }

    /// The time of the range without its hours that had no records.
    package var coveredMs: Int64 {
        let empty = max(0, Self.clockHours(fromMs, toMs) - hours)
        return max(0, toMs - fromMs - empty * Self.hourMs)
    }

    /// Hours of the clock that a range touches.
    private static func clockHours(_ fromMs: Int64, _ toMs: Int64) -> Int64 {
        floorHour(toMs) - floorHour(fromMs) + 1
    }

    private static func floorHour(_ milliseconds: Int64) -> Int64 {
        let hour = milliseconds / hourMs
        return milliseconds % hourMs < 0 ? hour - 1 : hour
    }

    private static let hourMs: Int64 = 3_600_000

    /// The name of the tag for a replay against a version.
    package static func tag(against version: Int) -> String { "replay.against.\(version)" }

    package var text: String {
        "\(verdict.rawValue) \(Timestamp.text(ofMs: fromMs)) \(Timestamp.text(ofMs: toMs)) \(pairs) "
            + "\(hours)"
    }

    /// Nil for what no replay writes.
    package init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 5, let verdict = CanaryJudge.Verdict(rawValue: words[0]),
            let from = Timestamp.milliseconds(of: words[1]),
            let to = Timestamp.milliseconds(of: words[2]), from <= to,
            let pairs = Int64(words[3]), pairs >= 0, let hours = Int64(words[4]), hours >= 0
        else { return nil }
        self.init(verdict: verdict, fromMs: from, toMs: to, pairs: pairs, hours: hours)
    }
}

extension RolloutPlan {
    /// Refuses a start before what the plan requires was replayed.
    ///
    /// - Parameters:
    ///   - tags: of the candidate.
    ///   - candidate, stable: the two versions.
    /// - Throws: `SwerveError.refused`.
    package func check(
        replayIn tags: [String: String], of candidate: VersionReference, against stable: Int,
        act: String
    ) throws(SwerveError) {
        guard let replay else { return }
        let length = PlanDuration.text(replay.ms)
        let required = "the plan requires a replay of \(length) against version \(stable), and "
        let range =
            "over at least \(length) with records in nine of ten hours and record it"
        let again = "replay \(candidate) against \(stable) "
        var remedy = again + range + ", or leave replay out of the plan"
        let reason: String
        if let text = tags[RecordedReplay.tag(against: stable)] {
            if let found = RecordedReplay(text) {
                let rangeMs = found.toMs - found.fromMs
                if found.pairs == 0 {
                    reason = required + "in that which is recorded no record has a score of both"
                } else if rangeMs < replay.ms {
                    reason =
                        required + "that which is recorded is of \(PlanDuration.text(rangeMs))"
                } else if found.coveredMs < replay.ms / 10 * 9 {
                    reason =
                        required + "that which is recorded has records in \(found.hours) hours "
                        + "only, fewer than nine tenths of that"
                } else if found.verdict == .fail
                    || (replay.require == .pass && found.verdict != .pass)
                {
                    reason =
                        "the plan requires \(replay.require.rawValue) of a replay against version "
                        + "\(stable), and that which is recorded says \(found.verdict.rawValue)"
                    // The same range says the same again.
                    remedy =
                        found.verdict == .fail
                        ? "another candidate; or, where the difference is meant, leave replay out "
                            + "of the plan"
                        : again + "over a longer range than \(PlanDuration.text(rangeMs)), which "
                            + "has more records to decide by, and record it, or write require: "
                            + "no-fail"
                } else {
                    return
                }
            } else {
                reason =
                    "the tag \(RecordedReplay.tag(against: stable)) is none that a replay writes"
            }
        } else {
            reason = required + "none is recorded"
        }
        throw SwerveError(.refused, act: act, reason: reason, remedy: remedy)
    }
}
