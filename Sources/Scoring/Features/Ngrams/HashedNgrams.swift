import Lifecycle

/// The recipe of hashed n-grams: scikit-learn's `HashingVectorizer`, with its names, meanings and
/// defaults, and `byte` for n-grams of raw bytes.
package struct HashedNgrams: Sendable, Equatable {
    package enum Analyzer: String, Sendable, CaseIterable {
        /// N-grams of raw bytes: no decoding, no lowering, no folding.
        case byte
        /// N-grams of code points.
        case char
        /// N-grams of code points inside words, each word padded with a space on both sides.
        case charWordBoundaries = "char_wb"
    }

    package enum Norm: String, Sendable, CaseIterable {
        case l1, l2
    }

    package let analyzer: Analyzer
    /// Shortest and longest n-gram, in bytes or code points.
    package let ngramRange: ClosedRange<Int>
    /// The size of the feature space.
    package let featureCount: Int
    /// Whether half of the n-grams count as -1, so that collisions cancel out.
    package let alternateSign: Bool
    package let lowercase: Bool
    package let norm: Norm?
    /// Whether every n-gram that occurs counts as 1, however often it does.
    package let binary: Bool

    /// A recipe made in code; the bounds are those of a parsed one, and breaking them is a mistake
    /// of the program.
    package init(
        analyzer: Analyzer, ngramRange: ClosedRange<Int>, featureCount: Int, alternateSign: Bool,
        lowercase: Bool, norm: Norm?, binary: Bool
    ) {
        precondition((1...Limits.hashedFeatures).contains(featureCount), "features out of bounds")
        precondition(
            ngramRange.lowerBound >= 1 && ngramRange.upperBound <= Limits.ngramLength,
            "n-grams out of bounds")
        precondition(analyzer != .byte || !lowercase, "the byte analyzer lowers nothing")
        self.analyzer = analyzer
        self.ngramRange = ngramRange
        self.featureCount = featureCount
        self.alternateSign = alternateSign
        self.lowercase = lowercase
        self.norm = norm
        self.binary = binary
    }
}
