import Lifecycle
import ModelFormats
import Scoring

/// Featurizer specs, made ready to run, and run where that takes little.
enum SpecTarget {
    private static let fewFeatures = 1_024

    static func run(_ bytes: [UInt8]) {
        do throws(SwerveError) {
            let spec = try FeaturizerSpec(parsing: bytes, file: "spec")
            expect(
                try FeaturizerSpec(parsing: bytes, file: "spec") == spec, "a spec read twice is two"
            )
            expect(
                try FeaturizerSpec(parsing: spec.json.bytes, file: "spec") == spec,
                "a spec written and read is another one")
            // What the spec leaves open, the model says.
            for count in [nil, 8] as [Int?] { try build(spec, modelFeatures: count) }
            try build(spec.zeroBased, modelFeatures: 8)
        } catch {
            Refusal.check(error)
        }
    }

    private static func build(
        _ spec: FeaturizerSpec, modelFeatures: Int?
    ) throws(SwerveError) {
        let featurizer: Featurizer
        do throws(SwerveError) {
            featurizer = try Featurizer(spec, modelFeatures: modelFeatures)
        } catch {
            return Refusal.check(error)
        }
        let count = featurizer.featureCount
        expect((1...Limits.unionFeatures).contains(count), "\(count) features")
        guard count <= fewFeatures else { return }
        let model = Model(
            classes: ["0", "1"], weights: (0..<count).map { Double($0 % 7) - 3 }, intercept: 0.5,
            isLogistic: true)
        ScorerChecks.run(
            try Scorer(featurizer: featurizer, model: model, labels: [:], threshold: 0), also: [])
    }
}
