import Lifecycle
import ModelFormats
import Testing

@Suite("ONNX: what is refused, by its node")
struct ONNXRefusalTests {
    typealias Node = SampleGraph.Node
    struct Case: Sendable, CustomTestStringConvertible {
        let words: String
        let graph: SampleGraph
        var testDescription: String { words }

        init(_ words: String, _ graph: SampleGraph) {
            self.words = words
            self.graph = graph
        }
    }

    /// A graph with the attribute of its first node replaced.
    private static func changed(
        _ graph: SampleGraph, _ name: String, _ value: SampleGraph.Attribute?
    ) -> SampleGraph {
        var graph = graph
        graph.nodes[0].attributes.removeAll { $0.0 == name }
        if let value { graph.nodes[0].attributes.append((name, value)) }
        return graph
    }

    private static func changed(
        _ graph: SampleGraph, _ change: (inout SampleGraph) -> Void
    ) -> SampleGraph {
        var graph = graph
        change(&graph)
        return graph
    }

    private static let linear = SampleGraph.linear
    private static let svm = SampleGraph([SampleGraph.svmClassifier()])
    private static let regressor = SampleGraph([SampleGraph.svmRegressor()], outputs: ["scores"])

    private static let graphs: [Case] = [
        Case(
            "operator 'Gather' (node 'pick') is not supported",
            .behind([.init("Gather", ["x"], ["y"], name: "pick")])),
        Case(
            "operator 'evil.Scaler' (node 'n') is not supported",
            .behind([.init("Scaler", ["x"], ["y"], domain: "evil")])),
        Case(
            "(node 'n'): it takes 'z', which nothing before it gives",
            .behind([.init("Identity", ["z"], ["y"])])),
        Case(
            "which nothing before it gives",
            .behind([.init("Identity", ["y"], ["w"]), .init("Identity", ["w"], ["y"])])),
        Case(
            "it gives a second 'x'", .behind([.init("Identity", ["x"], ["x"])])),
        Case(
            "operator 'SVMRegressor' (node 'SVMRegressor'): it is a second model in the graph, and "
                + "of another kind",
            changed(linear) {
                $0.nodes.append(SampleGraph.svmRegressor(scores: "more"))
                $0.outputs = ["label", "more"]
            }),
        Case(
            "the graph has no model that this version knows",
            SampleGraph([.init("Identity", ["x"], ["label"])])),
        Case(
            "nothing gives the output 'none'", changed(linear) { $0.outputs = ["label", "none"] }),
        Case("output 'x' is features", changed(linear) { $0.outputs = ["label", "x"] }),
        Case("neither a label nor one number", changed(linear) { $0.outputs = ["scores"] }),
        Case("neither a label nor one number", changed(linear) { $0.outputs = [] }),
        Case("is no matrix", changed(linear) { $0.inputType = 99 }),
        Case("true and false", changed(linear) { $0.inputType = 9 }),
        Case(
            "it takes a text, not features",
            changed(linear) {
                $0.inputType = 8
                $0.columns = 1
            }),
        Case("has 2 texts", changed(linear) { $0.inputType = 8 }),
        Case("it takes 2 features, and is given 3", changed(linear) { $0.columns = 3 }),
        Case("ir_version 0 is not known", changed(linear) { $0.irVersion = 0 }),
        Case(
            "no input, where one is needed",
            changed(linear) { $0.constants = [.floats("x", [1, 2])] }),
    ]

    private static let attributes: [Case] = [
        Case("attribute 'extra' is not supported", changed(linear, "extra", .int(1))),
        Case("attribute 'body' is not supported", changed(linear, "body", .graph(depth: 3))),
        Case("'intercepts' is of another type", changed(linear, "intercepts", .ints([1, 2]))),
        Case("3 intercepts, not 2", changed(linear, "intercepts", .floats([1, 2, 3]))),
        Case("no multiple of 2", changed(linear, "coefficients", .floats([1, 2, 3]))),
        Case("no multiple of 2", changed(linear, "coefficients", nil)),
        Case("value 2 of 'coefficients'", changed(linear, "coefficients", .floats([1, .nan]))),
        Case("value 1 of 'coefficients'", changed(linear, "coefficients", .floats([.infinity]))),
        Case("post_transform 'PROBIT'", changed(linear, "post_transform", .string("PROBIT"))),
        Case("two classes have one name", changed(linear, "classlabels_ints", .ints([1, 1]))),
        Case("either 'classlabels_ints' or", changed(linear, "classlabels_ints", nil)),
        Case("1 class, not two", changed(linear, "classlabels_ints", .ints([1]))),
        Case("kernel_type 'WAVE'", changed(svm, "kernel_type", .string("WAVE"))),
        Case("three kernel_params", changed(svm, "kernel_params", .floats([1]))),
        Case("'rho'", changed(svm, "rho", .floats([.nan]))),
        Case("2 rho, not 1", changed(svm, "rho", .floats([1, 2]))),
        Case("it needs support_vectors", changed(svm, "support_vectors", nil)),
        Case("more support vectors than", changed(svm, "vectors_per_class", .ints([.max, .max]))),
        Case("one number a class", changed(svm, "vectors_per_class", .ints([-1, 1]))),
        Case("one number a class", changed(svm, "vectors_per_class", .ints([1, 1, 1]))),
        Case("4 numbers for 3 support", changed(svm, "vectors_per_class", .ints([1, 2]))),
        Case("4 coefficients for 2", changed(svm, "coefficients", .floats([1, 2, 3, 4]))),
        Case("prob_a and prob_b", changed(svm, "prob_a", .floats([1]))),
        Case("post_transform 'LOGISTIC'", changed(svm, "post_transform", .string("LOGISTIC"))),
        Case("one_class 1 is not supported", changed(regressor, "one_class", .int(1))),
        Case("no support vectors", changed(regressor, "n_supports", .int(0))),
        Case("more support vectors than", changed(regressor, "n_supports", .int(1 << 40))),
        Case(
            "degree 2.5 is not a whole",
            SampleGraph([SampleGraph.svmClassifier(kernel: "POLY", parameters: [1, 1, 2.5])])),
    ]

    private static let steps: [Case] = [
        Case(
            "as many offsets as scales",
            .behind([.ml("Scaler", ["x"], ["y"], [("offset", .floats([1, 2]))])])),
        Case("norm 'MAX' is not", .behind([.ml("Normalizer", ["x"], ["y"])])),
        Case(
            "features with this constant",
            .behind([.init("Mul", ["x", "c"], ["y"])], constants: [.floats("c", [1, 2], [2, 1])])),
        Case(
            "value 2 of 'c' is not a finite",
            .behind([.init("Mul", ["x", "c"], ["y"])], constants: [.floats("c", [1, .nan])])),
        Case(
            "3 numbers for 2 features",
            .behind([.init("Mul", ["x", "c"], ["y"])], constants: [.floats("c", [1, 2, 3])])),
        Case(
            "it takes features, not decisions",
            .behind([.init("Div", ["c", "x"], ["y"])], constants: [.floats("c", [1, 2])])),
        Case(
            "this shape",
            .behind(
                [.init("Reshape", ["x", "c"], ["y"])], constants: [.ints("c", [-1, 1])])),
        Case(
            "'c': its values are in another file",
            changed(linear) {
                $0.constants = [.init(name: "c", shape: [1], isExternal: true)]
            }),
        Case(
            "a second initializer 'c'",
            changed(linear) {
                $0.constants = [.scalar("c", 1), .scalar("c", 2)]
            }),
        Case(
            "'c': 1 values, the shape [2]",
            changed(linear) {
                $0.constants = [.floats("c", [1], [2])]
            }),
        Case(
            "beyond any model's",
            changed(linear) {
                $0.constants = [.floats("c", [1], [1 << 40, 1 << 40])]
            }),
        Case("beyond any model's", changed(linear) { $0.constants = [.floats("c", [1], [-1])] }),
        Case(
            "of the type 77",
            changed(linear) {
                $0.constants = [.ints("c", [1], type: 77)]
            }),
        Case(
            "'c': 3 bytes, the shape [1] needs 4",
            changed(linear) {
                $0.constants = [.init(name: "c", shape: [1], raw: [1, 2, 3])]
            }),
        Case(
            "index of a class, which says no score",
            changed(SampleGraph.hinge) {
                $0.outputs = ["label", "index"]
            }),
        Case(
            "names other classes than the label",
            changed(SampleGraph.hinge) {
                $0.nodes.append(
                    .ml("ZipMap", ["scores"], ["map"], [("classlabels_int64s", .ints([1, 0]))]))
                $0.outputs = ["label", "map"]
            }),
    ]

    @Test(
        "one line names the file, the node or field, and what is wrong with it",
        arguments: graphs + attributes + steps)
    func refusal(wrong: Case) {
        let error = #expect(throws: SwerveError.self) { try wrong.graph.parsed() }
        let line = error?.description ?? ""
        #expect(line.contains(wrong.words), "\(line)")
        #expect(line.hasPrefix("reading model file sample.onnx: ") && !line.contains("\n"))
        #expect(error?.code == .invalid)
    }

    @Test("a tail with another constant, sign or column is no longer the model's")
    func tails() throws {
        let changes: [(inout SampleGraph) -> Void] = [
            // Exp of the other sign: the probability falls with the decision.
            { $0.constants[$0.constants.count - 3] = .scalar("a", 2) },
            // The other class's column.
            { $0.constants[$0.constants.count - 1] = .ints("k", [0], []) },
            // 2 instead of 1 in the logistic function.
            {
                $0.constants.removeAll { $0.name == "one" }; $0.constants.append(.scalar("one", 2))
            },
            // Both columns swapped.
            { $0.nodes[9].inputs = ["p", "q"] },
            // Another power of the decision.
            { $0.nodes[3].inputs = ["d", "d"] },
        ]
        _ = try SampleGraph.calibrated.parsed()
        for change in changes {
            var graph = SampleGraph.calibrated
            change(&graph)
            #expect(throws: SwerveError.self) { try graph.parsed() }
        }
    }
}
