import Lifecycle
import ModelFormats
import Scoring
import Testing

@Suite("ONNX: what models and their labels come to")
struct ONNXModelTests {
    static let weights = LinearWeights(weights: [1, 2], intercepts: [0.5])
    static let spec = FeaturizerSpec(source: .dense(count: 2), transforms: [.single])

    private static func binary(
        _ function: DecisionFunction, _ probability: ProbabilityRule = .none,
        classes: [String] = ["0", "1"]
    ) -> Model {
        Model(
            task: .classification, classes: classes, positive: 1, rule: .single,
            function: function, probability: probability, precision: .single)
    }

    private static func vectors(_ kernel: Kernel, sign: Double = -1) -> DecisionFunction {
        .kernel(
            KernelMachine(
                kernel: kernel, featureCount: 2, vectors: [1, 2, 3, 4], vectorCounts: [1, 1],
                coefficients: [0.5 * sign, -0.25 * sign], intercepts: [-0.125 * sign]))
    }

    @Test("a linear classifier of two mirrored rows is one decision for the second class")
    func linear() throws {
        let parsed = try SampleGraph.linear.parsed()
        #expect(parsed.model == Self.binary(.linear(Self.weights)))
        #expect(parsed.featurizer == Self.spec)
        #expect(parsed.threshold == 0 && parsed.labels.isEmpty && parsed.golden.isEmpty)
        #expect(try ParsedModel(parsing: SampleGraph.linear.file).model == parsed.model)
    }

    @Test("logistic and softmax scores of two classes are probabilities of the decision")
    func probabilities() throws {
        let logistic = SampleGraph([SampleGraph.linearClassifier(transform: "LOGISTIC")])
        #expect(try logistic.parsed().model == Self.binary(.linear(Self.weights), .logistic))
        let softmax = SampleGraph([SampleGraph.linearClassifier(transform: "SOFTMAX")])
        #expect(
            try softmax.parsed().model
                == Self.binary(.linear(Self.weights), .sigmoid(a: -2, b: 0)))
    }

    @Test("classes are texts or whole numbers, also from a list of any type")
    func labels() throws {
        let texts = SampleGraph([
            SampleGraph.linearClassifier(
                classes: ("classlabels_strings", .strings(["attack", "norm"])))
        ])
        #expect(try texts.parsed().model.classes == ["attack", "norm"])
        for (constant, expected) in [
            (SampleGraph.Constant.strings("classes", ["no", "yes"]), ["no", "yes"]),
            (.floats("classes", [-1, 1]), ["-1", "1"]),
            (.floats("classes", [0.5, 1]), ["0.5", "1"]),
            (.ints("classes", [-1, 3]), ["-1", "3"]),
        ] {
            var graph = SampleGraph.hinge
            graph.constants.removeAll { $0.name == "classes" }
            graph.constants.append(constant)
            #expect(try graph.parsed().model.classes == expected)
        }
    }

    @Test("several rows compete")
    func oneVsRest() throws {
        let rows = SampleGraph([
            .ml(
                "LinearClassifier", ["x"], ["label", "scores"],
                [
                    ("classlabels_ints", .ints([3, 5, 9])),
                    ("coefficients", .floats([1, 2, 3, 4, 5, 6])),
                    ("intercepts", .floats([7, 8, 9])),
                ])
        ])
        let model = try rows.parsed().model
        #expect(model.rule == .oneVsRest && model.classes == ["3", "5", "9"])
        #expect(
            model.linear
                == LinearWeights(weights: [1, 3, 5, 2, 4, 6], intercepts: [7, 8, 9]))
    }

    @Test(
        "kernels have their parameters, and two classes scikit-learn's sign",
        arguments: [
            ("LINEAR", Kernel.linear), ("RBF", .rbf(gamma: 0.5)),
            ("POLY", .polynomial(gamma: 0.5, coef0: 1, degree: 3)),
            ("SIGMOID", .sigmoid(gamma: 0.5, coef0: 1)),
        ])
    func kernels(name: String, kernel: Kernel) throws {
        let graph = SampleGraph([SampleGraph.svmClassifier(kernel: name)])
        #expect(try graph.parsed().model == Self.binary(Self.vectors(kernel)))
    }

    @Test("pairwise sigmoids are kept as they are")
    func pairwise() throws {
        let two = SampleGraph([
            SampleGraph.svmClassifier(
                more: [("prob_a", .floats([-2])), ("prob_b", .floats([0.5]))])
        ])
        #expect(
            try two.parsed().model
                == Self.binary(
                    Self.vectors(.rbf(gamma: 0.5)),
                    .pairwise(a: [-2], b: [0.5], couples: true)))
        let three = SampleGraph([
            SampleGraph.pairsClassifier(
                scores: "scores",
                more: [("prob_a", .floats([-1, -2, -3])), ("prob_b", .floats([0, 1, 2]))])
        ])
        let model = try three.parsed().model
        #expect(model.rule == .oneVsOne)
        #expect(model.probability == .pairwise(a: [-1, -2, -3], b: [0, 1, 2], couples: true))
    }

    @Test("pairs of three classes vote, with LIBSVM's signs")
    func votes() throws {
        let model = try SampleGraph([SampleGraph.pairsClassifier(scores: "scores")]).parsed().model
        #expect(
            model
                == Model(
                    task: .classification, classes: ["a", "b", "c"], rule: .oneVsOne,
                    function: .kernel(
                        KernelMachine(
                            kernel: .linear, featureCount: 2, vectors: [1, 2, 3, 4, 5, 6],
                            vectorCounts: [1, 1, 1], coefficients: [1, 2, 3, 4, 5, 6],
                            intercepts: [0.25, 0.5, 0.75])), precision: .single))
    }

    @Test("regressors give a number, and a sign behind one makes it one-class")
    func regression() throws {
        let number = SampleGraph([SampleGraph.svmRegressor()], outputs: ["scores"])
        let machine = DecisionFunction.kernel(
            KernelMachine(
                kernel: .rbf(gamma: 0.5), featureCount: 2, vectors: [1, 2, 3, 4],
                vectorCounts: [2], coefficients: [0.5, -0.25], intercepts: [2]))
        #expect(
            try number.parsed().model
                == Model(
                    task: .regression, classes: [], rule: .single, function: machine,
                    precision: .single))
        let sign = SampleGraph([
            SampleGraph.svmRegressor(), .init("Sign", ["scores"], ["s"]),
            .init("Cast", ["s"], ["label"], [("to", .int(7))]),
        ])
        #expect(
            try sign.parsed().model
                == Model(
                    task: .oneClass, classes: ["1", "-1"], rule: .single, function: machine,
                    precision: .single))
        let linear = SampleGraph(
            [
                .ml(
                    "LinearRegressor", ["x"], ["scores"],
                    [("coefficients", .floats([1, 2])), ("intercepts", .floats([0.5]))])
            ], outputs: ["scores"])
        #expect(try linear.parsed().model.function == .linear(Self.weights))
        #expect(try linear.parsed().model.task == .regression)
    }

    @Test("doubles stay doubles where the graph computes with them")
    func doubles() throws {
        var graph = SampleGraph.hinge
        graph.inputType = 11
        graph.constants[0] = .init(name: "coef", shape: [2, 1], type: 11, doubles: [0.1, 0.2])
        graph.constants[1] = .init(name: "intercept", shape: [1], type: 11, doubles: [0.3])
        let parsed = try graph.parsed()
        #expect(parsed.model.precision == .double)
        #expect(
            parsed.model.function
                == .linear(LinearWeights(weights: [0.1, 0.2], intercepts: [0.3])))
        #expect(parsed.featurizer == FeaturizerSpec(source: .dense(count: 2)))
        // The same input for an operator that computes with float32.
        var single = SampleGraph.linear
        single.inputType = 11
        #expect(try single.parsed().featurizer == Self.spec)
    }
}
