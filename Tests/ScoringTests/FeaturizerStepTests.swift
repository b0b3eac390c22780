import Lifecycle
import Scoring
import TestSupport
import Testing

@Suite("Steps of featurizer specs")
struct FeaturizerStepTests {
    private static func parse(_ text: String) throws -> FeaturizerSpec {
        try FeaturizerSpec(parsing: Array(text.utf8), file: "spec.json")
    }

    private static let range = "x\\n-1 1\\n1 15 870\\n3 0.5 2e3\\n"

    private static let specs: [(text: String, spec: FeaturizerSpec)] = [
        (#"{"steps":[{"lexical":{}}]}"#, FeaturizerSpec(source: .lexical)),
        (
            #"{"steps":[{"fields":["a","b.c"]}]}"#,
            FeaturizerSpec(source: .fields(FieldList(names: ["a", "b.c"], missing: nil)))
        ),
        (
            #"{"steps":[{"fields":{"names":["x"],"missing":-1}}]}"#,
            FeaturizerSpec(source: .fields(FieldList(names: ["x"], missing: -1)))
        ),
        (#"{"steps":[{"dense":{}}]}"#, FeaturizerSpec(source: .dense(count: nil))),
        (#"{"steps":[{"sparse":{"n_features":30}}]}"#, FeaturizerSpec(source: .sparse(count: 30))),
        (
            #"{"steps":[{"dense":{}},{"standard_scaler":{"mean":[1,2.5],"scale":[1,4]}}]}"#,
            FeaturizerSpec(
                source: .dense(count: nil),
                transforms: [.standardScaler(StandardScaler(mean: [1, 2.5], scale: [1, 4]))])
        ),
        (
            #"{"steps":[{"sparse":{}},{"standard_scaler":{"mean":null,"scale":[2]}},{"float32":{}}]}"#,
            FeaturizerSpec(
                source: .sparse(count: nil),
                transforms: [.standardScaler(StandardScaler(mean: nil, scale: [2])), .single])
        ),
        (
            #"{"steps":[{"dense":{}},{"min_max_scaler":{"scale":[2],"min":[1],"clip":[0,1]}}]}"#,
            FeaturizerSpec(
                source: .dense(count: nil),
                transforms: [.minMaxScaler(MinMaxScaler(scale: [2], min: [1], clip: 0...1))])
        ),
        (
            #"{"steps":[{"dense":{}},{"min_max_scaler":{"data_min":[1,5],"data_max":[3,5],"feature_range":[-1,1],"clip":true}}]}"#,
            FeaturizerSpec(
                source: .dense(count: nil),
                transforms: [
                    .minMaxScaler(MinMaxScaler(scale: [1, 2], min: [-2, -11], clip: -1...1))
                ])
        ),
        (
            #"{"steps":[{"lexical":{}},{"svm_scale":{"range":"\#(range)"}}]}"#,
            FeaturizerSpec(
                source: .lexical,
                transforms: [
                    .svmScale(
                        SVMScale(
                            lower: -1, upper: 1,
                            bounds: [
                                .init(lowest: 15, highest: 870), nil,
                                .init(lowest: 0.5, highest: 2_000),
                            ]))
                ])
        ),
        (
            #"{"steps":[{"lexical":{}},{"normalizer":{"norm":"l1"}},{"normalizer":{"norm":"max"}}]}"#,
            FeaturizerSpec(source: .lexical, transforms: [.normalizer(.l1), .maxNormalizer])
        ),
        (
            #"{"steps":[{"union":[{"lexical":{}},{"steps":[{"dense":{"n_features":2}},{"normalizer":{}}]}]}]}"#,
            FeaturizerSpec(
                source: .union([
                    FeaturizerSpec(source: .lexical),
                    FeaturizerSpec(source: .dense(count: 2), transforms: [.normalizer(.l2)]),
                ]))
        ),
    ]

    @Test("every step is read, and written so that it reads back", arguments: specs)
    func roundTrip(text: String, expected: FeaturizerSpec) throws {
        let spec = try Self.parse(text)
        #expect(spec == expected)
        let again = try Self.parse(spec.json.text)
        #expect(again == spec)
        #expect(again.json.bytes == spec.json.bytes)
    }

    private static let refused: [(steps: String, words: String)] = [
        (#"{"lexical":{"x":1}}"#, "step 1, lexical has an unknown key 'x'"),
        (#"{"lexical":null}"#, "step 1, lexical is not an object"),
        (#"{"fields":[]}"#, "fields has 0 names"),
        (#"{"fields":["a","a"]}"#, "fields[1] names 'a' again"),
        (#"{"fields":[""]}"#, "fields[0] is empty"),
        (#"{"fields":["a.b.c.d.e.f.g.h.i"]}"#, "fields[0] is too long"),
        (#"{"fields":["label"]}"#, "fields[0] is 'label'"),
        (#"{"fields":[1]}"#, "fields[0] is not a string"),
        (#"{"fields":{"names":["a"],"missing":"0"}}"#, "fields.missing is not a finite number"),
        (#"{"fields":{"missing":0}}"#, "fields.names is missing"),
        (#"{"dense":{"n_features":0}}"#, "dense.n_features is not a whole number from 1"),
        (#"{"dense":{"n_features":1048577}}"#, "from 1 to 1048576"),
        (#"{"sparse":[]}"#, "sparse is not an object"),
        (#"{"union":{}}"#, "step 1, union is not a list"),
        (#"{"union":[{"normalizer":{}}]}"#, "step 1, element 1 'normalizer' changes features"),
        (#"{"union":[{"steps":[]}]}"#, "step 1, element 1, the list 'steps' is empty"),
        (#"{"union":[{"steps":[{"lexical":{}},{"x":1}]}]}"#, "step 1, element 1, step 2 'x'"),
        (
            #"{"union":[{"union":[{"union":[{"union":[{"union":[{"lexical":{}}]}]}]}]}]}"#,
            "more than 4 unions inside one another"
        ),
        (#"{"lexical":{}},{"lexical":{}}"#, "step 2 'lexical' is a source"),
        (#"{"lexical":{}},{"standard_scaler":{"mean":[1],"scale":[]}}"#, "scale has 0"),
        (#"{"lexical":{}},{"standard_scaler":{"scale":[1,0]}}"#, "scale[1] is 0"),
        (#"{"lexical":{}},{"standard_scaler":{"mean":[1,"a"]}}"#, "mean[1] is not a finite number"),
        (#"{"lexical":{}},{"min_max_scaler":{"scale":[1]}}"#, "min_max_scaler.min is missing"),
        (
            #"{"lexical":{}},{"min_max_scaler":{"scale":[1],"data_min":[1]}}"#,
            "scale stands beside data_min"
        ),
        (#"{"lexical":{}},{"min_max_scaler":{"scale":[1],"min":[1],"clip":true}}"#, "clip"),
        (#"{"lexical":{}},{"min_max_scaler":{"scale":[1],"min":[1],"clip":[1,0]}}"#, "clip"),
        (#"{"lexical":{}},{"svm_scale":{}}"#, "svm_scale.ranges is missing"),
        (#"{"lexical":{}},{"svm_scale":{"range":"y\n0 1\n0 1\nx\n"}}"#, "it scales the target"),
        (#"{"lexical":{}},{"svm_scale":{"range":"x\n1 -1\n1 0 1\n"}}"#, "range, line 2"),
        (#"{"lexical":{}},{"svm_scale":{"range":"x\n-1 1\n1 0\n"}}"#, "range, line 3"),
        (#"{"lexical":{}},{"svm_scale":{"range":"x\n-1 1\n1 0 nan\n"}}"#, "range, line 3"),
        (#"{"lexical":{}},{"svm_scale":{"range":"x\n-1 1\n2 0 1\n1 0 1\n"}}"#, "the index 1"),
        (#"{"lexical":{}},{"svm_scale":{"range":"x\n-1 1\n9999999 0 1\n"}}"#, "the index 9999999"),
        (#"{"lexical":{}},{"svm_scale":{"range":"x\n-1 1\n1 2 1\n"}}"#, "not lowest and highest"),
        (#"{"lexical":{}},{"svm_scale":{"lower":0,"upper":1,"ranges":[[1,2]]}}"#, "ranges[0]"),
        (#"{"lexical":{}},{"normalizer":{"norm":"l3"}}"#, "normalizer.norm is not"),
        (#"{"lexical":{}},{"float32":{"a":1}}"#, "float32 has an unknown key 'a'"),
    ]

    @Test("a wrong step is refused with its place", arguments: refused)
    func refusal(steps: String, words: String) {
        let error = #expect(throws: SwerveError.self) { try Self.parse("{\"steps\":[\(steps)]}") }
        #expect(error?.code == .invalid)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test("mutated specs are refused or read, and never crash; what is read, runs")
    func mutations() throws {
        var mutator = ByteMutator(
            seed: 77,
            pieces: [
                "{", "}", "[", "]", ",", ":", "null", "1e999", "-1", "1e18", "\"steps\":",
                "\"union\":[",
                "\"lexical\":{}", "\"svm_scale\":", "\"mean\":[1]", "\"range\":\"x\\n0 1\\n\"", "0",
            ])
        let seeds = Self.specs.map { Array($0.text.utf8) }
        let buffer = FeatureBuffer()
        let input = OwnedInput(
            text: Array("GET /a?b\n".utf8), dense: [1, 2], sparse: [Feature(index: 1, value: 2)],
            fields: ["a": 1])
        var read = 0
        for round in 0..<12_000 {
            let bytes = mutator.mutated(seeds[round % seeds.count])
            do throws(SwerveError) {
                let spec = try FeaturizerSpec(parsing: bytes, file: "spec.json")
                #expect(try FeaturizerSpec(parsing: spec.json.bytes, file: "spec.json") == spec)
                read += 1
                let featurizer = try Featurizer(spec, modelFeatures: 2)
                featurizer.features(of: input, into: buffer)
                let count = featurizer.featureCount
                #expect(buffer.sortedFeatures().allSatisfy { (0..<count).contains($0.index) })
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
        #expect(read > 20)
    }

    private static let unfit: [(steps: String, words: String)] = [
        (#"{"dense":{}}"#, "nothing says how many features 'dense' has"),
        (#"{"union":[{"sparse":{}}]}"#, "nothing says how many features 'sparse' has"),
        (
            #"{"lexical":{}},{"standard_scaler":{"mean":[1]}}"#,
            "is for 1 features, and there are 30"
        ),
        (
            #"{"dense":{"n_features":1}},{"svm_scale":{"range":"x\n-1 1\n2 0 1\n"}}"#,
            "step 2, svm_scale, is for 2 features, and there are 1"
        ),
    ]

    @Test("steps that do not fit each other are refused", arguments: unfit)
    func misfits(steps: String, words: String) throws {
        let spec = try Self.parse("{\"steps\":[\(steps)]}")
        let error = #expect(throws: SwerveError.self) { try Featurizer(spec) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test("millions of numbers of their own are refused before anything is allocated")
    func tooWide() throws {
        let wide = FeaturizerSpec(
            source: .hashedNgrams(Recipes.ngrams(.byte, features: 1 << 24)),
            transforms: [
                .svmScale(SVMScale(lower: 0, upper: 1, bounds: [.init(lowest: 0, highest: 1)]))
            ])
        let error = #expect(throws: SwerveError.self) { try Featurizer(wide) }
        #expect(error?.code == .tooLarge)
    }

    @Test("all sources of a spec together have a bound, whatever unions they stand in")
    func unionsTooWide() throws {
        let half = #"{"hashed_ngrams":{"analyzer":"byte","n_features":8388608}}"#
        let full = #"{"union":[\#(half),\#(half)]}"#
        #expect(
            try Featurizer(Self.parse(#"{"steps":[\#(full)]}"#)).featureCount
                == Limits.unionFeatures)
        for wide in [
            #"{"union":[\#(half),\#(half),{"lexical":{}}]}"#,
            #"{"union":[\#(full),{"union":[{"lexical":{}}]}]}"#,
            #"{"union":[{"union":[\#(full),\#(full)]}]}"#,
        ] {
            let spec = try Self.parse(#"{"steps":[\#(wide)]}"#)
            let error = try #require(throws: SwerveError.self) { try Featurizer(spec) }
            #expect(error.code == .tooLarge && error.reason.contains("the limit is 16777216"))
        }
    }

    @Test("selections of a few bytes take no memory for all that they announce")
    func selectionsTooLarge() throws {
        let select = #"{"select":{"n_features":16777216,"indices":[0,16777215]}}"#
        let full = #"{"sparse":{"n_features":16777216}}"#
        #expect(try Featurizer(Self.parse(#"{"steps":[\#(full),\#(select)]}"#)).featureCount == 2)
        let element = #"{"steps":[\#(full),\#(select)]}"#
        let union = [String](repeating: element, count: 5).joined(separator: ",")
        let spec = try Self.parse(#"{"steps":[{"union":[\#(union)]}]}"#)
        let error = try #require(throws: SwerveError.self) { try Featurizer(spec) }
        #expect(error.code == .tooLarge && error.reason.contains("the limit is 67108864"))
    }

    @Test("a range of a high index stands alone in memory, and in its place")
    func highRange() throws {
        let spec = try Self.parse(
            #"{"steps":[{"dense":{}},{"svm_scale":{"ranges":[[2,0,4],[1048576,0,1]]}}]}"#)
        guard case .svmScale(let scale) = spec.transforms[0] else {
            Issue.record("another step")
            return
        }
        #expect(scale.features == [1, 1_048_575] && scale.bounds.count == 2)
        #expect(scale.featureCount == 1_048_576)
        #expect(try FeaturizerSpec(parsing: spec.json.bytes, file: "spec.json") == spec)
    }

    @Test("steps that give no feature are refused")
    func noFeature() throws {
        for steps in [
            #"{"dense":{}},{"standard_scaler":{"mean":[]}}"#,
            #"{"sparse":{}},{"min_max_scaler":{"scale":[],"min":[]}}"#,
            #"{"union":[{"lexical":{}},{"steps":[{"dense":{}},{"standard_scaler":{"scale":[]}}]}]}"#,
        ] {
            let spec = try Self.parse(#"{"steps":[\#(steps)]}"#)
            let error = #expect(throws: SwerveError.self) { try Featurizer(spec) }
            #expect(error?.reason == "the steps give no feature")
        }
    }

    @Test("an open count is that of the next step, else the model's")
    func openCounts() throws {
        let scaled = try Self.parse(
            #"{"steps":[{"dense":{}},{"normalizer":{}},{"standard_scaler":{"mean":[1,2,3]}}]}"#)
        #expect(try Featurizer(scaled, modelFeatures: 9).featureCount == 3)
        let open = try Self.parse(#"{"steps":[{"sparse":{}}]}"#)
        #expect(try Featurizer(open, modelFeatures: 9).featureCount == 9)
    }
}
