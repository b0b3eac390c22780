/// Scores of requests, from which a threshold is chosen.
package struct ScoreSample: Sendable {
    /// What is known of a request.
    package enum Known: Sendable {
        /// It is of the class that a score above the threshold means.
        case positive
        case negative
        case unknown
    }

    /// The most scores that are kept: 128 MiB.
    package static let scoresMax = 1 << 24

    package private(set) var positives: [Double] = []
    package private(set) var negatives: [Double] = []
    package private(set) var unknown: [Double] = []

    package init() {}

    package var count: Int { positives.count + negatives.count + unknown.count }

    /// Keeps a finite score.
    package mutating func add(_ score: Double, _ known: Known) {
        precondition(score.isFinite, "a score that no record has")
        switch known {
        case .positive: positives.append(score)
        case .negative: negatives.append(score)
        case .unknown: unknown.append(score)
        }
    }
}
