import Lifecycle
import ModelFormats
import Scoring
import Testing

/// Matrices before a model, inputs side by side, columns by themselves, and outputs that nobody
/// needs.
@Suite("ONNX: columns, inputs and matrices")
struct ONNXJoinTests {
    typealias Node = SampleGraph.Node

    @Test("one column a class is the row that it was cut out of")
    func columns() throws {
        let graph = SampleGraph(
            [
                SampleGraph.linearClassifier(transform: "LOGISTIC"),
                .init("Slice", ["scores", "zero", "one", "axis"], ["first"]),
                .init("Slice", ["scores", "one", "two", "axis"], ["second"]),
                .init("Reshape", ["first", "shape"], ["i0"]),
                .init("Reshape", ["second", "shape"], ["i1"]),
            ],
            constants: [
                .ints("zero", [0]), .ints("one", [1]), .ints("two", [2]), .ints("axis", [1]),
                .ints("shape", [-1]),
            ], outputs: ["label", "i0", "i1"])
        let model = try graph.parsed().model
        #expect(model.probability == .logistic && model.rule == .single)
        // As exporters say "to the end".
        var open = graph
        open.constants[2] = .ints("two", [.max])
        #expect(try open.parsed().model == model)
        var swapped = graph
        swapped.outputs = ["label", "i1", "i0"]
        #expect(throws: SwerveError.self) { try swapped.parsed() }
    }

    @Test("an output that nobody needs is left alone; one that says the score is not")
    func unneeded() throws {
        var graph = SampleGraph.linear
        graph.nodes.append(.init("Gather", ["scores", "label"], ["odd"], name: "pick"))
        #expect(try graph.parsed().model == SampleGraph.linear.parsed().model)
        graph.outputs.append("odd")
        #expect(try graph.parsed().model == SampleGraph.linear.parsed().model)
        graph.outputs = ["label", "odd"]
        let error = try #require(throws: SwerveError.self) { try graph.parsed() }
        #expect(error.reason == "operator 'Gather' (node 'pick') is not supported")
        // What is made of it is refused by the operator that is to blame.
        graph.nodes.append(.init("Neg", ["odd"], ["negative"], name: "later"))
        graph.outputs = ["label", "negative"]
        let later = try #require(throws: SwerveError.self) { try graph.parsed() }
        #expect(later.reason == "operator 'Gather' (node 'pick') is not supported")
    }

    private static let matrix: [Node] = [
        .init("Sub", ["x", "mean"], ["centred"]),
        .init("MatMul", ["centred", "matrix"], ["parts"], name: "pca"),
    ]
    private static let matrixConstants: [SampleGraph.Constant] = [
        .floats("mean", [1, 2]), .floats("matrix", [1, 2, 3, 4, 5, 6], [2, 3]),
        .floats("wide", [1, -1, 2, -2, 3, -3], [3, 2]), .floats("deviation", [2, 4, 8]),
        .floats("variance", [4, 16, 64]),
    ]

    private static func behindMatrix(_ nodes: [Node]) -> SampleGraph {
        var classifier = SampleGraph.linearClassifier(from: "y")
        classifier.attributes[1] = ("coefficients", .floats([-1, -2, -3, 1, 2, 3]))
        return .behind(matrix + nodes, constants: matrixConstants, classifier: classifier)
    }

    @Test("a matrix before a linear model is taken into its weights")
    func projection() throws {
        // [1, 2, 3; 4, 5, 6] times (1, 2, 3).
        let plain = try Self.behindMatrix([.init("Identity", ["parts"], ["y"])]).parsed()
        #expect(
            plain.model.function
                == .linear(LinearWeights(weights: [14, 32], intercepts: [0.5])))
        #expect(
            plain.featurizer
                == FeaturizerSpec(
                    source: .dense(count: 2),
                    transforms: [
                        .single, .standardScaler(StandardScaler(mean: [1, 2], scale: nil)), .single,
                    ]))
        let whitened = try Self.behindMatrix([.init("Div", ["parts", "deviation"], ["y"])]).parsed()
        #expect(
            whitened.model.function
                == .linear(
                    LinearWeights(
                        weights: [0.5 + 1 + 9 / 8.0, 2 + 2.5 + 18 / 8.0], intercepts: [0.5])))
        let scaler = Node.ml(
            "Scaler", ["parts"], ["y"],
            [("offset", .floats([1, 0, 0])), ("scale", .floats([2, 1, 1]))])
        let scaled = try Self.behindMatrix([scaler]).parsed()
        #expect(
            scaled.model.function
                == .linear(LinearWeights(weights: [15, 36], intercepts: [0.5 - 2])))
    }

    @Test("a matrix before anything else is a step")
    func step() throws {
        var vectors = SampleGraph.svmClassifier()
        vectors.inputs = ["parts"]
        vectors.attributes = vectors.attributes.map {
            $0.0 == "support_vectors" ? ($0.0, .floats([1, 2, 3, 4, 5, 6])) : $0
        }
        let parsed = try SampleGraph(
            Self.matrix + [vectors], constants: Self.matrixConstants
        ).parsed()
        let table = NumberTable(rows: 3, columns: 2, numbers: [1, 4, 2, 5, 3, 6])
        let steps: [FeatureTransform] = [
            .single, .standardScaler(StandardScaler(mean: [1, 2], scale: nil)), .single,
            .matrix(MatrixProduct(components: table, mean: nil, scale: nil)), .single,
        ]
        #expect(
            parsed.featurizer == FeaturizerSpec(source: .dense(count: 2), transforms: steps))
        #expect(parsed.model.featureCount == 3)
        let normalized = Node.ml("Normalizer", ["parts"], ["y"], [("norm", .string("L2"))])
        let linear = try Self.behindMatrix([normalized]).parsed()
        #expect(linear.featurizer?.transforms == steps + [.normalizer(.l2), .single])
        #expect(linear.model.linear?.weights == [1, 2, 3])
    }

    @Test("features that are picked out of a matrix are a selection, of inputs their names")
    func selection() throws {
        let pick = Node.ml("ArrayFeatureExtractor", ["x", "places"], ["y"])
        var graph = SampleGraph.behind([pick], constants: [.ints("places", [3, 0])])
        graph.columns = 4
        let picked = try graph.parsed()
        #expect(picked.featurizer?.source == .dense(count: 4))
        #expect(picked.model.featureCount == 2)
        #expect(
            picked.featurizer?.transforms
                == [.single, .select(Selection(inputCount: 4, indices: [3, 0]))])
        graph.nodes[0].inputs[0] = "all"
        graph.nodes.insert(.init("Concat", ["a", "b", "c"], ["all"], [("axis", .int(1))]), at: 0)
        graph.inputs = [("a", 1, 1), ("b", 1, 1), ("c", 1, 1)]
        graph.constants = [.ints("places", [2, 0])]
        #expect(
            try graph.parsed().featurizer?.source
                == .fields(FieldList(names: ["c", "a"], missing: nil)))
        for places in [[Int64(3), 0], [0, 0], [-1, 0]] {
            graph.constants = [.ints("places", places)]
            let error = try #require(throws: SwerveError.self) { try graph.parsed() }
            #expect(error.reason.hasPrefix("operator 'ArrayFeatureExtractor'"), "\(error)")
        }
    }

    @Test("one input a column is a field of the record")
    func fields() throws {
        var graph = SampleGraph.behind([
            .init("Concat", ["bytes", "age"], ["y"], [("axis", .int(1))])
        ])
        graph.inputs = [("age", 1, 1), ("bytes", 1, 1)]
        let parsed = try graph.parsed()
        #expect(
            parsed.featurizer
                == FeaturizerSpec(
                    source: .fields(FieldList(names: ["bytes", "age"], missing: nil)),
                    transforms: [.single]))
        #expect(parsed.model.linear?.weights == [1, 2])
        // Scaled by themselves, they stand side by side.
        let scaler = Node.ml(
            "Scaler", ["age"], ["scaled"], [("offset", .floats([1])), ("scale", .floats([2]))])
        var union = SampleGraph.behind([
            scaler, .init("Concat", ["bytes", "scaled"], ["y"], [("axis", .int(1))]),
        ])
        union.inputs = graph.inputs
        guard case .union(let specs)? = try union.parsed().featurizer?.source else {
            Issue.record("no union")
            return
        }
        #expect(
            specs.map(\.source)
                == ["bytes", "age"].map { name in
                    .fields(FieldList(names: [name], missing: nil))
                })
    }

    @Test(
        "inputs that are no fields are refused by their names",
        arguments: [
            ([("a", 1, 1), ("b", 1, 2)], "input 'b' has 2 columns"),
            ([("label", 1, 1), ("b", 1, 1)], "input 'label' cannot be a field"),
            ([("a", 1, 1), ("b", 9, 1)], "input 'b' is of true and false"),
            ([("a", 1, 1), ("a", 1, 1)], "two inputs are called 'a'"),
        ] as [([(String, Int64, Int64?)], String)])
    func fieldRefusals(inputs: [(String, Int64, Int64?)], words: String) throws {
        var graph = SampleGraph.behind([.init("Concat", ["a", "b"], ["y"], [("axis", .int(1))])])
        graph.inputs = inputs.map { (name: $0.0, type: $0.1, columns: $0.2) }
        let error = try #require(throws: SwerveError.self) { try graph.parsed() }
        #expect(error.reason.contains(words), "\(error)")
    }

    @Test("FeatureVectorizer puts inputs side by side as Concat does")
    func vectorized() throws {
        var graph = SampleGraph.behind([
            .ml("FeatureVectorizer", ["a", "b"], ["y"], [("inputdimensions", .ints([1, 1]))])
        ])
        graph.inputs = [("a", 1, 1), ("b", 1, 1)]
        #expect(
            try graph.parsed().featurizer
                == FeaturizerSpec(
                    source: .fields(FieldList(names: ["a", "b"], missing: nil)),
                    transforms: [.single]))
        graph.nodes[0].attributes = [("inputdimensions", .ints([1, 2]))]
        let error = try #require(throws: SwerveError.self) { try graph.parsed() }
        #expect(error.reason.contains("it takes 2 features, and is given 1"))
    }

    @Test("the loss modified_huber of two classes is a clipped decision")
    func modifiedHuber() throws {
        let graph = SampleGraph(
            SampleGraph.product + [
                .init("Clip", ["score", "least", "one"], ["clipped"]),
                .init("Add", ["clipped", "one"], ["above"]),
                .init("Div", ["above", "two"], ["p"]), .init("Sub", ["one", "p"], ["q"]),
                .init("Concat", ["q", "p"], ["scores"], [("axis", .int(1))]),
            ] + SampleGraph.labelled(by: "scores"),
            constants: SampleGraph.productConstants + [.scalar("least", -1), .scalar("two", 2)])
        let parsed = try graph.parsed()
        #expect(parsed.model.probability == .modifiedHuber && parsed.threshold == 0)
        var other = graph
        other.constants.removeAll { $0.name == "least" }
        other.constants.append(.scalar("least", -2))
        #expect(throws: SwerveError.self) { try other.parsed() }
    }

    @Test("two mirrored columns of a product are one decision, their shares its logistic function")
    func mirrored() throws {
        let graph = SampleGraph(
            [
                .init("MatMul", ["x", "both"], ["m"]), .init("Add", ["m", "offsets"], ["raw"]),
                .init("Sigmoid", ["raw"], ["s"]), .init("Abs", ["s"], ["a"]),
                .init("ReduceSum", ["a", "axis"], ["sum"]), .init("Div", ["s", "sum"], ["scores"]),
            ] + SampleGraph.labelled(by: "raw"),
            constants: SampleGraph.productConstants + [
                .floats("both", [-1, 1, -2, 2], [2, 2]), .floats("offsets", [-0.5, 0.5]),
                .ints("axis", [1]),
            ])
        let model = try graph.parsed().model
        #expect(model.function == .linear(ONNXModelTests.weights))
        #expect(model.probability == .logistic && model.rule == .single && model.positive == 1)
    }

    @Test("a whitened matrix is divided by the roots of constants")
    func roots() throws {
        let whitened = try Self.behindMatrix([
            .init("Sqrt", ["variance"], ["root"]), .init("Div", ["parts", "root"], ["y"]),
        ]).parsed()
        #expect(
            whitened.model.linear
                == LinearWeights(
                    weights: [0.5 + 1 + 9 / 8.0, 2 + 2.5 + 18 / 8.0], intercepts: [0.5]))
    }

    @Test("one column of a product of two is one decision")
    func column() throws {
        let nodes: [Node] = [
            .init("MatMul", ["x", "both"], ["m"]), .init("Add", ["m", "offsets"], ["raw"]),
            .ml("ArrayFeatureExtractor", ["raw", "k"], ["score"]),
            .init("Sigmoid", ["score"], ["p"]), .init("Sub", ["one", "p"], ["q"]),
            .init("Concat", ["q", "p"], ["scores"], [("axis", .int(1))]),
        ]
        let graph = SampleGraph(
            nodes + SampleGraph.labelled(by: "scores"),
            constants: SampleGraph.productConstants + [
                .floats("both", [-1, 1, -2, 2], [2, 2]), .floats("offsets", [-0.5, 0.5]),
                .ints("k", [1], []),
            ])
        let model = try graph.parsed().model
        #expect(model.function == .linear(ONNXModelTests.weights))
        #expect(model.probability == .logistic && model.positive == 1)
    }

    @Test("decisions by their sum, which mean nothing, are left alone")
    func meaningless() throws {
        let classifier = Node.ml(
            "LinearClassifier", ["x"], ["label", "raw"],
            [
                ("classlabels_strings", .strings(["a", "b", "c"])),
                ("coefficients", .floats([1, 2, 3, 4, 5, 6])), ("intercepts", .floats([7, 8, 9])),
            ])
        let graph = SampleGraph(
            [
                classifier, .init("ReduceSum", ["raw", "axis"], ["sum"]),
                .init("Div", ["raw", "sum"], ["scores"]),
            ], constants: [.ints("axis", [1])])
        let model = try graph.parsed().model
        #expect(model.probability == .none && model.rule == .oneVsRest)
    }

    @Test("a product and its sum alone are a regression")
    func regression() throws {
        let graph = SampleGraph(
            SampleGraph.product, constants: SampleGraph.productConstants, outputs: ["score"])
        let model = try graph.parsed().model
        #expect(model.task == .regression && model.function == .linear(ONNXModelTests.weights))
    }
}
