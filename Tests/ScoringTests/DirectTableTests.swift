import Lifecycle
import TestSupport
import Testing

@testable import Scoring

/// The way from fields to a decision without features, against that with them.
@Suite("Tables without features")
struct DirectTableTests {
    private static func bits(_ numbers: [Double]) -> [UInt64] {
        numbers.map { $0.isNaN ? .max : $0.bitPattern }
    }

    private static func scorer(_ spec: JSONValue, _ model: (Int) -> Model) throws -> Scorer? {
        let spec = try FeaturizerSpec(json: spec, act: "testing")
        // Steps that do not fit: nothing to compare.
        guard let featurizer = try? Featurizer(spec) else { return nil }
        return try Scorer(
            featurizer: featurizer, model: model(featurizer.featureCount), labels: [:],
            threshold: 0)
    }

    /// Whether the input was scored; both ways give the same bits, or refuse for the same reason.
    private static func agree(
        _ scorer: Scorer, _ input: OwnedInput, _ spec: JSONValue
    ) -> Bool {
        let (buffer, output, listed) = (FeatureBuffer(), ScoreOutput(), ScoreOutput())
        let verdict = scorer.score(input, buffer, output)
        scorer.addProbabilities(output)
        scorer.featurizer.features(of: input, into: buffer)
        let other = scorer.score(buffer, listed)
        scorer.addProbabilities(listed)
        #expect(verdict.fault == other.fault, "\(spec.text) \(input)")
        #expect(verdict.classIndex == other.classIndex, "\(spec.text) \(input)")
        #expect(bits([verdict.score]) == bits([other.score]), "\(spec.text) \(input)")
        #expect(bits(output.decisionList) == bits(listed.decisionList), "\(spec.text) \(input)")
        #expect(
            bits(output.probabilityList) == bits(listed.probabilityList), "\(spec.text) \(input)")
        return verdict.fault == nil
    }

    @Test("random tables score the same to the last bit, and refuse the same", arguments: 0..<12)
    func randomTables(seed: Int) throws {
        var specs = TableSpecs(generator: SeededGenerator(seed: UInt64(seed)))
        var (direct, scored, refused) = (0, 0, 0)
        for _ in 0..<150 {
            let spec = specs.spec()
            guard let scorer = try Self.scorer(spec, { specs.model(features: $0) }) else {
                continue
            }
            guard scorer.table != nil else { continue }
            direct += 1
            for _ in 0..<30 {
                let isScored = Self.agree(scorer, specs.input(), spec)
                scored += isScored ? 1 : 0
                refused += isScored ? 0 : 1
            }
        }
        #expect(direct > 30 && scored > 300 && refused > 100)
    }

    @Test("what features a model needs all at once goes through features")
    func choice() throws {
        func hasTable(_ steps: String) throws -> Bool? {
            let text = "{\"steps\":[\(steps)]}"
            let json = try JSONValue(parsing: Array(text.utf8), act: "testing")
            return try Self.scorer(json) { count in
                Model(
                    classes: ["1", "0"], weights: [Double](repeating: 1, count: count),
                    intercept: 0, isLogistic: false)
            }.map { $0.table != nil }
        }
        let fields = #"{"fields":["a","b"]}"#
        let onehot =
            #"{"categories":{"encoding":"onehot","columns":[{"field":"m","categories":["a","b"]}]}}"#
        #expect(try hasTable(fields) == true)
        #expect(try hasTable(onehot) == true)
        let union = #"{"union":[\#(fields),\#(onehot)]}"#
        #expect(try hasTable(#"\#(union),{"multiply":{"factor":2}}"#) == true)
        #expect(try hasTable(#"{"dense":{"n_features":3}}"#) == true)
        #expect(try hasTable(#"\#(fields),{"normalizer":{}}"#) == false)
        #expect(try hasTable(#"\#(onehot),{"standard_scaler":{"mean":[0,1]}}"#) == false)
        #expect(try hasTable(#"{"union":[\#(fields),{"lexical":{}}]}"#) == false)
        #expect(try hasTable(#"{"sparse":{"n_features":3}}"#) == false)
    }

    @Test("parts of one list that want different counts of it refuse every list")
    func counts() throws {
        let spec: JSONValue = [
            "steps": [
                [
                    "union": [
                        ["steps": [["dense": ["n_features": 3]]]],
                        ["steps": [["dense": ["n_features": 3_000]]]],
                    ]
                ]
            ]
        ]
        let scorer = try #require(
            try Self.scorer(spec) { count in
                Model(
                    classes: ["1", "0"], weights: [Double](repeating: 1, count: count),
                    intercept: 0, isLogistic: false)
            })
        #expect(scorer.table != nil)
        for count in [1, 3, 3_000, 3_003] {
            let list = [Double](repeating: 1, count: count)
            #expect(!Self.agree(scorer, OwnedInput(dense: list), spec), "\(count)")
        }
    }

    @Test("a buffer and an output serve tables and texts in turns")
    func turns() throws {
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        let table = try #require(
            try Self.scorer(["steps": [["fields": ["a"]]]]) { count in
                Model(
                    classes: ["1", "0"], weights: [Double](repeating: 2, count: count),
                    intercept: 1, isLogistic: true)
            })
        #expect(table.score(OwnedInput(), buffer, output).fault == .missingField(0))
        #expect(buffer.fault == .missingField(0))
        #expect(table.score(OwnedInput(fields: ["a": 3]), buffer, output).score == 7)
        #expect(buffer.fault == nil)
        #expect(output.decisionList == [7])
        // Another scorer of the same weights shares the program.
        #expect(try table.with(threshold: 8).table === table.table)
    }

    @Test("a whole exponent is chosen as by rounding, at every tie and beside it")
    func exponents() {
        var worst = 0.0
        for half in -1_400...1_400 {
            let tie = Double(half) / 2 * 0.693_147_180_559_945_3
            for x in [tie.nextDown, tie, tie.nextUp, -tie / 3] {
                let (one, other) = (Exponential.exp(x), Exponential.exp(x / 2))
                // The square of the root, within what rounding of both makes.
                guard one.isNormal, other.isNormal else { continue }
                worst = max(worst, (other * other / one - 1).magnitude)
            }
        }
        #expect(worst < 1e-15)
    }
}
