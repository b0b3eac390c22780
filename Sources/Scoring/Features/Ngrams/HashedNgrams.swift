package import Lifecycle

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
        /// N-grams of tokens, joined by one blank.
        case word
    }

    package enum Norm: String, Sendable, CaseIterable {
        case l1, l2
    }

    package let analyzer: Analyzer
    /// Shortest and longest n-gram, in bytes, code points or tokens.
    package let ngramRange: ClosedRange<Int>
    /// The size of the feature space.
    package let featureCount: Int
    /// Whether half of the n-grams count as -1, so that collisions cancel out.
    package let alternateSign: Bool
    package let lowercase: Bool
    package let norm: Norm?
    /// Whether every n-gram that occurs counts as 1, however often it does.
    package let binary: Bool
    /// Where the text comes from, and how it is made ready and cut.
    package let options: TextOptions

    /// A recipe made in code; the bounds are those of a parsed one, and breaking them is a mistake
    /// of the program.
    package init(
        analyzer: Analyzer, ngramRange: ClosedRange<Int>, featureCount: Int, alternateSign: Bool,
        lowercase: Bool, norm: Norm?, binary: Bool, options: TextOptions = TextOptions()
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
        self.options = options.completed(for: analyzer)
    }
}

extension HashedNgrams {
    private static let keys = TextOptions.keys.union([
        "analyzer", "ngram_range", "n_features", "alternate_sign", "lowercase", "norm", "binary",
    ])

    /// Reads the value of a `hashed_ngrams` step.
    ///
    /// - Throws: `SwerveError.invalid` that names the key, for unknown keys, wrong types, and
    ///   values out of bounds.
    package init(parsing json: JSONValue, act: String) throws(SwerveError) {
        let reader = SpecReader(json: json, place: "hashed_ngrams", act: act)
        try reader.requireObject(keys: Self.keys)
        analyzer = try Self.analyzer(reader)
        ngramRange = try Self.ngramRange(reader)
        featureCount = try reader.int("n_features", in: 1...Limits.hashedFeatures) ?? 1 << 20
        alternateSign = try reader.bool("alternate_sign") ?? true
        binary = try reader.bool("binary") ?? false
        norm = try Self.norm(reader)
        let lowercase = try reader.bool("lowercase")
        if analyzer == .byte, lowercase == true {
            throw reader.wrong("lowercase", "is true, but the byte analyzer lowers nothing")
        }
        self.lowercase = lowercase ?? (analyzer != .byte)
        options = try TextOptions(reader, analyzer)
    }

    static func analyzer(_ reader: SpecReader) throws(SwerveError) -> Analyzer {
        guard let name = try reader.string("analyzer") else {
            throw reader.wrong("analyzer", "is missing; it is byte, char, char_wb or word")
        }
        guard let analyzer = Analyzer(rawValue: name) else {
            let shown = name.shortened(to: 40)
            throw reader.wrong("analyzer", "is '\(shown)'; it is byte, char, char_wb or word")
        }
        return analyzer
    }

    static func ngramRange(_ reader: SpecReader) throws(SwerveError) -> ClosedRange<Int> {
        guard let value = reader.json["ngram_range"] else { return 1...1 }
        let bounds = "two whole numbers, 1 <= first <= second <= \(Limits.ngramLength)"
        guard case .array(let pair) = value, pair.count == 2, let first = pair[0].int,
            let second = pair[1].int, first >= 1, first <= second,
            second <= Limits.ngramLength
        else { throw reader.wrong("ngram_range", "is not \(bounds)") }
        return first...second
    }

    static func norm(_ reader: SpecReader) throws(SwerveError) -> Norm? {
        switch reader.json["norm"] {
        case nil: return .l2
        case .null?: return nil
        case .string(let name)?:
            if let norm = Norm(rawValue: name) { return norm }
            fallthrough
        default: throw reader.wrong("norm", "is not \"l1\", \"l2\" or null")
        }
    }
}
