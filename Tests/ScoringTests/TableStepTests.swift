import Lifecycle
import Scoring
import TestSupport
import Testing

@Suite("Steps for tables and projections")
struct TableStepTests {
    private static func featurizer(_ steps: String) throws -> Featurizer {
        try Featurizer(FeaturizerSpec(parsing: Array("{\"steps\":[\(steps)]}".utf8), file: "s"))
    }

    /// The features of an input, every 0 written out; nil where it has a fault.
    private static func features(_ steps: String, _ input: OwnedInput) throws -> [Double]? {
        let featurizer = try featurizer(steps)
        let buffer = FeatureBuffer()
        // Twice, so that what the first one left behind would show.
        featurizer.features(of: input, into: buffer)
        featurizer.features(of: input, into: buffer)
        guard buffer.fault == nil else { return nil }
        var values = [Double](repeating: 0, count: featurizer.featureCount)
        for feature in buffer.sortedFeatures() { values[feature.index] = feature.value }
        return values
    }

    private static func fault(_ steps: String, _ input: OwnedInput) throws -> String? {
        let featurizer = try featurizer(steps)
        let buffer = FeatureBuffer()
        featurizer.features(of: input, into: buffer)
        return buffer.fault.map { featurizer.words(of: $0) }
    }

    private static let methods =
        #"{"categories":{"encoding":"onehot","columns":[{"field":"method","categories":["GET","POST",null],"#
        + #""unknown":"ignore"},{"field":"status","categories":[200,404],"codes":[null,0],"unknown":"error"}]}}"#
    private static let ordinals =
        #"{"categories":{"encoding":"ordinal","columns":[{"field":"m","categories":["a","bb","a rather long category"],"unknown":-1,"missing":"bb"}]}}"#

    static let specs = [
        methods, ordinals,
        #"{"fields":{"names":["a","b"],"missing":"nan"}},{"imputer":{"statistics":[1,2.5]}}"#,
        #"{"fields":{"names":["a","b"],"missing":"nan"}},{"standard_scaler":{"mean":[1,1]}},{"imputer":{"statistics":[0,7],"indicators":[1]}}"#,
        #"{"dense":{"n_features":2}},{"imputer":{"statistics":[1,2],"missing_values":-1}}"#,
        #"{"dense":{"n_features":2}},{"categories":{"encoding":"onehot","columns":[{"categories":[1,2]},{"categories":[0],"unknown":"ignore"}]}}"#,
        #"{"dense":{"n_features":2}},{"kbins":{"encode":"onehot","edges":[0.5,1,2],"n_bins":[3,2]}}"#,
        #"{"dense":{"n_features":2}},{"kbins":{"encode":"onehot-dense","edges":[0.5,1,2],"n_bins":[3,2]}}"#,
        #"{"dense":{"n_features":2}},{"kbins":{"encode":"ordinal","edges":[0.5,1,2],"n_bins":[3,2]}}"#,
        #"{"dense":{"n_features":2}},{"polynomial":{"n_features":2,"degree":2}}"#,
        #"{"dense":{"n_features":3}},{"polynomial":{"n_features":3,"degree":[2,2],"interaction_only":true,"include_bias":false}}"#,
        #"{"dense":{"n_features":2}},{"function":{"func":"log1p"}},{"function":{"func":"abs"}}"#,
        #"{"dense":{"n_features":3}},{"select":{"n_features":3,"indices":[2,0]}}"#,
        #"{"sparse":{"n_features":4}},{"select":{"n_features":4,"indices":[3,1]}},{"multiply":{"factor":0.5}}"#,
        #"{"dense":{"n_features":2}},{"matrix":{"components":[[1,2],[3,4],[0,1]],"mean":[1,1],"scale":[1,2,4]}}"#,
        #"{"sparse":{"n_features":4}},{"matrix":{"components":[[1,2,3,4]]}}"#,
        #"{"dense":{"n_features":2}},{"rbf_sampler":{"random_weights":[[1,0.5,2],[0,1,-1]],"random_offset":[0,1,3]}}"#,
        #"{"dense":{"n_features":2}},{"nystroem":{"kernel":"rbf","gamma":0.5,"components":[[1,0],[0,2]],"normalization":[[1,0.5],[0.5,1]]}}"#,
        #"{"dense":{"n_features":2}},{"nystroem":{"kernel":"poly","gamma":0.5,"coef0":1,"degree":3,"components":[[1,0],[0,2]],"normalization":[[1,0],[0,1]]}}"#,
        #"{"union":[\#(methods),{"steps":[{"fields":{"names":["a"],"missing":"nan"}},"#
            + #"{"imputer":{"statistics":[3]}}]}]},{"select":{"n_features":5,"indices":[4,0]}}"#,
    ]

    @Test("every step is read, and written so that it reads back", arguments: specs)
    func roundTrip(steps: String) throws {
        let spec = try FeaturizerSpec(parsing: Array("{\"steps\":[\(steps)]}".utf8), file: "s")
        let again = try FeaturizerSpec(parsing: spec.json.bytes, file: "s")
        #expect(again == spec)
        #expect(again.json.bytes == spec.json.bytes)
        #expect(try Featurizer(spec) == Featurizer(again))
    }

    @Test("categories become their codes; unknown, missing and dropped ones as they say")
    func categories() throws {
        func one(_ method: String?, _ status: Double) throws -> [Double]? {
            try Self.features(
                Self.methods,
                OwnedInput(
                    fields: ["status": status],
                    texts: method.map { ["method": Array($0.utf8)] } ?? [:]))
        }
        #expect(try one("GET", 200) == [1, 0, 0, 0])
        #expect(try one("POST", 404) == [0, 1, 0, 1])
        #expect(try one("PUT", 404) == [0, 0, 0, 1])
        #expect(try one("", 404) == [0, 0, 0, 1])
        #expect(try one(nil, 404) == [0, 0, 1, 1])
        #expect(try one("GET", 500) == nil)
        func ordinal(_ text: String?) throws -> [Double]? {
            try Self.features(
                Self.ordinals, OwnedInput(texts: text.map { ["m": Array($0.utf8)] } ?? [:]))
        }
        #expect(try ordinal("a") == [0])
        #expect(try ordinal("a rather long category") == [2])
        #expect(try ordinal("a rather long categorx") == [-1])
        #expect(try ordinal(nil) == [1])
    }

    @Test("a fault of a category names the field")
    func categoryFaults() throws {
        let get = Array("GET".utf8)
        #expect(
            try Self.fault(Self.methods, OwnedInput(fields: ["status": 1], texts: ["method": get]))
                == "the field 'status' is none of the categories that the model knows")
        #expect(
            try Self.fault(Self.methods, OwnedInput(texts: ["method": get]))
                == "the field 'status' is missing")
        let strict =
            #"{"categories":{"encoding":"onehot","columns":[{"field":"m","categories":["a"]}]}}"#
        #expect(
            try Self.fault(strict, OwnedInput(texts: ["m": [0x62]]))
                == "the field 'm' is none of the categories that the model knows")
        #expect(try Self.fault(strict, OwnedInput()) == "the field 'm' is missing")
    }

    @Test("thousands of categories are all found, and nothing else is")
    func manyCategories() throws {
        let names = (0..<5_000).map { "category \($0 * 7_919) of \($0 % 13)" } + ["", "a", "ab"]
        let list = JSONValue.array(names.map { .string($0) }).text
        let steps =
            #"{"categories":{"encoding":"ordinal","columns":[{"field":"m","categories":\#(list),"unknown":-1}]}}"#
        let featurizer = try Self.featurizer(steps)
        let buffer = FeatureBuffer()
        for (index, name) in names.enumerated() {
            featurizer.features(of: OwnedInput(texts: ["m": Array(name.utf8)]), into: buffer)
            #expect(buffer.sortedFeatures().map(\.value) == [Double(index)])
            featurizer.features(
                of: OwnedInput(texts: ["m": Array((name + "x").utf8)]), into: buffer)
            #expect(buffer.sortedFeatures().map(\.value) == [-1])
        }
    }

    @Test("what is missing becomes the statistic, and may say so")
    func imputing() throws {
        let input = OwnedInput(fields: ["b": 5])
        #expect(try Self.features(Self.specs[2], input) == [1, 5])
        #expect(try Self.features(Self.specs[2], OwnedInput(fields: ["a": 0])) == [0, 2.5])
        #expect(try Self.features(Self.specs[3], input) == [0, 4, 0])
        #expect(try Self.features(Self.specs[3], OwnedInput(fields: ["a": 3])) == [2, 7, 1])
        #expect(try Self.features(Self.specs[4], OwnedInput(dense: [-1, -1])) == [1, 2])
    }

    @Test("numbers fall into bins as searchsorted says")
    func bins() throws {
        for (x, bins) in [
            ([0, 2], [0, 1]), ([0.5, 1.9], [1, 0]), ([1, 9], [2, 1]), ([-9.0, 1e300], [0, 1]),
        ] as [([Double], [Int])] {
            var hot = [0.0, 0, 0, 0, 0]
            hot[bins[0]] = 1
            hot[3 + bins[1]] = 1
            let input = OwnedInput(dense: x)
            #expect(try Self.features(Self.specs[6], input) == hot)
            #expect(try Self.features(Self.specs[7], input) == hot)
            #expect(try Self.features(Self.specs[8], input) == bins.map(Double.init))
        }
    }

    @Test(
        "bins and kernels refuse what is not finite, as scikit-learn does",
        arguments: [6, 8, 16, 17, 18])
    func notFinite(spec: Int) throws {
        for bad in [Double.nan, .infinity, -.infinity] {
            for dense in [[1, bad], [bad, .nan]] {
                #expect(try Self.fault(Self.specs[spec], OwnedInput(dense: dense)) != nil)
            }
        }
    }

    @Test("products come in scikit-learn's order")
    func polynomial() throws {
        #expect(
            try Self.features(Self.specs[9], OwnedInput(dense: [2, 3])) == [1, 2, 3, 4, 6, 9])
        #expect(
            try Self.features(Self.specs[10], OwnedInput(dense: [2, 3, 5])) == [6, 10, 15])
    }

    @Test(
        "functions agree with numpy's",
        arguments: [
            ("log1p", 1e-20, 1e-20), ("log1p", 0.25, 0.22314355131420976),
            ("log1p", -0.5, -0.6931471805599453), ("log1p", 1e6, 13.815511557963774),
            ("log1p", 3.5, 1.5040773967762742), ("abs", -2, 2), ("sqrt", 2, 1.4142135623730951),
            ("square", -3, 9), ("expm1", 1e-12, 1.0000000000005e-12),
            ("expm1", 1, 1.718281828459045), ("expm1", -0.3, -0.2591817793182821),
        ])
    func functions(name: String, x: Double, expected: Double) throws {
        let steps = #"{"dense":{"n_features":1}},{"function":{"func":"\#(name)"}}"#
        let got = try #require(try Self.features(steps, OwnedInput(dense: [x]))?.first)
        #expect((got - expected).magnitude <= 4 * expected.ulp, "\(got)")
    }

    @Test("functions outside of their domain give what numpy gives")
    func domains() throws {
        let steps = #"{"dense":{"n_features":2}},{"function":{"func":"log1p"}}"#
        let got = try #require(try Self.features(steps, OwnedInput(dense: [-1, -2])))
        #expect(got[0] == -.infinity && got[1].isNaN)
    }

    @Test("selections keep the order that they name, dense and sparse")
    func selecting() throws {
        #expect(try Self.features(Self.specs[12], OwnedInput(dense: [1, 2, 3])) == [3, 1])
        let sparse = OwnedInput(sparse: [1, 2, 3].map { Feature(index: $0, value: Double($0)) })
        #expect(try Self.features(Self.specs[13], sparse) == [1.5, 0.5])
        #expect(
            try Self.features(Self.specs[13], OwnedInput(sparse: [Feature(index: 0, value: 9)]))
                == [0, 0])
    }

    @Test("a matrix is multiplied, dense and sparse")
    func matrix() throws {
        #expect(
            try Self.features(Self.specs[14], OwnedInput(dense: [2, 4])) == [7, 7.5, 0.75])
        let sparse = OwnedInput(sparse: [Feature(index: 1, value: 10), Feature(index: 3, value: 1)])
        #expect(try Self.features(Self.specs[15], sparse) == [24])
    }

    @Test("approximate kernels follow their formulas")
    func kernels() throws {
        let sampled = try #require(try Self.features(Self.specs[16], OwnedInput(dense: [1, 2])))
        // sqrt(2 / 3) cos([1, 3.5, 3])
        let wanted = [0.44115499, -0.76461368, -0.80832549]
        for (one, other) in zip(sampled, wanted) { #expect((one - other).magnitude < 1e-7) }
        let rbf = try #require(try Self.features(Self.specs[17], OwnedInput(dense: [1, 2])))
        // Kernel values exp(-2) and exp(-0.5), times the normalization.
        #expect((rbf[0] - (0.1353352832366127 + 0.5 * 0.6065306597126334)).magnitude < 1e-15)
        #expect((rbf[1] - (0.5 * 0.1353352832366127 + 0.6065306597126334)).magnitude < 1e-15)
        let poly = try #require(try Self.features(Self.specs[18], OwnedInput(dense: [1, 2])))
        #expect(poly == [3.375, 27])
    }

    @Test(
        "the cosine holds over a wide range",
        arguments: [
            (0.0, 1.0), (1, 0.5403023058681398), (3.5, -0.9364566872907963),
            (-100.25, 0.9607883312760612), (12345.678, 0.7101193587160628),
            (1e5, -0.9993608074382124),
        ])
    func cosine(x: Double, expected: Double) throws {
        let steps =
            #"{"dense":{"n_features":1}},{"rbf_sampler":{"random_weights":[[1]],"random_offset":[0]}}"#
        let got = try #require(try Self.features(steps, OwnedInput(dense: [x]))?.first)
        #expect((got / 2.0.squareRoot() - expected).magnitude < 4e-15, "\(got / 2.0.squareRoot())")
    }

    @Test("unions of tables and what stands behind them")
    func unions() throws {
        let input = OwnedInput(fields: ["status": 404], texts: ["method": Array("GET".utf8)])
        #expect(try Self.features(Self.specs[19], input) == [3, 1])
    }
}
