/// The recipe of n-grams over a vocabulary: scikit-learn's `TfidfVectorizer`, with its names and
/// meanings, and without idf its `CountVectorizer`.
package struct TfidfNgrams: Sendable, Equatable {
    package let analyzer: HashedNgrams.Analyzer
    /// Shortest and longest n-gram, in bytes or code points.
    package let ngramRange: ClosedRange<Int>
    package let lowercase: Bool
    package let norm: HashedNgrams.Norm?
    /// 1 + ln(count) instead of the count.
    package let sublinearTF: Bool
    /// Whether every n-gram that occurs counts as 1.
    package let binary: Bool
    /// The terms in the order of their features, UTF-8 (bytes for the byte analyzer); no two equal.
    package let vocabulary: [[UInt8]]
    /// One a term; nil with `use_idf=False`.
    package let idf: [Double]?

    package init(
        analyzer: HashedNgrams.Analyzer, ngramRange: ClosedRange<Int>, lowercase: Bool,
        norm: HashedNgrams.Norm?, sublinearTF: Bool, binary: Bool, vocabulary: [[UInt8]],
        idf: [Double]?
    ) {
        self.analyzer = analyzer
        self.ngramRange = ngramRange
        self.lowercase = lowercase
        self.norm = norm
        self.sublinearTF = sublinearTF
        self.binary = binary
        self.vocabulary = vocabulary
        self.idf = idf
    }
}
