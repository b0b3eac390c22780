import Lifecycle
import Operations
import Pages

/// What is known of the flips of each model's trial, and what is to be looked for next: a value
/// that is told the time.
///
/// Times are milliseconds of a clock that only goes forward, but for those with `wall` in their
/// name. At most one look is at work over all models.
struct FlipBook: Sendable {
    private struct Entry: Sendable {
        let deployment: Deployment
        var look = FlipLook()
        /// Before it nobody's page has it looked for again.
        var restsUntilMs = Int64.min
        /// When a page asked for it last.
        var askedAtMs: Int64
        /// Whether it waits for its turn.
        var isWanted = false
    }

    private var entries: [ModelName: Entry] = [:]
    /// Models that wait, who asked first in front.
    private var waiting: [ModelName] = []
    private var atWork: Deployment?

    var count: Int { entries.count }

    /// What a page shows of a trial; has it looked for where nothing fresh is known.
    ///
    /// - Returns: nil for a deployment without a candidate.
    mutating func look(at deployment: Deployment, nowMs: Int64) -> FlipLook? {
        let model = deployment.model
        guard deployment.candidate != nil else {
            forget(model)
            return nil
        }
        if entries[model]?.deployment != deployment {
            // What was found is of another trial, or of other settings.
            forget(model)
            if entries.count >= Self.modelsMax { forgetOldest() }
            entries[model] = Entry(deployment: deployment, askedAtMs: nowMs)
        }
        guard var entry = entries[model] else { return nil }
        entry.askedAtMs = nowMs
        let isAtWork = atWork == deployment
        if !isAtWork, !entry.isWanted, nowMs >= entry.restsUntilMs {
            entry.isWanted = true
            waiting.append(model)
        }
        entry.look.isLooking = isAtWork || entry.isWanted
        entries[model] = entry
        return entry.look
    }

    /// What is looked for next; nil where nothing is, or a look is at work.
    mutating func next() -> Deployment? {
        guard atWork == nil else { return nil }
        while !waiting.isEmpty {
            let model = waiting.removeFirst()
            guard let entry = entries[model], entry.isWanted else { continue }
            entries[model]?.isWanted = false
            atWork = entry.deployment
            return entry.deployment
        }
        return nil
    }

    /// Whether the look at work is still of use: its deployment is the one that pages show.
    func isWorthIt(_ deployment: Deployment) -> Bool {
        entries[deployment.model]?.deployment == deployment
    }

    /// The end of the look that `next` gave.
    mutating func found(
        _ result: Result<FlipFindings, SwerveError>, in deployment: Deployment, tookMs: Int64,
        nowMs: Int64, wallMs: Int64
    ) {
        atWork = nil
        guard isWorthIt(deployment), var entry = entries[deployment.model] else { return }
        switch result {
        case .success(let findings):
            entry.look = FlipLook(findings: findings, atMs: wallMs)
        case .failure(let error):
            // What was found before is shown still, and that it is old.
            entry.look.fault = Self.words(error)
        }
        let rest = max(Self.restMs, min(tookMs, Self.restMs) * Self.shareOfTime)
        entry.restsUntilMs = nowMs + rest
        entries[deployment.model] = entry
    }

    private mutating func forget(_ model: ModelName) {
        guard entries.removeValue(forKey: model) != nil else { return }
        waiting.removeAll { $0 == model }
    }

    private mutating func forgetOldest() {
        let oldest = entries.min { $0.value.askedAtMs < $1.value.askedAtMs }?.key
        if let oldest { forget(oldest) }
    }

    private static func words(_ error: SwerveError) -> String {
        let remedy = error.remedy.isEmpty ? "" : ": \(error.remedy)"
        return "\(error.reason)\(remedy)"
    }

    /// More trials at once are looked at in turns.
    static let modelsMax = 64
    static let restMs: Int64 = 60_000
    /// Looks take at most one part in so many of the time.
    static let shareOfTime: Int64 = 20
}
