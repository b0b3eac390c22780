import Lifecycle
import ModelFormats
import Scoring
import Testing

/// Several models in one graph, and what their decisions come to together.
@Suite("ONNX: several models as one")
struct ONNXEnsembleTests {
    typealias Node = SampleGraph.Node

    private static func classifier(_ name: String, from input: String, _ weights: [Float]) -> Node {
        var node = SampleGraph.linearClassifier(from: input)
        node.name = name
        node.outputs = ["\(name)-label", name]
        let slopes = Array(weights.dropLast())
        node.attributes[1] = ("coefficients", .floats(slopes.map { -$0 } + slopes))
        node.attributes[2] = ("intercepts", .floats([-(weights.last ?? 0), weights.last ?? 0]))
        return node
    }

    /// The sigmoid of a member, as both classes' columns, as skl2onnx writes it.
    private static func sigmoid(_ name: String) -> [Node] {
        [
            .ml("ArrayFeatureExtractor", [name, "k"], ["\(name)-d"]),
            .init("Mul", ["\(name)-a", "\(name)-d"], ["\(name)-ad"]),
            .init("Add", ["\(name)-ad", "\(name)-b"], ["\(name)-z"]),
            .init("Exp", ["\(name)-z"], ["\(name)-e"]),
            .init("Add", ["one", "\(name)-e"], ["\(name)-below"]),
            .init("Div", ["one", "\(name)-below"], ["\(name)-p"]),
            .init("Sub", ["one", "\(name)-p"], ["\(name)-q"]),
            .init("Concat", ["\(name)-q", "\(name)-p"], ["\(name)-both"], [("axis", .int(1))]),
        ]
    }

    private static func ensemble(_ members: [Node], features: [Node] = []) -> SampleGraph {
        let names = members.map { $0.outputs[1] }
        var constants =
            SampleGraph.productConstants + [
                .ints("k", [1], []), .scalar("count", Float(members.count)),
            ]
        for (place, name) in names.enumerated() {
            constants.append(.scalar("\(name)-a", -1 - Float(place)))
            constants.append(.scalar("\(name)-b", Float(place) / 4))
        }
        return SampleGraph(
            features + members + names.flatMap(sigmoid) + [
                .init("Sum", names.map { "\($0)-both" }, ["sum"]),
                .init("Div", ["sum", "count"], ["scores"]),
            ] + SampleGraph.labelled(by: "scores"), constants: constants)
    }

    @Test("sigmoids of several hyperplanes and their mean are a calibrated ensemble")
    func linear() throws {
        let parsed = try Self.ensemble([
            Self.classifier("m0", from: "x", [1, 2, 0.5]),
            Self.classifier("m1", from: "x", [3, 4, -0.5]),
            Self.classifier("m2", from: "x", [5, 6, 0.25]),
        ]).parsed()
        #expect(
            parsed.model.function
                == .linear(
                    LinearWeights(
                        weights: [1, 3, 5, 2, 4, 6], intercepts: [0.5, -0.5, 0.25])))
        #expect(
            parsed.model.calibration
                == Calibration(
                    members: 3, curves: .sigmoid(a: [-1, -2, -3], b: [0, 0.25, 0.5])))
        #expect(parsed.model.probability == .decisions && parsed.model.rule == .single)
        #expect(parsed.threshold == Calibration.threshold(positive: 1))
        #expect(parsed.model.positive == 1)
    }

    @Test("members behind scalers of their own are over the features themselves")
    func scalers() throws {
        let scalers = [[Float(1), 2], [3, 4]].enumerated().map { place, offset in
            Node.ml(
                "Scaler", ["x"], ["s\(place)"],
                [("offset", .floats(offset)), ("scale", .floats([2, 0.5]))])
        }
        let parsed = try Self.ensemble(
            [
                Self.classifier("m0", from: "s0", [1, 2, 0]),
                Self.classifier("m1", from: "s1", [3, 4, 0]),
            ], features: scalers
        ).parsed()
        #expect(parsed.featurizer == ONNXModelTests.spec)
        #expect(
            parsed.model.function
                == .linear(
                    LinearWeights(weights: [2, 6, 1, 2], intercepts: [-1 * 2 - 2, -3 * 6 - 4 * 2])))
    }

    @Test("members over other features, or of another kind, are refused by their node")
    func unlike() throws {
        let normalized = Node.ml("Normalizer", ["x"], ["y"], [("norm", .string("L2"))])
        let graph = Self.ensemble(
            [
                Self.classifier("m0", from: "x", [1, 2, 0]),
                Self.classifier("m1", from: "y", [3, 4, 0]),
            ], features: [normalized])
        let error = try #require(throws: SwerveError.self) { try graph.parsed() }
        #expect(error.reason.contains("(node 'm1'): it is a second model in the graph, over other"))
    }

    @Test("support vectors calibrated several times are machines side by side")
    func kernels() throws {
        let members = (0..<2).map { place in
            var node = SampleGraph.svmClassifier(parameters: [0.5 + Float(place), 1, 3])
            node.outputs = ["m\(place)-label", "m\(place)"]
            return node
        }
        let model = try Self.ensemble(members).parsed().model
        guard case .kernels(let machines) = model.function else {
            Issue.record("no machines")
            return
        }
        #expect(machines.map(\.kernel) == [.rbf(gamma: 0.5), .rbf(gamma: 1.5)])
        // Its columns are the decision and its negative; the second is taken.
        #expect(model.calibration?.curves == .sigmoid(a: [1, 2], b: [0, 0.25]))
    }

    @Test("three classes: each class's sigmoid by the sum of all, and the members' mean")
    func several() throws {
        var nodes: [Node] = []
        var constants =
            SampleGraph.productConstants.filter { $0.name != "classes" } + [
                .strings("classes", ["a", "b", "c"]), .ints("axis", [1]), .scalar("count", 2),
            ]
        for member in 0..<2 {
            let name = "m\(member)"
            nodes.append(
                .ml(
                    "LinearClassifier", ["x"], ["\(name)-label", name],
                    [
                        ("classlabels_strings", .strings(["a", "b", "c"])),
                        ("coefficients", .floats((1...6).map { Float($0 * (member + 1)) })),
                        ("intercepts", .floats([0, 1, 2])),
                    ]))
            for index in 0..<3 {
                let column = "\(name)-\(index)"
                constants.append(.ints("\(column)-k", [Int64(index)], []))
                constants.append(.scalar("\(column)-a", -1 - Float(index)))
                constants.append(.scalar("\(column)-b", Float(member)))
                nodes += [
                    .ml("ArrayFeatureExtractor", [name, "\(column)-k"], ["\(column)-d"]),
                    .init("Mul", ["\(column)-a", "\(column)-d"], ["\(column)-ad"]),
                    .init("Add", ["\(column)-ad", "\(column)-b"], ["\(column)-z"]),
                    .init("Neg", ["\(column)-z"], ["\(column)-n"]),
                    .init("Sigmoid", ["\(column)-n"], ["\(column)-p"]),
                ]
            }
            nodes += [
                .init(
                    "Concat", (0..<3).map { "\(name)-\($0)-p" }, ["\(name)-all"],
                    [("axis", .int(1))]),
                .init("ReduceSum", ["\(name)-all", "axis"], ["\(name)-sum"]),
                .init("Div", ["\(name)-all", "\(name)-sum"], ["\(name)-shares"]),
            ]
        }
        nodes += [
            .init("Add", ["m0-shares", "m1-shares"], ["sum"]),
            .init("Div", ["sum", "count"], ["scores"]),
        ]
        let model = try SampleGraph(
            nodes + SampleGraph.labelled(by: "scores"), constants: constants
        ).parsed().model
        #expect(model.rule == .oneVsRest && model.probability == .decisions)
        #expect(
            model.calibration
                == Calibration(
                    members: 2,
                    curves: .sigmoid(a: [-1, -2, -3, -1, -2, -3], b: [0, 0, 0, 1, 1, 1])))
        #expect(model.linear?.rows == 6 && model.linear?.intercepts == [0, 1, 2, 0, 1, 2])
    }

    @Test("one classifier against the rest for each class is one model of a decision a class")
    func oneVsRest() throws {
        let names = ["m0", "m1", "m2"]
        let members = names.enumerated().map { place, name in
            var node = Self.classifier(name, from: "x", [Float(place), 2, 0.5])
            node.attributes[4] = ("post_transform", .string("LOGISTIC"))
            return node
        }
        let slices = names.map {
            Node("Slice", [$0, "from", "to", "axis"], ["\($0)-p"])
        }
        let graph = SampleGraph(
            members + slices + [
                .init("Concat", names.map { "\($0)-p" }, ["all"], [("axis", .int(1))]),
                .init("LpNormalization", ["all"], ["scores"], [("axis", .int(1)), ("p", .int(1))]),
            ] + SampleGraph.labelled(by: "all"),
            constants: SampleGraph.productConstants.filter { $0.name != "classes" } + [
                .ints("from", [1]), .ints("to", [2]), .ints("axis", [1]),
                .strings("classes", ["a", "b", "c"]),
            ])
        let model = try graph.parsed().model
        #expect(model.rule == .oneVsRest && model.probability == .logistic)
        #expect(
            model.linear
                == LinearWeights(weights: [0, 1, 2, 2, 2, 2], intercepts: [0.5, 0.5, 0.5]))
    }

    @Test("the softmax of three classes, alone, divided by its sum, and by Softmax")
    func softmax() throws {
        func classifier(_ transform: String) -> Node {
            .ml(
                "LinearClassifier", ["x"], ["label", "raw"],
                [
                    ("classlabels_strings", .strings(["a", "b", "c"])),
                    ("coefficients", .floats([1, 2, 3, 4, 5, 6])),
                    ("intercepts", .floats([7, 8, 9])), ("multi_class", .int(1)),
                    ("post_transform", .string(transform)),
                ])
        }
        for (transform, tail) in [
            ("SOFTMAX", Node.ml("Normalizer", ["raw"], ["scores"], [("norm", .string("L1"))])),
            ("SOFTMAX", Node("Identity", ["raw"], ["scores"])),
            ("NONE", Node("Softmax", ["raw"], ["scores"], [("axis", .int(1))])),
        ] {
            let model = try SampleGraph([classifier(transform), tail]).parsed().model
            #expect(model.probability == .softmax && model.rule == .oneVsRest)
        }
        let twice = SampleGraph([
            classifier("SOFTMAX"), Node("Softmax", ["raw"], ["scores"], [("axis", .int(1))]),
        ])
        let error = try #require(throws: SwerveError.self) { try twice.parsed() }
        #expect(error.reason.contains("output 'scores' is neither"))
    }
}
