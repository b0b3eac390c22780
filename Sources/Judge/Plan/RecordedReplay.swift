package import Lifecycle

/// What a replay of two versions came to, as it is kept with the candidate: a tag of the version,
/// which the audit log covers.
///
/// `pass 2026-11-22T00:00:00.000Z 2026-11-29T00:00:00.000Z 41200000`
package struct RecordedReplay: Sendable, Equatable {
    package let verdict: CanaryJudge.Verdict
    /// Of the first and the last record, by their timestamps, in milliseconds since 1970.
    package let fromMs: Int64
    package let toMs: Int64
    /// Records that both versions had a score of.
    package let pairs: Int64

    package init(verdict: CanaryJudge.Verdict, fromMs: Int64, toMs: Int64, pairs: Int64) {
        self.verdict = verdict
        self.fromMs = fromMs
        self.toMs = toMs
        self.pairs = pairs
    }

    /// The name of the tag for a replay against a version.
    package static func tag(against version: Int) -> String { "replay.against.\(version)" }

    package var text: String {
        "\(verdict.rawValue) \(Timestamp.text(ofMs: fromMs)) \(Timestamp.text(ofMs: toMs)) \(pairs)"
    }

    /// Nil for what no replay writes.
    package init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 4, let verdict = CanaryJudge.Verdict(rawValue: words[0]),
            let from = Timestamp.milliseconds(of: words[1]),
            let to = Timestamp.milliseconds(of: words[2]), from <= to,
            let pairs = Int64(words[3]), pairs >= 0
        else { return nil }
        self.init(verdict: verdict, fromMs: from, toMs: to, pairs: pairs)
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
        let reason: String
        if let text = tags[RecordedReplay.tag(against: stable)] {
            if let found = RecordedReplay(text) {
                if found.toMs - found.fromMs < replay.ms {
                    reason =
                        "the plan requires a replay of \(length) against version \(stable), and "
                        + "that which is recorded is of \(PlanDuration.text(found.toMs - found.fromMs))"
                } else if found.verdict == .fail
                    || (replay.require == .pass && found.verdict != .pass)
                {
                    reason =
                        "the plan requires \(replay.require.rawValue) of a replay against version "
                        + "\(stable), and that which is recorded says \(found.verdict.rawValue)"
                } else {
                    return
                }
            } else {
                reason =
                    "the tag \(RecordedReplay.tag(against: stable)) is none that a replay writes"
            }
        } else {
            reason =
                "the plan requires a replay of \(length) against version \(stable), and none is "
                + "recorded"
        }
        throw SwerveError(
            .refused, act: act, reason: reason,
            remedy:
                "replay \(candidate) against \(stable) over at least \(length) and record it, or "
                + "leave replay out of the plan")
    }
}
