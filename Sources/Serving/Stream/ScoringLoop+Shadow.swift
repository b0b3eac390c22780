import Kafka
import Platform

/// The shadow: scored from what the batch's predictions leave of the time, and shed otherwise.
extension ScoringLoop {
    /// Scores the batch's records for the shadow, once the predictions are on their way.
    ///
    /// A poll that filled the whole batch left more behind: then, and while stopping, all of them
    /// are shed. The clock is read once a slice of about `shadowSliceBytes`.
    func scoreShadow(_ set: ServingSet, _ tally: inout BatchTally) {
        guard !shadowed.isEmpty, let candidate = set.candidate else { return }
        let isBehind = batch.count == batch.capacity || shared.signals.isStopping
        var mayScore = shadowBudget.begin(at: MonotonicClock.now, isBehind: isBehind)
        var done = 0
        while mayScore, done < shadowed.count {
            var bytes = 0
            while bytes < Self.shadowSliceBytes, done < shadowed.count {
                bytes += Self.recordCostBytes + scoreShadowed(shadowed[done], candidate, &tally)
                done += 1
            }
            mayScore = shadowBudget.scored(until: MonotonicClock.now)
        }
        tally.comparison.shed += Int64(shadowed.count - done)
        shadowed.removeAll(keepingCapacity: true)
    }

    /// About 50 µs of a linear model.
    private static let shadowSliceBytes = 8_192
    /// What a record costs beside its length.
    private static let recordCostBytes = 128
}
