import Lifecycle
import ModelFormats
import TestSupport
import Testing

@Suite("Bundles that are refused")
struct BundleRefusalTests {
    private static func refusal(_ sample: BundleSample) -> SwerveError? {
        #expect(throws: SwerveError.self) { try ParsedModel(parsing: sample.file) }
    }

    private static func expect(_ sample: BundleSample, _ words: String) {
        let error = refusal(sample)
        #expect(error?.code == .invalid || error?.code == .tooLarge)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.contains("sample.safetensors") == true)
    }

    private static let nested: JSONValue = {
        var spec: JSONValue = ["steps": [["dense": [:]]]]
        for _ in 0..<5 { spec = ["steps": [["union": [spec]]]] }
        return spec
    }()

    private static let manifests: [(key: String, value: JSONValue?, words: String)] = [
        ("schema", 2, "manifest.schema is not 1"), ("schema", nil, "manifest.schema is not 1"),
        ("colour", "red", "manifest.colour is not known"),
        ("task", "clustering", "manifest.task is not classification"),
        ("task", nil, "manifest.task is not a string"),
        ("task", "regression", "manifest.classes of a regression"),
        ("task", "one-class", "manifest.classes of a one-class model are not 1, -1"),
        ("classes", ["a"], "manifest.classes are 1"),
        ("classes", ["a", "a"], "manifest.classes has an empty one, or one twice"),
        ("classes", ["a", "b", "c"], "manifest.classes are 3"),
        ("classes", [1, 2], "manifest.classes is not a list of strings"),
        (
            "classes", .array(Array(repeating: "a", count: 2_000)),
            "manifest.classes is not a list of at most 1000 strings"
        ),
        ("positive", 2, "manifest.positive is not a whole number from 0 to 1"),
        ("positive", -1, "manifest.positive is not a whole number"),
        ("rule", "majority", "manifest.rule is not one of"),
        ("rule", "one_vs_one", "manifest.classes are 2, which the rule does not take"),
        ("function", nil, "manifest.function is missing"),
        ("function", [:], "manifest.function is not an object with one key"),
        ("function", ["forest": [:]], "manifest.function.forest is not known"),
        ("function", ["linear": [:]], "linear.weights is not {\"tensor\":\"NAME\"}"),
        (
            "function", ["linear": ["weights": ["tensor": "v"], "intercepts": [0]]],
            "linear.weights names the tensor 'v', which is not there"
        ),
        (
            "function", ["linear": ["weights": ["tensor": "w"], "intercepts": [0, 1]]],
            "linear.intercepts has 2 numbers, not 1"
        ),
        (
            "function", ["linear": ["weights": ["tensor": "w"], "intercepts": ["x"]]],
            "linear.intercepts is not a list of finite numbers"
        ),
        ("probability", ["softmax": [:]], "manifest.probability is 'softmax'"),
        (
            "probability", ["decisions": [:]],
            "manifest.probability does not go with the calibration"
        ),
        ("calibration", ["members": 1], "manifest.calibration.curves is missing"),
        (
            "function", ["kernels": ["machines": []]],
            "function.kernels does not go with the calibration"
        ),
        ("probability", ["sigmoid": ["a": 1]], "probability.sigmoid.b is not a finite number"),
        (
            "probability", ["pairwise": ["a": [1, 2], "b": [1], "couples": true]],
            "probability.pairwise.a has 2 numbers, not 1"
        ),
        ("refuses_non_finite", nil, "manifest.refuses_non_finite is not true or false"),
        ("threshold", "high", "manifest.threshold is not a finite number"),
        ("threshold", nil, "manifest.threshold is not a finite number"),
        ("labels", ["attack": "maybe"], "labels.attack names a class that the model does not"),
        ("labels", nil, "manifest.labels is missing"),
        ("featurizer", ["steps": []], "featurizer.steps is not a list of 1 to 32 steps"),
        ("featurizer", ["steps": [["dense": [:], "x": 1]]], "steps[0] is not an object with one"),
        (
            "featurizer", ["steps": [["dense": ["n_features": 0]]]],
            "dense.n_features is not a whole number"
        ),
        ("featurizer", ["steps": [["word2vec": [:]]]], "'word2vec' is"),
        (
            "featurizer", ["steps": [["dense": [:]], ["dense": [:]]]],
            "step 2 'dense' is a source, and only the first step is one"
        ),
        (
            "featurizer", ["steps": [["dense": [:]], ["standard_scaler": ["scale": [1, 0]]]]],
            "standard_scaler.scale has a 0"
        ),
        (
            "featurizer",
            ["steps": [["dense": [:]], ["standard_scaler": ["scale": [1], "mean": [1, 2]]]]],
            "standard_scaler.mean and scale differ in length"
        ),
        (
            "featurizer",
            ["steps": [["dense": [:]], ["min_max_scaler": ["scale": [1], "min": [1, 2]]]]],
            "min_max_scaler.min has 2 numbers, not 1"
        ),
        (
            "featurizer",
            [
                "steps": [
                    ["dense": [:]],
                    ["min_max_scaler": ["scale": [1], "min": [1], "clip": [1, 0]]],
                ]
            ], "min_max_scaler.clip goes backwards"
        ),
        (
            "featurizer", ["steps": [["dense": [:]], ["normalizer": ["norm": "l3"]]]],
            "normalizer.norm is not"
        ),
        ("featurizer", nested, "union is not a list of 1 to 32 specs, or nested"),
        ("golden", ["count": 0], "golden.count is not a whole number from 1"),
        ("golden", ["count": 2_000], "golden.count is not a whole number from 1"),
        (
            "golden", ["count": 3, "decision": ["tensor": "golden.decision"]],
            "tensor 'golden.decision': its shape is [2, 1], not [3, 1]"
        ),
        (
            "golden", ["count": 2, "decision": ["tensor": "golden.decision"]],
            "golden.count is of inputs without text"
        ),
    ]

    @Test("a manifest that does not say what it should is refused by its key", arguments: manifests)
    func manifest(key: String, value: JSONValue?, words: String) {
        Self.expect(BundleSample.linear.with(key, value), words)
    }

    private static let tensors: [(name: String, tensor: BundleSample.Tensor?, words: String)] = [
        ("w", nil, "names the tensor 'w', which is not there"),
        ("w", .doubles([1, 2, 3]), "tensor 'w': its shape is [3], not [any, 1]"),
        ("w", .doubles([1, 2, 3], [1, 3]), "tensor 'w': its shape is [1, 3], not [any, 1]"),
        ("w", .doubles([], [0, 1]), "tensor 'w': it is of 0 features"),
        ("w", .doubles([1, .nan, 3], [3, 1]), "tensor 'w': its element 1 is not a finite number"),
        ("w", .doubles([1, 2, .infinity], [3, 1]), "tensor 'w': its element 2 is not a finite"),
        ("b", .ints([1]), "tensor 'b': its type is I64, not F64"),
        ("b", .text("1"), "tensor 'b': its type is U8, not F64"),
        ("b", .doubles([1, 2]), "tensor 'b': its shape is [2], not [1]"),
        (
            "b", BundleSample.Tensor(type: "F16", shape: [1], bytes: [0, 0]),
            "tensor 'b': its type is F16"
        ),
        ("golden.dense", .doubles([1, 2, 3]), "'golden.dense': its shape is [3], not [2, any]"),
    ]

    @Test("a tensor that is not what it should be is refused by its name", arguments: tensors)
    func tensor(name: String, tensor: BundleSample.Tensor?, words: String) {
        Self.expect(BundleSample.linear.with(tensor: name, tensor), words)
    }

    private static let machines: [(name: String, tensor: BundleSample.Tensor, words: String)] = [
        ("sv", .doubles([], [0, 2]), "tensor 'sv': its shape is [0, 2]"),
        ("sv", .doubles([1, 2, 3, 4], [4, 1, 1]), "tensor 'sv': its shape is [4, 1, 1]"),
        ("n", .ints([1, 2]), "tensor 'n': its shape is [2], not [3]"),
        ("n", .ints([1, 2, 2]), "tensor 'n': its sum is 5, and there are 4 vectors"),
        ("n", .ints([-1, 2, 3]), "tensor 'n': its element 0 is -1, not from 0 to 4"),
        ("n", .ints([1, 2, .max]), "tensor 'n': its element 2 is 9223372036854775807"),
        (
            "coef", .doubles([1, 2, 3, 4], [1, 4]), "tensor 'coef': its shape is [1, 4], not [2, 4]"
        ),
        ("pb", .doubles([1]), "tensor 'pb': its shape is [1], not [3]"),
    ]

    @Test("support vectors whose counts do not match are refused", arguments: machines)
    func machine(name: String, tensor: BundleSample.Tensor, words: String) {
        Self.expect(BundleSample.votes.with(tensor: name, tensor), words)
    }

    private static let calibrations: [(json: JSONValue, words: String)] = [
        (
            ["members": 0, "curves": [:]],
            "calibration.members is not a whole number from 1 to 1000"
        ),
        (["members": 1_001, "curves": [:]], "calibration.members is not a whole number"),
        (["members": 2, "curves": [:]], "calibration.curves is not an object with one key"),
        (["members": 2, "curves": ["beta": [:]]], "calibration.curves.beta is not known"),
        (["members": 2, "colour": 1], "calibration.colour is not known"),
        (
            ["members": 2, "curves": ["sigmoid": ["a": [1.0, 2.0], "b": [1.0, 2.0]]]],
            "curves.sigmoid.a has 2 numbers, not 6"
        ),
        (["members": 2, "curves": ["temperature": ["beta": [1.0]]]], "beta has 1 numbers, not 2"),
        (
            ["members": 3, "curves": ["temperature": ["beta": [1.0, 2.0, 3.0]]]],
            "tensor 'w': its shape is [3, 6], not [any, 9]"
        ),
    ]

    @Test("a calibration that does not go with the function is refused", arguments: calibrations)
    func calibration(json: JSONValue, words: String) {
        Self.expect(BundleSample.ensemble.with("calibration", json), words)
    }

    private static let tables: [(name: String, tensor: BundleSample.Tensor, words: String)] = [
        (
            "x", .doubles([-1, 1, 0, 0, -2, 0, 0, 5, 6, 7]),
            "isotonic.x does not ascend at element 6, in table 3: 0.0 after 0.0"
        ),
        (
            "x", .doubles([1, -1, 0, 0, -2, 0, 2, 5, 6, 7]),
            "isotonic.x does not ascend at element 1, in table 0: -1.0 after 1.0"
        ),
        ("x", .doubles([-1, .nan, 0, 0, -2, 0, 2, 5, 6, 7]), "'x': its element 1 is not a finite"),
        ("x", .doubles([1, 2]), "tensor 'y': its shape is [10], not [2]"),
        (
            "y", .doubles([0, 1, 0.5, 0.25, 0.5, 0.25, 0.5, 0, 0.25, 1]),
            "isotonic.y goes back at element 5, in table 3: 0.25 after 0.5"
        ),
        (
            "y", .doubles([0, 2, 0.5, 0.25, 0, 0.5, 0.5, 0, 0.25, 1]),
            "isotonic.y has 2.0 at element 1, which is no probability"
        ),
        (
            "y", .doubles([-0.5, 1, 0.5, 0.25, 0, 0.5, 0.5, 0, 0.25, 1]),
            "isotonic.y has -0.5 at element 0"
        ),
        ("cuts", .ints([0, 2, 3, 4, 7, 9]), "tensor 'cuts': its shape is [6], not [7]"),
        ("cuts", .ints([0, 2, 3, 4, 7, 9, 9]), "'cuts': it does not run from 0 to the 10 points"),
        ("cuts", .ints([0, 2, 2, 4, 7, 9, 10]), "'cuts': its element 2 leaves a table without"),
        ("cuts", .ints([0, 3, 2, 4, 7, 9, 10]), "'cuts': its element 2 leaves a table without"),
        ("cuts", .ints([0, 99, 3, 4, 7, 9, 10]), "'cuts': its element 1 is 99, not from 0 to 10"),
    ]

    @Test("tables out of order are refused with the place", arguments: tables)
    func table(name: String, tensor: BundleSample.Tensor, words: String) {
        Self.expect(BundleSample.ensemble.with(tensor: name, tensor), words)
    }

    @Test("a calibration of votes or of a regression is refused, and one whose machines are few")
    func calibratedVotes() {
        let curves: JSONValue = ["members": 2, "curves": ["temperature": ["beta": [1.0, 2.0]]]]
        Self.expect(
            BundleSample.votes.with("calibration", curves),
            "calibration goes with the rules single and one_vs_rest alone")
        let votes = BundleSample.votes.with("rule", "one_vs_rest").with("calibration", curves)
            .with("probability", ["decisions": [:]])
        Self.expect(votes, "function.kernel does not go with the calibration")
        let machine = BundleSample.votes.manifest["function"]?["kernel"] ?? .null
        Self.expect(
            votes.with("function", ["kernels": ["machines": [machine]]]),
            "kernels.machines is not a list of 2 objects")
        Self.expect(
            votes.with("function", ["kernels": ["machines": [machine, ["kernel": "rbf"]]]]),
            "machines[1].vectors is not {\"tensor\":\"NAME\"}")
    }

    @Test("coefficients that a thousand machines share are counted before any is read")
    func sharedCoefficients() {
        let (members, vectors) = (1_000, 30_000)
        let machine = BundleSample.votes.manifest["function"]?["kernel"] ?? .null
        let machines = [JSONValue](repeating: machine, count: members)
        let beta = [JSONValue](repeating: 1.0, count: members)
        func zeros(_ shape: [Int]) -> BundleSample.Tensor {
            let count = 8 * shape[0] * shape[1]
            return BundleSample.Tensor(
                type: "F64", shape: shape, bytes: [UInt8](repeating: 0, count: count))
        }
        let sample = BundleSample.ensemble
            .with("function", ["kernels": ["machines": .array(machines)]])
            .with(
                "calibration",
                [
                    "members": .int(Int64(members)),
                    "curves": ["temperature": ["beta": .array(beta)]],
                ]
            )
            .with(tensor: "sv", zeros([vectors, 1])).with(tensor: "coef", zeros([2, vectors]))
            .with(tensor: "n", .ints([1, 2, 1]))
        Self.expect(sample, "coefficients and intercepts of all machines are more than 67108864")
    }

    @Test("a vocabulary has no more terms than that of a spec")
    func terms() {
        let count = Limits.vocabularyTerms + 2
        let cuts = BundleSample.Tensor(
            type: "I64", shape: [count], bytes: [UInt8](repeating: 0, count: 8 * count))
        Self.expect(
            BundleSample.text.with(tensor: "terms", .text("")).with(tensor: "cuts", cuts),
            "vocabulary.offsets tell of \(count - 1) terms")
    }

    private static let texts: [(name: String, tensor: BundleSample.Tensor, words: String)] = [
        ("cuts", .ints([]), "'cuts': it does not run from 0 to the 5 bytes of 'terms'"),
        ("cuts", .ints([0, 1, 4]), "'cuts': it does not run from 0 to the 5 bytes of 'terms'"),
        ("cuts", .ints([0, 4, 1, 5]), "tensor 'cuts': its element 2 goes back"),
        ("cuts", .ints([0, 1, 1, 5]), "tensor 'terms': its term 1 is empty, or not UTF-8"),
        ("cuts", .ints([0, 1, 3, 5]), "tensor 'terms': its term 1 is empty, or not UTF-8"),
        ("cuts", .ints([0, 1, 99, 5]), "tensor 'cuts': its element 2 is 99, not from 0 to 5"),
        ("terms", .text("aba"), "'cuts': its element 2 is 4, not from 0 to 3"),
        ("terms", .doubles([1]), "tensor 'terms': its shape is [1], not"),
        ("terms", .text("abbba"), "tensor 'terms': its term 2 is there twice"),
        ("idf", .doubles([1, 2]), "tensor 'idf': its shape is [2], not [3]"),
        ("texts.cuts", .ints([0, 3]), "tensor 'texts.cuts': its shape is [2], not [3]"),
    ]

    @Test("strings that are cut wrongly are refused", arguments: texts)
    func strings(name: String, tensor: BundleSample.Tensor, words: String) {
        let isType = name == "terms" && tensor.type == "F64"
        Self.expect(
            BundleSample.text.with(tensor: name, tensor),
            isType ? "tensor 'terms': its type is F64, not U8" : words)
    }

    @Test("a safetensors file of something else is told as that")
    func otherSafetensors() {
        let header: JSONValue = [
            "layer.0": ["dtype": "BF16", "shape": [1], "data_offsets": [0, 2]],
            "__metadata__": ["format": "pt"],
        ]
        let file = NamedBytes(
            name: "llm.safetensors", bytes: BundleSample.bytes(header: header, data: [0, 0]))
        let error = #expect(throws: SwerveError.self) { try ParsedModel(parsing: file) }
        #expect(
            error?.description.contains(
                "llm.safetensors: a safetensors file, but no bundle: it has no 'swerve'") == true)
    }
}
