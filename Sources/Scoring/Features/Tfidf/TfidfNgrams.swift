package import Lifecycle

/// The recipe of n-grams over a vocabulary: scikit-learn's `TfidfVectorizer`, with its names and
/// meanings, and without idf its `CountVectorizer`.
///
/// Holds the vocabulary once, as the table that texts are looked up in; copies share it.
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
    /// One a term; nil with `use_idf=False`.
    package let idf: [Double]?
    /// Whether two white-space characters and more become one space, as scikit-learn does and ONNX
    /// does not.
    package let foldsWhiteSpace: Bool
    /// Whether lowering takes each code point for itself, to one code point, as C's `towlower`
    /// does; else as Python's `str.lower`.
    package let simpleLowercase: Bool
    let table: TermTable

    /// - Parameters:
    ///   - vocabulary: the terms in the order of their features, UTF-8 (bytes for the byte
    ///     analyzer).
    ///   - idf: one a term, or nil.
    /// - Throws: `SwerveError.invalid` for no term, an empty or overlong one, two that are equal, a
    ///   term that is not UTF-8, an idf of another count or not finite, and options that exclude
    ///   each other; `.tooLarge` above `Limits.vocabularyTerms`.
    package init(
        analyzer: HashedNgrams.Analyzer, ngramRange: ClosedRange<Int>, lowercase: Bool,
        norm: HashedNgrams.Norm?, sublinearTF: Bool, binary: Bool, vocabulary: [[UInt8]],
        idf: [Double]?, foldsWhiteSpace: Bool = true, simpleLowercase: Bool = false,
        act: String = "building a vocabulary"
    ) throws(SwerveError) {
        func refused(_ reason: String) -> SwerveError {
            SwerveError(.invalid, act: act, reason: "tfidf_ngrams\(reason)")
        }
        guard ngramRange.lowerBound >= 1, ngramRange.upperBound <= Limits.ngramLength else {
            throw refused(".ngram_range is not within 1 to \(Limits.ngramLength)")
        }
        guard analyzer != .byte || !lowercase else {
            throw refused(".lowercase is true, but the byte analyzer lowers nothing")
        }
        guard lowercase || !simpleLowercase else {
            throw refused(".simple_lowercase is true, but lowercase is false")
        }
        guard foldsWhiteSpace || analyzer == .char else {
            throw refused(".fold_white_space is false, which only the char analyzer knows")
        }
        if let idf {
            guard idf.count == vocabulary.count else {
                throw refused(
                    ".idf has \(idf.count) numbers for \(vocabulary.count) terms")
            }
            if let wrong = idf.firstIndex(where: { !$0.isFinite }) {
                throw refused(".idf[\(wrong)] is not a finite number")
            }
        }
        table = try TermTable(
            vocabulary, lengths: ngramRange, isText: analyzer != .byte, act: act)
        self.analyzer = analyzer
        self.ngramRange = ngramRange
        self.lowercase = lowercase
        self.norm = norm
        self.sublinearTF = sublinearTF
        self.binary = binary
        self.idf = idf
        self.foldsWhiteSpace = foldsWhiteSpace
        self.simpleLowercase = simpleLowercase
    }

    package static func == (one: TfidfNgrams, other: TfidfNgrams) -> Bool {
        one.analyzer == other.analyzer && one.ngramRange == other.ngramRange
            && one.lowercase == other.lowercase && one.norm == other.norm
            && one.sublinearTF == other.sublinearTF && one.binary == other.binary
            && one.foldsWhiteSpace == other.foldsWhiteSpace
            && one.simpleLowercase == other.simpleLowercase && one.idf == other.idf
            && one.table == other.table
    }

    /// How many terms there are, which is the size of the feature space.
    package var featureCount: Int { table.count }

    /// The term of a feature, UTF-8 (bytes for the byte analyzer).
    package func term(_ feature: Int) -> [UInt8] { table.term(feature) }

    /// The terms in the order of their features; made anew at each call.
    package var vocabulary: [[UInt8]] { (0..<featureCount).map(term) }
}
