/// Small graphs as exporters write them, over two features `x`.
extension SampleGraph {
    static let classes: (String, Attribute) = ("classlabels_ints", .ints([0, 1]))

    /// Two classes, the decision x0 + 2 x1 + 0.5.
    static func linearClassifier(
        from input: String = "x", transform: String = "NONE",
        classes: (String, Attribute) = classes
    ) -> Node {
        .ml(
            "LinearClassifier", [input], ["label", "scores"],
            [
                classes, ("coefficients", .floats([-1, -2, 1, 2])),
                ("intercepts", .floats([-0.5, 0.5])), ("multi_class", .int(0)),
                ("post_transform", .string(transform)),
            ])
    }

    static var linear: SampleGraph { SampleGraph([linearClassifier()]) }

    /// A linear classifier behind these nodes, the last of which gives `y`.
    static func behind(
        _ nodes: [Node], constants: [Constant] = [], classifier: Node? = nil
    ) -> SampleGraph {
        SampleGraph(nodes + [classifier ?? linearClassifier(from: "y")], constants: constants)
    }

    /// Two support vectors and two classes; LIBSVM's decision is 0.5 K(s0) - 0.25 K(s1) - 0.125.
    static func svmClassifier(
        kernel: String = "RBF", parameters: [Float] = [0.5, 1, 3],
        classes: (String, Attribute) = classes, scores: String = "scores",
        more: [(String, Attribute)] = []
    ) -> Node {
        .ml(
            "SVMClassifier", ["x"], ["label", scores],
            [
                classes, ("coefficients", .floats([0.5, -0.25])),
                ("kernel_params", .floats(parameters)), ("kernel_type", .string(kernel)),
                ("post_transform", .string("NONE")), ("rho", .floats([-0.125])),
                ("support_vectors", .floats([1, 2, 3, 4])), ("vectors_per_class", .ints([1, 1])),
            ] + more)
    }

    /// Three classes with a support vector each.
    static func pairsClassifier(
        scores: String = "pairs", more: [(String, Attribute)] = []
    )
        -> Node
    {
        .ml(
            "SVMClassifier", ["x"], ["label", scores],
            [
                ("classlabels_strings", .strings(["a", "b", "c"])),
                ("coefficients", .floats([1, 2, 3, 4, 5, 6])), ("kernel_type", .string("LINEAR")),
                ("rho", .floats([0.25, 0.5, 0.75])),
                ("support_vectors", .floats([1, 2, 3, 4, 5, 6])),
                ("vectors_per_class", .ints([1, 1, 1])),
            ] + more)
    }

    static func svmRegressor(
        scores: String = "scores", more: [(String, Attribute)] = []
    )
        -> Node
    {
        .ml(
            "SVMRegressor", ["x"], [scores],
            [
                ("coefficients", .floats([0.5, -0.25])), ("kernel_params", .floats([0.5, 0, 3])),
                ("kernel_type", .string("RBF")), ("n_supports", .int(2)), ("rho", .floats([2])),
                ("support_vectors", .floats([1, 2, 3, 4])),
            ] + more)
    }

    /// What stands between an SGDClassifier's two features and `score`, with its constants.
    static let product: [Node] = [
        Node("MatMul", ["x", "coef"], ["m"]), Node("Add", ["m", "intercept"], ["score"]),
    ]
    static let productConstants: [Constant] = [
        .floats("coef", [1, 2], [2, 1]), .floats("intercept", [0.5]), .scalar("negate", -1),
        .scalar("one", 1), .ints("classes", [0, 1], type: 6), .ints("shape", [-1]),
    ]

    /// The label of the largest column of `row`.
    static func labelled(by row: String) -> [Node] {
        [
            Node("ArgMax", [row], ["index"], [("axis", .int(1)), ("keepdims", .int(1))]),
            .ml("ArrayFeatureExtractor", ["classes", "index"], ["found"]),
            Node("Reshape", ["found", "shape"], ["flat"]),
            Node("Cast", ["flat"], ["label"], [("to", .int(7))]),
        ]
    }

    /// An SGDClassifier of the hinge loss.
    static var hinge: SampleGraph {
        SampleGraph(
            product + [
                Node("Mul", ["score", "negate"], ["negated"]),
                Node("Concat", ["negated", "score"], ["scores"], [("axis", .int(1))]),
            ] + labelled(by: "scores"), constants: productConstants)
    }

    /// An SVC calibrated by a sigmoid of a = -2, b = 0.5.
    static var calibrated: SampleGraph {
        SampleGraph(
            [
                svmClassifier(scores: "raw"), Node("Mul", ["raw", "negate"], ["turned"]),
                .ml("ArrayFeatureExtractor", ["turned", "k"], ["d"]),
                Node("Mul", ["a", "d"], ["ad"]), Node("Add", ["ad", "b"], ["z"]),
                Node("Exp", ["z"], ["e"]), Node("Add", ["one", "e"], ["below"]),
                Node("Div", ["one", "below"], ["p"]), Node("Sub", ["one", "p"], ["q"]),
                Node("Concat", ["q", "p"], ["both"], [("axis", .int(1))]),
                Node("Sum", ["both"], ["sum"]), Node("Div", ["sum", "one"], ["scores"]),
            ].renamingLabel() + labelled(by: "scores"),
            constants: productConstants + [
                .scalar("a", -2), .scalar("b", 0.5), .ints("k", [1], []),
            ])
    }
}

extension [SampleGraph.Node] {
    /// The classifier's own label under another name, for a graph that makes its label itself.
    fileprivate func renamingLabel() -> [SampleGraph.Node] {
        map { node in
            var node = node
            node.outputs = node.outputs.map { $0 == "label" ? "unused" : $0 }
            return node
        }
    }
}
