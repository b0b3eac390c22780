import Lifecycle
import Scoring
import Testing

@testable import ModelFormats

@Suite("Bundles of tables")
struct BundleTableTests {
    /// One hyperplane over imputed numbers and one-hot categories, two of them in tensors.
    private static let sample = BundleSample.linear
        .with(
            "featurizer",
            [
                "steps": [
                    [
                        "union": [
                            [
                                "steps": [
                                    ["fields": ["names": ["bytes"], "missing": "nan"]],
                                    ["imputer": ["statistics": ["tensor": "mean"]]],
                                ]
                            ],
                            [
                                "categories": [
                                    "encoding": "onehot",
                                    "columns": [
                                        [
                                            "field": "method", "unknown": "ignore",
                                            "categories": [
                                                "terms": ["tensor": "terms"],
                                                "offsets": ["tensor": "cuts"], "missing": true,
                                            ],
                                        ]
                                    ],
                                ]
                            ],
                        ]
                    ],
                    ["matrix": ["components": ["tensor": "components"]]],
                ]
            ]
        )
        .with("golden", .null)
        .with(tensor: "mean", .doubles([7])).with(tensor: "golden.dense", nil)
        .with(tensor: "golden.decision", nil)
        .with(tensor: "terms", .text("GETÜ")).with(tensor: "cuts", .ints([0, 3, 5]))
        .with(
            tensor: "components",
            .doubles([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1], [3, 4]))

    private static func featurizer(_ sample: BundleSample) throws -> Featurizer {
        try Featurizer(#require(try ParsedModel(parsing: sample.file).featurizer))
    }

    @Test("texts and numbers of a step are read from tensors")
    func read() throws {
        let featurizer = try Self.featurizer(Self.sample)
        #expect(featurizer.fieldNames == ["bytes"] && featurizer.textNames == ["method"])
        let buffer = FeatureBuffer()
        for (method, bytes, expected) in [
            ("GET", 5, [5, 1, 0]), ("Ü", nil, [7, 0, 1]), (nil, 1, [1, 0, 1]),
            ("PUT", 2, [2, 0, 0]),
        ] as [(String?, Double?, [Double])] {
            let input = OwnedInput(
                fields: bytes.map { ["bytes": $0] } ?? [:],
                texts: method.map { ["method": Array($0.utf8)] } ?? [:])
            featurizer.features(of: input, into: buffer)
            #expect(buffer.sortedFeatures().map(\.value) == expected)
        }
    }

    private static let wrong: [(sample: BundleSample, words: String)] = [
        (sample.with(tensor: "mean", .doubles([.nan])), "element 0 is not a finite number"),
        (sample.with(tensor: "terms", .raw([0x47, 0x45, 0xFF, 0xC3, 0x9C])), "is not UTF-8"),
        (sample.with(tensor: "terms", .text("GGGGG")).with(tensor: "cuts", .ints([0, 1])), "cuts"),
        (
            sample.with(tensor: "terms", .text("GG")).with(tensor: "cuts", .ints([0, 1, 2])),
            "categories[1] is there before"
        ),
        (
            sample.with(
                tensor: "terms", BundleSample.Tensor(type: "U8", shape: [1 << 32, 0], bytes: [])),
            "makes all steps hold too many strings together"
        ),
        (sample.with(tensor: "components", .doubles([1, 2], [2])), "has the shape [2]"),
        (sample.with(tensor: "components", .doubles([], [0, 4])), "has the shape [0, 4]"),
    ]

    @Test("a wrong tensor is refused with its place", arguments: wrong)
    func refusal(sample: BundleSample, words: String) {
        let error = #expect(throws: SwerveError.self) { try ParsedModel(parsing: sample.file) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test("one tensor that thousands of steps name is not read thousands of times")
    func manyTimes() {
        let numbers = 1 << 20
        let step: JSONValue = ["matrix": ["components": ["tensor": "components"]]]
        let part: JSONValue = ["steps": .array([["dense": ["n_features": 1]], step])]
        let union: JSONValue = ["union": .array([JSONValue](repeating: part, count: 32))]
        let whole: JSONValue = ["union": .array([JSONValue](repeating: union, count: 32))]
        let sample = Self.sample
            .with("featurizer", ["steps": [whole]])
            .with(
                tensor: "components",
                .doubles([Double](repeating: 1, count: numbers), [numbers, 1]))
        let error = #expect(throws: SwerveError.self) { try ParsedModel(parsing: sample.file) }
        #expect(error?.code == .tooLarge)
    }

    private static func spec(_ sample: BundleSample, _ numbers: Int) throws -> FeaturizerSpec {
        let tensors = try Safetensors(parsing: sample.file, act: "reading") { _ in }
        let object = try BundleObject(
            sample.manifest["featurizer"] ?? .null, place: "featurizer", tensors: tensors)
        return try BundleFeaturizer.parse(object, BundleStep.Budget(numbers))
    }

    @Test("scalers and vocabularies take of what all steps may hold, before they are read")
    func budget() throws {
        let scaler = BundleSample.linear.with(
            "featurizer",
            [
                "steps": [
                    ["dense": ["n_features": 3]],
                    ["min_max_scaler": ["scale": ["tensor": "mean"], "min": ["tensor": "mean"]]],
                ]
            ])
        // Three numbers each; four offsets of three terms, and an idf for each.
        for (sample, wanted) in [(scaler, 6), (BundleSample.text, 7)] {
            _ = try Self.spec(sample, wanted)
            for numbers in [0, 3, wanted - 1] {
                let error = #expect(throws: SwerveError.self) {
                    try Self.spec(sample, numbers)
                }
                #expect(error?.code == .tooLarge)
            }
        }
        // One long term: its bytes count.
        let long = BundleSample.text
            .with(tensor: "terms", .text(String(repeating: "a", count: 80)))
            .with(tensor: "cuts", .ints([0, 80]))
        let error = #expect(throws: SwerveError.self) { try Self.spec(long, 11) }
        #expect(error?.code == .tooLarge)
    }
}
