import Glibc
package import Scoring

/// What one version did in the batch at hand: the poll thread's own, merged once a batch.
///
/// Allocates nothing after its start.
package struct VersionTally: Sendable {
    /// One record in as many is scored under the clock: two readings cost 40 ns.
    package static let sampleEvery = 64

    package private(set) var scored: Int64 = 0
    package private(set) var produced: Int64 = 0
    /// Predictions that were produced, by the class they gave; one entry where there are no
    /// classes.
    package private(set) var producedByClass: [Int64]
    /// Records with a finite score, by the class it gave.
    package private(set) var byClass: [Int64]
    package private(set) var score = MomentSums()
    package private(set) var micros = MomentSums()
    /// Of their natural logarithms.
    package private(set) var logMicros = MomentSums()
    /// Finite scores by `scoreBounds`, one more than those.
    package private(set) var buckets: [Int64]
    private let scoreBounds: [Double]
    private var untilSample = 0
    /// Whether the beat at hand has its sample: a record of a block may be it before its time.
    private var isSampleTaken = false

    /// - Parameter scoreBounds: ascending, at most `ScoreBounds.countMax`.
    package init(classes: Int, scoreBounds: [Double] = []) {
        byClass = Array(repeating: 0, count: classes)
        producedByClass = Array(repeating: 0, count: max(1, classes))
        buckets = Array(repeating: 0, count: scoreBounds.count + 1)
        self.scoreBounds = scoreBounds
    }

    /// Whether the next record is to be scored under the clock.
    @inline(__always)
    package var isSampleDue: Bool { untilSample == 0 && !isSampleTaken }

    /// Whether one of the next `count` records is to be, and none before it was in its place.
    @inline(__always)
    package func isSampleDue(within count: Int) -> Bool {
        untilSample < count && !isSampleTaken
    }

    /// A record was scored; one whose score is not finite has neither label nor score.
    @inline(__always)
    package mutating func note(_ verdict: Verdict) {
        scored += 1
        if untilSample == 0 {
            untilSample = Self.sampleEvery
            isSampleTaken = false
        }
        untilSample -= 1
        guard verdict.isFinite else { return }
        // A regression has no classes.
        if verdict.classIndex < byClass.count { byClass[verdict.classIndex] += 1 }
        score.add(verdict.score)
        var bucket = 0
        while bucket < scoreBounds.count, verdict.score > scoreBounds[bucket] { bucket += 1 }
        buckets[bucket] += 1
    }

    /// The version's prediction of a record, which has a finite score, is produced.
    @inline(__always)
    package mutating func noteProduced(_ verdict: Verdict) {
        produced += 1
        if verdict.classIndex < producedByClass.count { producedByClass[verdict.classIndex] += 1 }
    }

    /// The record of a sample took so long to featurize and score.
    package mutating func took(nanoseconds: UInt64) {
        isSampleTaken = true
        micros.add(Double(nanoseconds) / 1_000)
        // The clock may stand still for as long as a record takes: 0 has no logarithm.
        logMicros.add(log(Double(max(1, nanoseconds)) / 1_000))
    }

    /// Begins the next batch; the beat of the samples goes on.
    package mutating func reset() {
        scored = 0
        produced = 0
        for index in byClass.indices { byClass[index] = 0 }
        for index in producedByClass.indices { producedByClass[index] = 0 }
        for index in buckets.indices { buckets[index] = 0 }
        score.reset()
        micros.reset()
        logMicros.reset()
    }
}
