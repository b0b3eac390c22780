package import Lifecycle

/// The recipe of n-grams over a vocabulary: scikit-learn's `TfidfVectorizer`, with its names and
/// meanings, and without idf its `CountVectorizer`.
///
/// Holds the vocabulary once, as the table that texts are looked up in; copies share it.
package struct TfidfNgrams: Sendable, Equatable {
    /// How a text is made ready before n-grams are cut from it; the properties of the recipe say
    /// what each means.
    package struct Preprocessing: Sendable {
        package var lowercase: Bool
        package var foldsWhiteSpace: Bool
        package var simpleLowercase: Bool
        package var options: TextOptions

        package init(
            lowercase: Bool, foldsWhiteSpace: Bool = true, simpleLowercase: Bool = false,
            options: TextOptions = TextOptions()
        ) {
            self.lowercase = lowercase
            self.foldsWhiteSpace = foldsWhiteSpace
            self.simpleLowercase = simpleLowercase
            self.options = options
        }
    }

    /// What the counts of the terms become; without arguments, they stay what they are.
    package struct Weighting: Sendable {
        package var norm: HashedNgrams.Norm?
        package var sublinearTF: Bool
        package var binary: Bool
        package var idf: [Double]?

        package init(
            norm: HashedNgrams.Norm? = nil, sublinearTF: Bool = false, binary: Bool = false,
            idf: [Double]? = nil
        ) {
            self.norm = norm
            self.sublinearTF = sublinearTF
            self.binary = binary
            self.idf = idf
        }
    }

    package let analyzer: HashedNgrams.Analyzer
    /// Shortest and longest n-gram, in bytes, code points or tokens.
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
    /// Where the text comes from, and how it is made ready and cut beside that.
    package let options: TextOptions
    let table: TermTable

    /// - Parameter vocabulary: the terms in the order of their features, UTF-8 (bytes for the byte
    ///   analyzer).
    /// - Throws: `SwerveError.invalid` for no term, an empty or overlong one, two that are equal, a
    ///   term that is not UTF-8, an idf of another count or not finite, and options that exclude
    ///   each other; `.tooLarge` above `Limits.vocabularyTerms`.
    package init(
        analyzer: HashedNgrams.Analyzer, ngramRange: ClosedRange<Int>,
        preprocessing: Preprocessing, weighting: Weighting, vocabulary: [[UInt8]],
        act: String = "building a vocabulary"
    ) throws(SwerveError) {
        func refused(_ reason: String) -> SwerveError {
            SwerveError(.invalid, act: act, reason: "tfidf_ngrams\(reason)")
        }
        guard ngramRange.lowerBound >= 1, ngramRange.upperBound <= Limits.ngramLength else {
            throw refused(".ngram_range is not within 1 to \(Limits.ngramLength)")
        }
        guard analyzer != .byte || !preprocessing.lowercase else {
            throw refused(".lowercase is true, but the byte analyzer lowers nothing")
        }
        guard preprocessing.lowercase || !preprocessing.simpleLowercase else {
            throw refused(".simple_lowercase is true, but lowercase is false")
        }
        guard preprocessing.foldsWhiteSpace || analyzer == .char else {
            throw refused(".fold_white_space is false, which only the char analyzer knows")
        }
        guard
            !preprocessing.simpleLowercase
                || analyzer != .word && preprocessing.options.stripAccents == nil
        else {
            throw refused(
                ".simple_lowercase is true, which is ONNX's, and words and strip_accents are "
                    + "scikit-learn's")
        }
        if let idf = weighting.idf {
            guard idf.count == vocabulary.count else {
                throw refused(
                    ".idf has \(idf.count) numbers for \(vocabulary.count) terms")
            }
            if let wrong = idf.firstIndex(where: { !$0.isFinite }) {
                throw refused(".idf[\(wrong)] is not a finite number")
            }
        }
        table =
            if analyzer == .word {
                try TermTable(words: vocabulary, act: act)
            } else {
                try TermTable(
                    vocabulary, lengths: ngramRange, isText: analyzer != .byte, act: act)
            }
        options = preprocessing.options.completed(for: analyzer)
        self.analyzer = analyzer
        self.ngramRange = ngramRange
        lowercase = preprocessing.lowercase
        foldsWhiteSpace = preprocessing.foldsWhiteSpace
        simpleLowercase = preprocessing.simpleLowercase
        norm = weighting.norm
        sublinearTF = weighting.sublinearTF
        binary = weighting.binary
        idf = weighting.idf
    }

    package static func == (one: TfidfNgrams, other: TfidfNgrams) -> Bool {
        one.analyzer == other.analyzer && one.ngramRange == other.ngramRange
            && one.lowercase == other.lowercase && one.norm == other.norm
            && one.sublinearTF == other.sublinearTF && one.binary == other.binary
            && one.foldsWhiteSpace == other.foldsWhiteSpace
            && one.simpleLowercase == other.simpleLowercase && one.idf == other.idf
            && one.options == other.options && one.table == other.table
    }

    /// How many terms there are, which is the size of the feature space.
    package var featureCount: Int { table.count }

    /// The term of a feature, UTF-8 (bytes for the byte analyzer).
    package func term(_ feature: Int) -> [UInt8] { table.term(feature) }

    /// The terms in the order of their features; made anew at each call.
    package var vocabulary: [[UInt8]] { (0..<featureCount).map(term) }
}
