import Foundation
import Lifecycle
import ModelFormats
import Scoring
import TestSupport
import Testing

/// What the reference exports say, held against the numbers of the trained models themselves.
@Suite(
    "ONNX: the reference models",
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
struct ONNXReferenceTests {
    private static func parsed(_ model: String) throws -> ParsedModel {
        try ParsedModel(
            parsing: NamedBytes(
                name: "\(model).onnx",
                bytes: try SharedData.bytes("conformance/models/\(model).onnx")))
    }

    /// By Foundation's own parser: these are megabytes.
    private static func parameters(_ model: String) throws -> [String: Any] {
        let data = Data(try SharedData.bytes("conformance/models/\(model).params.json"))
        return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private static func numbers(_ value: Any?) throws -> [Double] {
        try #require(value as? [Double])
    }

    /// Rows one after the other.
    private static func rows(_ value: Any?) throws -> [Double] {
        try #require(value as? [[Double]]).flatMap { $0 }
    }

    private static func number(_ value: Any?) throws -> Double {
        try #require(value as? Double)
    }

    /// Whether these are the doubles after their way through float32.
    private static func agree(_ got: [Double], _ expected: [Double]) -> Bool {
        got.count == expected.count
            && zip(got, expected).allSatisfy { got, expected in
                (got - expected).magnitude <= 1.2e-7 * expected.magnitude + 1e-38
            }
    }

    /// A number after its way through float32.
    private static func single(_ number: Double) -> Double { Double(Float(number)) }

    private static func expectScaler(
        _ parsed: ParsedModel, _ parameters: [String: Any]
    ) throws {
        let spec = try #require(parsed.featurizer)
        #expect(spec.source == .dense(count: 30))
        #expect(spec.transforms.count == 3)
        guard case .single? = spec.transforms.first, case .single? = spec.transforms.last,
            case .standardScaler(let scaler) = spec.transforms[1]
        else {
            Issue.record("not rounded, scaled, rounded: \(spec.transforms)")
            return
        }
        #expect(
            agree(
                try #require(scaler.mean), try numbers(parameters["scaler_mean"])))
        #expect(
            agree(
                try #require(scaler.scale), try numbers(parameters["scaler_scale"])))
    }

    @Test("linear models", arguments: ["sk_lsvc_num", "sk_sgd_num"])
    func linear(name: String) throws {
        let parsed = try Self.parsed(name)
        let parameters = try Self.parameters(name)
        try Self.expectScaler(parsed, parameters)
        let linear = try #require(parsed.model.linear)
        #expect(Self.agree(linear.weights, try Self.numbers(parameters["coef"])))
        #expect(Self.agree(linear.intercepts, [try Self.number(parameters["intercept"])]))
        #expect(parsed.model.classes == ["0", "1"] && parsed.model.positive == 1)
        #expect(parsed.model.rule == .single && parsed.model.probability == .none)
    }

    @Test("the linear end of a pipeline of hashed n-grams")
    func tail() throws {
        let parsed = try Self.parsed("sk_hv_lsvc_tail")
        let parameters = try Self.parameters("sk_hv_lsvc")
        var weights = [Double](repeating: 0, count: 65_536)
        let values = try Self.numbers(parameters["weight"])
        for (index, value) in zip(try Self.numbers(parameters["index"]), values) {
            weights[Int(index)] = value
        }
        #expect(Self.agree(try #require(parsed.model.linear).weights, weights))
        #expect(
            parsed.featurizer
                == FeaturizerSpec(source: .dense(count: 65_536), transforms: [.single]))
    }

    @Test(
        "counts of n-grams", arguments: [("sk_tfidf_lsvc", true), ("sk_tfidf_lsvc_nolower", false)])
    func tfidf(name: String, lowercase: Bool) throws {
        let parsed = try Self.parsed(name)
        let parameters = try Self.parameters(name)
        guard case .tfidfNgrams(let terms)? = parsed.featurizer?.source else {
            Issue.record("no tf-idf")
            return
        }
        let vocabulary = try #require(parameters["vocabulary"] as? [String])
        #expect(terms.vocabulary == vocabulary.map { Array($0.utf8) })
        #expect(Self.agree(try #require(terms.idf), try Self.numbers(parameters["idf"])))
        #expect(terms.lowercase == lowercase && terms.norm == .l2 && terms.analyzer == .char)
        #expect(terms.ngramRange == 1...3 && !terms.sublinearTF && !terms.binary)
        #expect(parsed.featurizer?.transforms == [])
        let linear = try #require(parsed.model.linear)
        #expect(Self.agree(linear.weights, try Self.numbers(parameters["coef"])))
    }

    private static let machines: [(name: String, rule: Model.Rule, task: ModelTask)] = [
        ("sk_svc_rbf", .single, .classification),
        ("sk_svc_rbf_prob", .single, .classification),
        ("sk_svc_rbf_platt", .single, .classification),
        ("sk_svc_multi_ovo", .oneVsOne, .classification),
        ("sk_svc_multi_ovr", .oneVsOneAsRest, .classification),
        ("sk_ocsvm_rbf", .single, .oneClass),
    ]

    @Test("support vectors", arguments: machines)
    func machine(name: String, rule: Model.Rule, task: ModelTask) throws {
        let parsed = try Self.parsed(name)
        let parameters = try Self.parameters(name)
        try Self.expectScaler(parsed, parameters)
        let model = parsed.model
        let machine = KernelMachine(
            kernel: .rbf(gamma: Self.single(try Self.number(parameters["gamma"]))),
            featureCount: 30,
            vectors: try Self.rows(parameters["support_vectors"]).map(Self.single),
            vectorCounts: try Self.numbers(parameters["n_support"]).map { Int($0) },
            coefficients: try Self.rows(parameters["dual_coef"]).map(Self.single),
            intercepts: try Self.numbers(parameters["intercept"]).map(Self.single))
        #expect(model.function == .kernel(machine))
        #expect(model.rule == rule && model.task == task && model.precision == .single)
        let classes = (parameters["classes"] as? [Int])?.map { "\($0)" } ?? ["1", "-1"]
        #expect(model.classes == classes)
        #expect(model.positive == (classes == ["0", "1"] ? 1 : 0))
    }

    @Test("probabilities and the threshold of a calibration")
    func probabilities() throws {
        var parameters = try Self.parameters("sk_svc_rbf_prob")
        guard
            case .pairwise(let a, let b, true) = try Self.parsed("sk_svc_rbf_prob").model
                .probability
        else {
            Issue.record("no pairwise sigmoids")
            return
        }
        #expect(Self.agree(a, try Self.numbers(parameters["probA"])))
        #expect(Self.agree(b, try Self.numbers(parameters["probB"])))
        parameters = try Self.parameters("sk_svc_rbf_platt")
        let parsed = try Self.parsed("sk_svc_rbf_platt")
        guard case .sigmoid(let slope, let offset) = parsed.model.probability else {
            Issue.record("no sigmoid")
            return
        }
        let expected = try [
            Self.number(parameters["sigmoid_a"]), Self.number(parameters["sigmoid_b"]),
        ]
        #expect(Self.agree([slope, offset], expected))
        #expect(parsed.threshold == -offset / slope)
    }
}
