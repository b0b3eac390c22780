import Lifecycle
import Platform

/// Has another thread compute the scores that the predictions of a partition are held against, so
/// that topics are read meanwhile.
///
/// ```
///  audit thread   read input and output, hold what is told against it ──► requests, by blocks
///  check thread                    decode, score, compare ◄──────────────────────┘
/// ```
///
/// What is asked of few records, whether one can be scored at all, is answered at once, and so is
/// one that is too large to be handed over. Of the
/// audit thread; `score` is the other's.
final class ScoreLane: EpochScoring {
    private let queue: ScoreQueue
    private let near: EpochScorer
    private var requests = ScoreRequests()
    private var fault: SwerveError?

    /// - Throws: as `EpochScorer`.
    init(_ form: RecordForm, _ shelf: ScorerShelf, _ queue: ScoreQueue) throws(SwerveError) {
        self.queue = queue
        near = try EpochScorer(form, shelf)
    }

    func opinion(
        of version: Int, in deployment: Deployment, value: [UInt8]?, schema: [UInt8]?
    ) -> ScoreOpinion {
        near.opinion(of: version, in: deployment, value: value, schema: schema)
    }

    func check(
        _ prediction: PredictionBytes, under rule: EpochRule, _ record: RecordBytes
    ) -> ScoreCheck? {
        guard !requests.put(prediction, record) else { return nil }
        hand()
        // What is larger than a whole block is not copied.
        return requests.put(prediction, record)
            ? nil : near.check(prediction, under: rule, record)
    }

    private func hand() {
        do throws(SwerveError) {
            guard try !queue.put(&requests) else { return }
            // Why is told by who took them, and before this.
            fault =
                fault
                ?? SwerveError(
                    .system, act: "computing scores beside the reading",
                    reason: "the thread that does has ended")
        } catch {
            requests.clear()
            fault = fault ?? error
        }
    }

    func requireWorking() throws(SwerveError) {
        if let fault { throw fault }
    }

    /// Hands over what is left.
    ///
    /// - Throws: where something could not be handed over.
    func finish() throws(SwerveError) {
        if !requests.isEmpty { hand() }
        try requireWorking()
    }

    /// Scores what the queue brings until it is closed.
    ///
    /// On a thread of its own.
    /// - Parameter book: what the audit thread has.
    /// - Returns: what was counted and found.
    static func score(
        _ queue: ScoreQueue, _ form: RecordForm, _ shelf: ScorerShelf, _ book: EpochBook
    ) throws(SwerveError) -> (counts: AuditCounts, findings: AuditFindings) {
        let scorer = try EpochScorer(form, shelf)
        var requests = ScoreRequests()
        var rule: EpochRule?
        var (counts, findings) = (AuditCounts(), AuditFindings())
        while try queue.take(&requests) {
            requests.forEach { prediction, record in
                if rule?.epoch != prediction.epoch {
                    // The audit thread has one, or would not ask.
                    rule = book[prediction.epoch].map { EpochRule($0.deployment) }
                }
                guard let rule, let found = scorer.check(prediction, under: rule, record) else {
                    return findings.note(.unscored, at: prediction.source, "its epoch is gone")
                }
                found.note(of: prediction, &counts, &findings)
            }
        }
        return (counts, findings)
    }
}
