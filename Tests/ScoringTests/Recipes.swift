import Scoring

/// Short ways to featurizers for the tests.
enum Recipes {
    static func ngrams(
        _ analyzer: HashedNgrams.Analyzer, _ range: ClosedRange<Int> = 1...3,
        features: Int = 1 << 16, alternateSign: Bool = true, lowercase: Bool? = nil,
        norm: HashedNgrams.Norm? = .l2, binary: Bool = false, options: TextOptions = TextOptions()
    ) -> HashedNgrams {
        HashedNgrams(
            analyzer: analyzer, ngramRange: range, featureCount: features,
            alternateSign: alternateSign, lowercase: lowercase ?? (analyzer != .byte), norm: norm,
            binary: binary, options: options)
    }

    static func featurizer(_ ngrams: HashedNgrams) -> Featurizer {
        Featurizer(ngrams)
    }

    static func features(
        _ text: [UInt8], _ ngrams: HashedNgrams, _ buffer: FeatureBuffer = FeatureBuffer(),
        generic: Bool = false
    ) -> [Feature] {
        let featurizer = featurizer(ngrams)
        unsafe text.withUnsafeBufferPointer {
            unsafe featurizer.features(of: $0, into: buffer, generic: generic)
        }
        return buffer.sortedFeatures()
    }
}
