import Lifecycle
import ModelFormats
import Scoring
import Testing

/// What stands behind a classifier is known by what it computes.
@Suite("ONNX: tails")
struct ONNXTailTests {
    @Test("a product, its sum, and both signs are one decision")
    func hinge() throws {
        let model = try SampleGraph.hinge.parsed().model
        #expect(model.function == .linear(ONNXModelTests.weights))
        #expect(model.rule == .single && model.positive == 1 && model.probability == .none)
        #expect(model.classes == ["0", "1"])
    }

    @Test("a sigmoid behind an SVC is its calibration, and the threshold where it is a half")
    func calibrated() throws {
        let parsed = try SampleGraph.calibrated.parsed()
        #expect(parsed.model.probability == .sigmoid(a: -2, b: 0.5))
        #expect(parsed.threshold == 0.25)
        #expect(parsed.model.positive == 1)
    }

    @Test("one decision's logistic function is a probability, by Sigmoid or by Exp")
    func logistic() throws {
        let sigmoid: [SampleGraph.Node] = [.init("Sigmoid", ["score"], ["p"])]
        let written: [SampleGraph.Node] = [
            .init("Neg", ["score"], ["n"]), .init("Exp", ["n"], ["e"]),
            .init("Add", ["e", "one"], ["b"]), .init("Reciprocal", ["b"], ["p"]),
        ]
        for middle in [sigmoid, written] {
            let graph = SampleGraph(
                SampleGraph.product + middle + [
                    .init("Sub", ["one", "p"], ["q"]),
                    .init("Concat", ["q", "p"], ["scores"], [("axis", .int(1))]),
                ] + SampleGraph.labelled(by: "scores"), constants: SampleGraph.productConstants)
            let parsed = try graph.parsed()
            #expect(parsed.model.probability == .logistic && parsed.threshold == 0)
            #expect(parsed.model.function == .linear(ONNXModelTests.weights))
        }
    }

    /// Logistic functions of three decisions by their sum, guarded against a sum of 0 as the
    /// exporter does.
    private static func shares(_ tail: [SampleGraph.Node]) -> SampleGraph {
        var constants = SampleGraph.productConstants.filter {
            !["coef", "intercept", "classes"].contains($0.name)
        }
        constants += [
            .floats("coef", [1, 2, 3, 4, 5, 6], [2, 3]), .floats("intercept", [7, 8, 9]),
            .strings("classes", ["a", "b", "c"]), .ints("axis", [1]), .scalar("three", 3),
        ]
        return SampleGraph(
            SampleGraph.product + [.init("Sigmoid", ["score"], ["p"])] + tail
                + SampleGraph.labelled(by: "scores"), constants: constants)
    }

    @Test("several logistic functions by their sum are probabilities, however they are divided")
    func normalized() throws {
        let guarded: [SampleGraph.Node] = [
            .init("ReduceSum", ["p", "axis"], ["s"]),
            .init("Cast", ["s"], ["flag"], [("to", .int(9))]), .init("Not", ["flag"], ["none"]),
            .init("Cast", ["none"], ["mask"], [("to", .int(1))]),
            .init("Add", ["p", "mask"], ["above"]), .init("Mul", ["mask", "three"], ["more"]),
            .init("Add", ["s", "more"], ["below"]), .init("Div", ["above", "below"], ["scores"]),
        ]
        let tails: [[SampleGraph.Node]] = [
            guarded, [.ml("Normalizer", ["p"], ["scores"], [("norm", .string("L1"))])],
            [.init("LpNormalization", ["p"], ["scores"], [("axis", .int(1)), ("p", .int(1))])],
        ]
        for tail in tails {
            let model = try Self.shares(tail).parsed().model
            #expect(model.rule == .oneVsRest && model.probability == .logistic)
            #expect(model.classes == ["a", "b", "c"])
            #expect(
                model.linear
                    == LinearWeights(weights: [1, 2, 3, 4, 5, 6], intercepts: [7, 8, 9]))
        }
        #expect(throws: SwerveError.self) {
            try Self.shares([.init("Identity", ["p"], ["scores"])]).parsed()
        }
    }

    /// scikit-learn's decisions of one class against the rest, for three pairs.
    private static func rest(third: Float = 3, wrongSign: Bool = false) -> SampleGraph {
        typealias Node = SampleGraph.Node
        var nodes = [
            SampleGraph.pairsClassifier(), Node("Less", ["pairs", "zero"], ["below"]),
            Node("Cast", ["below"], ["vote"], [("to", .int(1))]),
        ]
        for pair in 0..<3 {
            nodes += [
                .ml("ArrayFeatureExtractor", ["pairs", "k\(pair)"], ["d\(pair)"]),
                .ml("ArrayFeatureExtractor", ["vote", "k\(pair)"], ["v\(pair)"]),
                Node("Neg", ["d\(pair)"], ["n\(pair)"]),
                Node("Sub", ["one", "v\(pair)"], ["w\(pair)"]),
            ]
        }
        nodes += [
            Node("Sum", ["d0", "d1"], ["s0"]), Node("Add", ["n0", "d2"], ["s1"]),
            Node("Sum", [wrongSign ? "d1" : "n1", "n2"], ["s2"]),
            Node("Sum", ["w0", "w1"], ["t0"]), Node("Sum", ["v0", "w2"], ["t1"]),
            Node("Sum", ["v1", "v2"], ["t2"]),
            Node("Concat", ["s0", "s1", "s2"], ["s"], [("axis", .int(1))]),
            Node("Concat", ["t0", "t1", "t2"], ["t"], [("axis", .int(-1))]),
            Node("Abs", ["s"], ["a"]), Node("Add", ["a", "one"], ["b"]),
            Node("Mul", ["third", "b"], ["c"]), Node("Div", ["s", "c"], ["share"]),
            Node("Add", ["share", "t"], ["sum"]), Node("Identity", ["sum"], ["scores"]),
        ]
        return SampleGraph(
            nodes,
            constants: [
                .scalar("zero", 0), .scalar("one", 1), .scalar("third", third),
                .ints("k0", [0], []), .ints("k1", [1]), .ints("k2", [2], [1, 1]),
            ])
    }

    @Test("votes and shares of a vote are one-vs-one, told as one-vs-rest")
    func oneVsRest() throws {
        let model = try Self.rest().parsed().model
        #expect(model.rule == .oneVsOneAsRest && model.decisionCount == 3)
        for wrong in [Self.rest(third: 4), Self.rest(wrongSign: true)] {
            let error = #expect(throws: SwerveError.self) { try wrong.parsed() }
            #expect(error?.reason.contains("output 'scores' is neither") == true)
        }
    }

    @Test("operators that change nothing may stand anywhere")
    func harmless() throws {
        var graph = SampleGraph.hinge
        graph.nodes.insert(.init("Identity", ["x"], ["same"]), at: 0)
        graph.nodes[1].inputs[0] = "same"
        graph.nodes += [
            .init("Cast", ["scores"], ["cast"], [("to", .int(1))]),
            .init("Flatten", ["cast"], ["flatter"], [("axis", .int(1))]),
            .init("Identity", ["label"], ["named"]),
        ]
        graph.outputs = ["named", "flatter"]
        #expect(try graph.parsed().model == SampleGraph.hinge.parsed().model)
        graph.outputs = ["label", "mapped"]
        graph.nodes.append(
            .ml("ZipMap", ["scores"], ["mapped"], [("classlabels_int64s", .ints([0, 1]))]))
        #expect(try graph.parsed().model == SampleGraph.hinge.parsed().model)
    }

    @Test("a constant in the graph is as good as one beside it")
    func constants() throws {
        var graph = SampleGraph.hinge
        for constant in graph.constants {
            graph.nodes.insert(
                .init("Constant", [], [constant.name], [("value", .tensor(constant))]), at: 0)
        }
        graph.constants = []
        #expect(try graph.parsed().model == SampleGraph.hinge.parsed().model)
    }

    @Test("the label alone is enough")
    func labelOnly() throws {
        var graph = SampleGraph.linear
        graph.outputs = ["label"]
        #expect(try graph.parsed().model == SampleGraph.linear.parsed().model)
    }
}
