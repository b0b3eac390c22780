package import Lifecycle

/// Finds requests of which the two versions of a trial say different things; conformed to where
/// streams are read.
package protocol FlipSource: Sendable {
    /// Asks both versions about the newest requests of the model's input: as many as its bounds of
    /// records, bytes and time allow.
    ///
    /// Blocking; one thread at a time.
    /// - Parameters:
    ///   - deployment: with a candidate.
    ///   - isStopped: asked between two portions: whether nobody wants the answer any more.
    /// - Throws: `.usage` where nobody said how the model's requests are read; what brokers refuse.
    func flips(
        in deployment: Deployment, isStopped: @escaping @Sendable () -> Bool
    ) throws(SwerveError) -> FlipFindings
}

/// What two versions make of the newest requests of a model.
package struct FlipFindings: Sendable, Equatable {
    /// What moved some of the examples' kind most.
    package struct Cause: Sendable, Equatable {
        /// A feature's name, or words for what is none.
        package var words: String
        package var direction: FlipDirection
        /// Of those that were explained.
        package var count: Int

        package init(words: String, direction: FlipDirection, count: Int) {
            self.words = words
            self.direction = direction
            self.count = count
        }
    }

    /// The input.
    package var topic: String
    /// Requests that both were asked about, and those that both have a score of.
    package var records: Int64
    package var pairs: Int64
    /// Flips among them.
    package var counts: [FlipDirection: Int64]
    /// When the requests were written that say so, milliseconds since 1970; nil where none does.
    package var span: ClosedRange<Int64>?
    /// Why there are fewer requests than the bound of records allows; nil where that is all that
    /// the input has.
    package var cut: String?
    /// How many flips were explained, and what moved them, most frequent first.
    package var explained: Int
    package var causes: [Cause]
    /// At most `FlipExample.shown`.
    package var examples: [FlipExample]

    package init(
        topic: String, records: Int64, pairs: Int64, counts: [FlipDirection: Int64],
        span: ClosedRange<Int64>? = nil, cut: String? = nil, explained: Int = 0,
        causes: [Cause] = [], examples: [FlipExample] = []
    ) {
        self.topic = topic
        self.records = records
        self.pairs = pairs
        self.counts = counts
        self.span = span
        self.cut = cut
        self.explained = explained
        self.causes = causes
        self.examples = examples
    }
}

/// Which of the two versions alerts.
package enum FlipDirection: String, Sendable, CaseIterable {
    /// The candidate alone; the stable version alone.
    case alert, normal
    /// Both or none, under different labels.
    case relabelled
}

/// A request on which stable version and candidate disagree, and what made each say so.
package struct FlipExample: Sendable, Equatable {
    /// What adds to the scores: a feature's name as `swerve score --explain` prints it, and how
    /// much it adds by each version.
    package struct Reason: Sendable, Equatable {
        package var name: String
        package var stable: Double
        package var candidate: Double

        package init(name: String, stable: Double, candidate: Double) {
            self.name = name
            self.stable = stable
            self.candidate = candidate
        }

        package var difference: Double { candidate - stable }
    }

    /// One version's word.
    package struct Side: Sendable, Equatable {
        package var label: String
        package var score: Double

        package init(label: String, score: Double) {
            self.label = label
            self.score = score
        }
    }

    /// `topic/partition@offset`.
    package var record: String
    package var atMs: Int64?
    package var direction: FlipDirection
    /// The record's text, cut, in lines where it has some; nil where it is not shown.
    package var request: String?
    /// Why it is not shown.
    package var withheld: String
    /// What moved the verdict most; see `FlipFindings.Cause`.
    package var cause: String
    package var stable: Side
    package var candidate: Side
    /// By the size of their differences, largest first; empty where there is no explanation.
    package var reasons: [Reason]

    package static let shown = 8
    /// Scalars of `request`, at most.
    package static let requestMax = 1_200

    package init(
        record: String, atMs: Int64?, direction: FlipDirection, request: String?,
        withheld: String = "", cause: String = "", stable: Side, candidate: Side,
        reasons: [Reason] = []
    ) {
        self.record = record
        self.atMs = atMs
        self.direction = direction
        self.request = request
        self.withheld = withheld
        self.cause = cause
        self.stable = stable
        self.candidate = candidate
        self.reasons = reasons
    }
}
