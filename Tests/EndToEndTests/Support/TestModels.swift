import Foundation
import Lifecycle
import TestSupport

/// Small models that need no shared data: a few weights in a space of 64 hashed byte n-grams.
enum TestModels {
    static let spec =
        #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,3],"n_features":64,"alternate_sign":true,"lowercase":false,"norm":"l2"}}]}"#

    /// A LIBLINEAR model whose weights follow from `seed`, so that versions score differently.
    static func liblinear(seed: Int, features: Int = 64) -> String {
        let weights = (0..<features).map { index in
            let mixed = (index &* 2_654_435_761 &+ seed &* 40_503) & 0xFFFF
            return "\(Double(mixed) / 32_768 - 1) "
        }
        return """
            solver_type L2R_L2LOSS_SVC_DUAL
            nr_class 2
            label 1 -1
            nr_feature \(features)
            bias -1
            w
            \(weights.joined(separator: "\n"))

            """
    }

    /// Registers versions 1 … `count` of http-anomaly in the stream's registry.
    static func register(_ count: Int, in stream: TestStream) throws {
        let spec = try stream.folder.write("spec.json", Self.spec)
        for version in 1...count {
            let model = try stream.folder.write("v\(version).model", liblinear(seed: version))
            let output = try stream.swerve(
                "register", model, "--model", "http-anomaly", "--featurizer", spec, "--label",
                "attack=1", "--label", "normal=-1", "--registry", stream.registry, "--json")
            guard output.code == 0, try output.json()["version"]?.int == version else {
                throw Failure("\(output)")
            }
        }
    }
}
