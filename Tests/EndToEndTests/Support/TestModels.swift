import Foundation
import Lifecycle
import TestSupport

/// Small models that need no shared data: a few weights in a space of 64 hashed byte n-grams.
enum TestModels {
    static let spec =
        #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,3],"n_features":64,"alternate_sign":true,"lowercase":false,"norm":"l2"}}]}"#

    /// A LIBLINEAR model whose weights follow from `seed`, so that versions score differently.
    ///
    /// - Parameter changed: a feature, counted from 1, and its weight.
    static func liblinear(
        seed: Int, features: Int = 64, changed: (feature: Int, weight: String)? = nil
    ) -> String {
        let weights = (0..<features).map { index in
            if let changed, changed.feature == index + 1 { return "\(changed.weight) " }
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
            guard try register(model, spec: spec, in: stream) == version else {
                throw Failure("not version \(version)")
            }
        }
    }

    /// Registers version 1 of another model.
    static func registerAnother(_ name: String, seed: Int, in stream: TestStream) throws {
        let model = try stream.folder.write("\(name).model", liblinear(seed: seed))
        let spec = try stream.folder.write("\(name).json", Self.spec)
        guard try register(model, as: name, spec: spec, in: stream) == 1 else {
            throw Failure("not version 1 of \(name)")
        }
    }

    /// Registers one more version, with a featurizer of its own.
    static func register(
        in stream: TestStream, features: Int, spec: String,
        changed: (feature: Int, weight: String)? = nil
    ) throws {
        _ = try register(
            try stream.folder.write(
                "own.model", liblinear(seed: 77, features: features, changed: changed)),
            spec: try stream.folder.write("own.json", spec), in: stream)
    }

    private static func register(
        _ model: String, as name: String = "http-anomaly", spec: String, in stream: TestStream
    ) throws -> Int? {
        let output = try stream.swerve(
            "register", model, "--model", name, "--featurizer", spec, "--label",
            "attack=1", "--label", "normal=-1", "--registry", stream.registry, "--json")
        guard output.code == 0 else { throw Failure("\(output)") }
        return try output.json()["version"]?.int
    }
}
