import Scoring
import TestSupport

/// Texts and vocabularies for the tests.
enum Vocabularies {
    static let alphabets: [[String]] = [
        ["a", "b"], ["G", "E", "T", " ", "/", "?", "=", "%", "\n"],
        [" ", "\t", "\n", "\u{1C}", "x", "Y"],
        ["a", "Σ", "ς", "İ", "'", "é", "\u{A0}", "\u{2028}", "日", "😀", " ", "\u{345}"],
    ]

    /// A text of up to `longest` letters of one of the alphabets, or of any bytes.
    static func text(
        _ round: Int, upTo longest: Int, _ generator: inout SeededGenerator
    ) -> [UInt8] {
        let length = Int.random(in: 0...longest, using: &generator)
        let kind = round % (alphabets.count + 1)
        guard kind < alphabets.count else {
            return (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        return (0..<length).flatMap { _ -> [UInt8] in
            Array((alphabets[kind].randomElement(using: &generator) ?? "").utf8)
        }
    }

    /// Distinct terms met in random texts, in random order; half of all there were.
    static func terms(
        _ analyzer: HashedNgrams.Analyzer, _ lengths: ClosedRange<Int>, lowercase: Bool,
        _ options: TextOptions, _ generator: inout SeededGenerator
    ) -> [[UInt8]] {
        var seen: Set<[UInt8]> = []
        for round in 0..<60 {
            let text = text(round, upTo: 40, &generator)
            let ngrams = ReferenceNgrams.occurrences(
                in: text, analyzer: analyzer, lengths: lengths, lowercase: lowercase,
                options: options)
            seen.formUnion(ngrams.map(\.key))
        }
        let sorted = seen.sorted { $0.lexicographicallyPrecedes($1) }
        return Array(sorted.shuffled(using: &generator).prefix(max(1, sorted.count / 2)))
    }

    struct Options: Sendable {
        var analyzer = HashedNgrams.Analyzer.char
        var lengths = 1...3
        var lowercase = true
        var norm: HashedNgrams.Norm? = .l2
        var sublinear = false
        var binary = false
        var hasIDF = true
        var foldsWhiteSpace = true
        var simpleLowercase = false
        var options = TextOptions()
    }

    static let options: [Options] = [
        Options(), Options(lowercase: false), Options(norm: .l1), Options(norm: nil),
        Options(sublinear: true), Options(binary: true), Options(hasIDF: false),
        Options(sublinear: true, binary: true), Options(norm: .l1, hasIDF: false),
        Options(lengths: 2...2), Options(lengths: 3...3), Options(lengths: 1...1),
        Options(lengths: 2...5), Options(lengths: 1...16, norm: nil),
        Options(analyzer: .byte, lowercase: false),
        Options(analyzer: .byte, lengths: 1...2, lowercase: false, norm: .l1),
        Options(analyzer: .byte, lengths: 3...6, lowercase: false, sublinear: true),
        Options(analyzer: .charWordBoundaries),
        Options(analyzer: .charWordBoundaries, lengths: 3...7),
        Options(analyzer: .charWordBoundaries, lengths: 5...6, binary: true, hasIDF: false),
        Options(foldsWhiteSpace: false), Options(foldsWhiteSpace: false, simpleLowercase: true),
        Options(simpleLowercase: true), Options(lengths: 1...4, foldsWhiteSpace: false),
        Options(analyzer: .word, options: Tokens.options(#"\w+"#)),
        Options(analyzer: .word, lengths: 1...2, norm: .l1, options: Tokens.options(#"\w{2,}"#)),
        Options(
            analyzer: .word, lengths: 2...3, lowercase: false, sublinear: true,
            options: Tokens.options(#"\S+"#, accents: .unicode)),
        Options(
            analyzer: .word, lengths: 1...9, norm: nil, binary: true,
            options: Tokens.options(#"[^\W\d]+"#, accents: .ascii, stops: ["a", "get"])),
        Options(options: TextOptions(stripAccents: .unicode)),
        Options(analyzer: .charWordBoundaries, options: TextOptions(stripAccents: .ascii)),
    ]

    static func recipe(
        _ options: Options, _ generator: inout SeededGenerator
    ) throws -> TfidfNgrams {
        let terms = terms(
            options.analyzer, options.lengths, lowercase: options.lowercase, options.options,
            &generator)
        let idf = terms.map { _ in Double.random(in: -1...9, using: &generator) }
        return try TfidfNgrams(
            analyzer: options.analyzer, ngramRange: options.lengths,
            preprocessing: .init(
                lowercase: options.lowercase, foldsWhiteSpace: options.foldsWhiteSpace,
                simpleLowercase: options.simpleLowercase, options: options.options),
            weighting: .init(
                norm: options.norm, sublinearTF: options.sublinear, binary: options.binary,
                idf: options.hasIDF ? idf : nil),
            vocabulary: terms)
    }

    /// A scorer over a recipe of terms, with random weights.
    static func scorer(
        _ recipe: TfidfNgrams, _ generator: inout SeededGenerator
    ) throws -> (scorer: Scorer, weights: [Double]) {
        let weights = (0..<recipe.featureCount).map { _ in
            Double.random(in: -1...1, using: &generator)
        }
        let scorer = try Scorer(
            featurizer: Featurizer(FeaturizerSpec(source: .tfidfNgrams(recipe))),
            model: Model(classes: ["1", "0"], weights: weights, intercept: 0.5, isLogistic: false),
            labels: [:], threshold: 0)
        return (scorer, weights)
    }
}
