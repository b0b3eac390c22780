import Lifecycle
import Scoring
import TestSupport
import Testing

@Suite("Steps for tables that are refused")
struct TableRefusalTests {
    private static func parse(_ steps: String) throws(SwerveError) -> FeaturizerSpec {
        try FeaturizerSpec(parsing: Array("{\"steps\":[\(steps)]}".utf8), file: "spec.json")
    }

    private static func columns(_ column: String, encoding: String = "onehot") -> String {
        #"{"categories":{"encoding":"\#(encoding)","columns":[\#(column)]}}"#
    }

    private static func dense(_ step: String) -> String { #"{"dense":{}},\#(step)"# }

    static let refused: [(steps: String, words: String)] = [
        (#"{"categories":{}}"#, "categories.encoding is missing"),
        (#"{"categories":{"encoding":"hot","columns":[]}}"#, "encoding is not onehot or ordinal"),
        (#"{"categories":{"encoding":"onehot","columns":[]}}"#, "columns is not a list of 1"),
        (columns(#"{"categories":["a"]}"#), "columns[0].field is missing"),
        (columns(#"{"field":"id","categories":["a"]}"#), "columns[0].field is 'id'"),
        (columns(#"{"field":"m"}"#), "columns[0].categories is missing"),
        (columns(#"{"field":"m","categories":[]}"#), "columns[0].categories is empty"),
        (columns(#"{"field":"m","categories":["a","a"]}"#), "categories[1] is there before"),
        (columns(#"{"field":"m","categories":[0,-0.0]}"#), "categories[1] is there before"),
        (columns(#"{"field":"m","categories":["a",1]}"#), "categories[1] is not a string"),
        (columns(#"{"field":"m","categories":[1,"a"]}"#), "categories[1] is not a finite number"),
        (columns(#"{"field":"m","categories":[null,null]}"#), "has null twice"),
        (columns(#"{"field":"m","categories":["a"],"codes":[0,1]}"#), "codes is not a list of 1"),
        (columns(#"{"field":"m","categories":["a"],"codes":[-1]}"#), "codes[0] is not a whole"),
        (columns(#"{"field":"m","categories":["a"],"codes":[null]}"#), "every category is dropped"),
        (columns(#"{"field":"m","categories":["a"],"unknown":"zeros"}"#), "unknown is not"),
        (columns(#"{"field":"m","categories":["a"],"missing":1}"#), "missing is not a string"),
        (columns(#"{"field":"m","categories":[1],"missing":"a"}"#), "missing is not a finite"),
        (
            columns(#"{"field":"m","categories":["a",null],"missing":"a"}"#),
            "beside a category null"
        ),
        (dense(columns(#"{"categories":["a"]}"#)), "are texts, and the steps before"),
        (dense(columns(#"{"field":"m","categories":[1]}"#)), "stands in a step behind the first"),
        (dense(#"{"imputer":{}}"#), "imputer.statistics is missing"),
        (dense(#"{"imputer":{"statistics":[]}}"#), "statistics is empty"),
        (dense(#"{"imputer":{"statistics":[null]}}"#), "statistics[0] is not a finite number"),
        (
            dense(#"{"imputer":{"statistics":[1],"indicators":[1]}}"#),
            "indicators[0] is not a whole"
        ),
        (dense(#"{"kbins":{"encode":"onehot","edges":[],"n_bins":[]}}"#), "n_bins is missing"),
        (dense(#"{"kbins":{"encode":"onehot","edges":[2,1],"n_bins":[3]}}"#), "do not ascend"),
        (dense(#"{"kbins":{"encode":"onehot","edges":[1],"n_bins":[3]}}"#), "are fewer than"),
        (dense(#"{"kbins":{"encode":"onehot","edges":[1,2],"n_bins":[2]}}"#), "n_bins takes 1"),
        (dense(#"{"kbins":{"encode":"none","edges":[1],"n_bins":[2]}}"#), "encode is not onehot"),
        (dense(#"{"polynomial":{"degree":2}}"#), "n_features is missing"),
        (dense(#"{"polynomial":{"n_features":2,"degree":3}}"#), "degree is not a whole number"),
        (dense(#"{"polynomial":{"n_features":2,"degree":[2,1]}}"#), "degree is not the lowest"),
        (dense(#"{"function":{"func":"exec"}}"#), "func is not one of log1p, abs, sqrt"),
        (dense(#"{"select":{"n_features":3,"indices":[]}}"#), "indices is missing or empty"),
        (dense(#"{"select":{"n_features":3,"indices":[0,0]}}"#), "names a feature twice"),
        (dense(#"{"select":{"n_features":3,"indices":[3]}}"#), "indices[0] is not a whole"),
        (dense(#"{"select":{"n_features":3,"indices":[0.5]}}"#), "indices[0] is not a whole"),
        (dense(#"{"multiply":{"factor":"2"}}"#), "factor is not a finite number"),
        (dense(#"{"matrix":{"components":[]}}"#), "components is not a list of lists"),
        (dense(#"{"matrix":{"components":[[1,2],[3]]}}"#), "components[1] is not a list of 2"),
        (dense(#"{"matrix":{"components":[[1,2]],"mean":[1]}}"#), "mean has not 2 numbers"),
        (dense(#"{"matrix":{"components":[[1,2]],"scale":[0]}}"#), "scale has a 0"),
        (dense(#"{"rbf_sampler":{"random_weights":[[1,2]],"random_offset":[1]}}"#), "2 columns"),
        (
            dense(#"{"nystroem":{"kernel":"laplacian","components":[[1]],"normalization":[[1]]}}"#),
            "kernel is not linear"
        ),
        (
            dense(#"{"nystroem":{"kernel":"rbf","components":[[1]],"normalization":[[1]]}}"#),
            "gamma is missing"
        ),
        (
            dense(#"{"nystroem":{"kernel":"linear","components":[[1]],"normalization":[[1,2]]}}"#),
            "normalization is not 1 times 1"
        ),
    ]

    @Test("a wrong step is refused with its place", arguments: refused)
    func refusal(steps: String, words: String) {
        let error = #expect(throws: SwerveError.self) { try Self.parse(steps) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    private static let unfit: [(steps: String, words: String)] = [
        (#"{"fields":{"names":["a"],"missing":"nan"}}"#, "the model would get NaN for it"),
        (
            #"{"fields":{"names":["a"],"missing":"nan"}},{"standard_scaler":{"mean":[1]}}"#,
            "the model would get NaN for it"
        ),
        (
            #"{"fields":{"names":["a"],"missing":"nan"}},{"normalizer":{}},{"imputer":{"statistics":[1]}}"#,
            "step 2, normalizer, takes no missing values"
        ),
        (
            #"{"fields":{"names":["a"],"missing":"nan"}},{"imputer":{"statistics":[1],"missing_values":0}}"#,
            "step 2, imputer, takes no missing values"
        ),
        (
            #"{"union":[{"lexical":{}},{"fields":{"names":["a"],"missing":"nan"}}]}"#,
            "the model would get NaN for it"
        ),
        (
            columns(#"{"field":"m","categories":["a"],"unknown":"nan"}"#, encoding: "ordinal"),
            "the model would get NaN for it"
        ),
        (
            #"{"dense":{"n_features":2}},{"imputer":{"statistics":[1]}}"#,
            "imputer, is for 1 features, and there are 2"
        ),
        (
            #"{"dense":{"n_features":2}},{"select":{"n_features":2,"indices":[0]}},{"matrix":{"components":[[1,2]]}}"#,
            "step 3, matrix, is for 2 features, and there are 1"
        ),
        (
            #"{"union":[{"categories":{"encoding":"ordinal","columns":[{"field":"m","categories":["a"]}]}},{"fields":["m"]}]}"#,
            "is read as a number and as a text"
        ),
    ]

    @Test(
        "steps that do not fit each other are refused, and missing values without an end too",
        arguments: unfit)
    func misfits(steps: String, words: String) throws {
        let spec = try Self.parse(steps)
        let error = #expect(throws: SwerveError.self) { try Featurizer(spec) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test("an ordinal that may be missing goes through an imputer")
    func missingOrdinal() throws {
        let steps =
            Self.columns(
                #"{"field":"m","categories":["a",null],"codes":[0,null]}"#, encoding: "ordinal")
            + #",{"imputer":{"statistics":[0.5]}}"#
        let featurizer = try Featurizer(Self.parse(steps))
        let buffer = FeatureBuffer()
        featurizer.features(of: OwnedInput(), into: buffer)
        #expect(buffer.sortedFeatures().map(\.value) == [0.5])
    }

    @Test("what is too large is refused before memory is taken")
    func bounds() throws {
        let wide = try #require(throws: SwerveError.self) {
            try Self.parse(Self.dense(#"{"polynomial":{"n_features":1048576,"degree":2}}"#))
        }
        #expect(wide.code == .tooLarge)
        // Each keeps one feature of a million products.
        let one =
            #"{"steps":[{"dense":{"n_features":1400}},{"polynomial":{"n_features":1400,"degree":2}},{"select":{"n_features":982101,"indices":[0]}}]}"#
        let many = Array(repeating: one, count: 20).joined(separator: ",")
        let spec = try Self.parse(#"{"union":[\#(many)]}"#)
        let worked = try #require(throws: SwerveError.self) { try Featurizer(spec) }
        #expect(worked.code == .tooLarge && worked.reason.contains("write"))
        let names = (0...Limits.categories).map { "\"\($0)\"" }.joined(separator: ",")
        let categories = try #require(throws: SwerveError.self) {
            try Self.parse(Self.columns(#"{"field":"m","categories":[\#(names)]}"#))
        }
        #expect(categories.code == .tooLarge)
    }

    @Test("mutated specs are refused or read, and never crash; what is read, runs")
    func mutations() throws {
        var mutator = ByteMutator(
            seed: 15,
            pieces: [
                "{", "}", "[", "]", ",", ":", "null", "1e999", "-1", "1e18", "0", "\"nan\"",
                "\"imputer\":", "\"statistics\":[1]", "\"n_features\":2", "\"unknown\":\"ignore\"",
                "\"codes\":[0]", "1048576",
            ])
        let seeds = TableStepTests.specs.map { Array("{\"steps\":[\($0)]}".utf8) }
        let buffer = FeatureBuffer()
        let inputs = [
            OwnedInput(
                dense: [1, 2], sparse: [Feature(index: 1, value: 2)],
                fields: ["a": 1, "status": 200], texts: ["method": [0x47], "m": [0x61]]),
            OwnedInput(dense: [.nan, .infinity], fields: ["b": 2]),
        ]
        var read = 0
        for round in 0..<12_000 {
            let bytes = mutator.mutated(seeds[round % seeds.count])
            do throws(SwerveError) {
                let spec = try FeaturizerSpec(parsing: bytes, file: "spec.json")
                #expect(try FeaturizerSpec(parsing: spec.json.bytes, file: "spec.json") == spec)
                let featurizer = try Featurizer(spec, modelFeatures: 2)
                read += 1
                for input in inputs {
                    featurizer.features(of: input, into: buffer)
                    let count = featurizer.featureCount
                    #expect(buffer.sortedFeatures().allSatisfy { (0..<count).contains($0.index) })
                }
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
        #expect(read > 20)
    }
}
