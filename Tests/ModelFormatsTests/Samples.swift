import Foundation
import Lifecycle
import ModelFormats
import Scoring

/// A small model and its featurizer spec, so that the tests need no data from elsewhere.
enum Samples {
    static let spec = NamedBytes(
        name: "spec.json",
        bytes: Array(
            """
            {"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,3],"n_features":8}}]}
            """.utf8))

    /// A featurizer that stands in where features come from elsewhere.
    static func ngrams(features: Int) -> HashedNgrams {
        HashedNgrams(
            analyzer: .byte, ngramRange: 1...1, featureCount: features, alternateSign: true,
            lowercase: false, norm: nil, binary: false)
    }

    static let modelText = """
        solver_type L2R_L2LOSS_SVC
        nr_class 2
        label 1 -1
        nr_feature 6
        bias 1
        w
        0.5\u{20}
        -0.25\u{20}
        0\u{20}
        1.0000000000000002\u{20}
        -3e-05\u{20}
        2\u{20}
        0.125\u{20}

        """

    static func model(_ text: String = modelText) -> NamedBytes {
        NamedBytes(name: "model.txt", bytes: Array(text.utf8))
    }

    /// `modelText` with the first `old` replaced.
    static func model(replacing old: String, with new: String) -> NamedBytes {
        guard let range = modelText.range(of: old) else { return model("") }
        return model(modelText.replacingCharacters(in: range, with: new))
    }

    /// Stands in for SHA-256: the tests need a digest that differs when the bytes do.
    static func digest(_ bytes: [UInt8]) -> Digest {
        let hash = { (seed: UInt32) in MurmurHash3.hash32(bytes, seed: seed) }
        let words = (0..<8).map { hash($0) }
        return Digest(
            sha256: words.flatMap { word in (0..<4).map { UInt8(word >> (8 * $0) & 0xFF) } })
    }
}
