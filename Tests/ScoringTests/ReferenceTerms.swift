import Foundation
import Lifecycle
import Scoring

/// tf-idf by the book: a dictionary of the vocabulary, one sentence of scikit-learn after the
/// other.
struct ReferenceTerms {
    let recipe: TfidfNgrams
    private var indices: [[UInt8]: Int] = [:]

    init(_ recipe: TfidfNgrams) {
        self.recipe = recipe
        for (index, term) in recipe.vocabulary.enumerated() { indices[term] = index }
    }

    func features(of text: [UInt8]) -> [Feature] {
        var counts: [Int: Double] = [:]
        for key in keys(of: text) {
            if let index = indices[key] { counts[index, default: 0] += 1 }
        }
        if recipe.binary { counts = counts.mapValues { _ in 1 } }
        if recipe.sublinearTF { counts = counts.mapValues { 1 + log($0) } }
        if let idf = recipe.idf {
            for (index, count) in counts { counts[index] = count * idf[index] }
        }
        let ordered = counts.sorted { $0.key < $1.key }
        let divisor =
            switch recipe.norm {
            case .l2: ordered.reduce(0) { $0 + $1.value * $1.value }.squareRoot()
            case .l1: ordered.reduce(0) { $0 + $1.value.magnitude }
            case nil: 1.0
            }
        return ordered.map {
            Feature(index: $0.key, value: divisor == 0 ? $0.value : $0.value / divisor)
        }
    }

    /// The decision that `weights` make of features.
    static func decision(
        _ features: [Feature], _ weights: [Double], _ intercept: Double
    ) -> Double {
        features.reduce(intercept) { $0 + $1.value * weights[$1.index] }
    }

    private func keys(of text: [UInt8]) -> [[UInt8]] {
        guard recipe.simpleLowercase else {
            return ReferenceNgrams.occurrences(
                in: text, analyzer: recipe.analyzer, lengths: recipe.ngramRange,
                lowercase: recipe.lowercase, foldsWhiteSpace: recipe.foldsWhiteSpace,
                options: recipe.options
            ).map(\.key)
        }
        // By the letters of Swift's own library.
        let scalars = String(decoding: text, as: UTF8.self).unicodeScalars.map { scalar in
            if scalar == "\u{130}" { return "i" as Unicode.Scalar }
            let lowered = Array(scalar.properties.lowercaseMapping.unicodeScalars)
            return lowered.count == 1 ? lowered[0] : scalar
        }
        return ReferenceNgrams.occurrences(
            in: Array(String(String.UnicodeScalarView(scalars)).utf8), analyzer: .char,
            lengths: recipe.ngramRange, lowercase: false, foldsWhiteSpace: recipe.foldsWhiteSpace
        ).map(\.key)
    }
}
