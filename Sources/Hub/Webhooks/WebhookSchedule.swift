import Lifecycle
import Registry
import Transfer

/// When a delivery is tried again, and when it is given up: pure.
enum WebhookSchedule {
    /// The pause before the next attempt, in milliseconds: it triples from 5 s up to two hours.
    ///
    /// - Parameters:
    ///   - failed: attempts that failed, this one counted.
    ///   - jitter: 0 to 1, so that receivers that were away together are not all asked at once.
    ///   - retryAfter: seconds that the receiver asks for; nil where it does not.
    /// - Returns: nil where there were enough: they span a day.
    static func pauseMs(failed: Int, jitter: Double, retryAfter: Int? = nil) -> Int64? {
        guard failed < attempts else { return nil }
        var pause = firstMs
        for _ in 1..<max(1, failed) { pause = min(pause * 3, longestMs) }
        let spread = Int64(Double(pause) * (0.8 + 0.4 * min(max(jitter, 0), 1)))
        // A receiver may say any number.
        return max(spread, min(Int64(max(0, retryAfter ?? 0)), longestMs / 1_000) * 1_000)
    }

    /// What an answer, or none, means.
    ///
    /// - Parameters:
    ///   - delivery: with its attempts before this one.
    ///   - atMs: when the attempt began, milliseconds since 1970.
    ///   - nowMs: when it ended.
    static func outcome(
        of delivery: DueDelivery, _ result: Result<WebAnswer, SwerveError>, atMs: Int64,
        nowMs: Int64, tookMs: Int64, jitter: Double
    ) -> WebhookOutcome {
        var status: Int?
        var words: String
        var retryAfter: Int?
        switch result {
        case .success(let answer):
            status = (100...999).contains(answer.status) ? answer.status : nil
            if (200...299).contains(answer.status) {
                return WebhookOutcome(
                    .delivered, atMs: atMs, tookMs: tookMs, status: status, words: "")
            }
            if answer.status == 410 {
                return WebhookOutcome(
                    .unwanted, atMs: atMs, tookMs: tookMs, status: status,
                    words: "the receiver wants no more, of anything")
            }
            words = "the receiver answers with \(answer.status)"
            if answer.isRedirect { words += ", which is not followed" }
            retryAfter = answer.retryAfter
        case .failure(let error):
            words = error.reason
            if error.problem?.kind == .webhookPrivate {
                words += ": it was added without allows_private"
            }
        }
        let pause = pauseMs(
            failed: delivery.attempts + 1, jitter: jitter, retryAfter: retryAfter)
        return WebhookOutcome(
            pause.map { .again(atMs: nowMs + $0) } ?? .givenUp, atMs: atMs, tookMs: tookMs,
            status: status, words: words)
    }

    /// So many together, with the pauses between them.
    static let attempts = 19
    private static let firstMs: Int64 = 5_000
    private static let longestMs: Int64 = 7_200_000
    /// No pause is longer.
    static let farthestMs: Int64 = 3 * 3_600_000
}
