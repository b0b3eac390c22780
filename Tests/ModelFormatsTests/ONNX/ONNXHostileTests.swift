import Lifecycle
import ModelFormats
import Scoring
import TestSupport
import Testing

@Suite("ONNX: hostile files")
struct ONNXHostileTests {
    private static let samples = [
        SampleGraph.linear, .hinge, .calibrated, SampleGraph([SampleGraph.svmClassifier()]),
        SampleGraph([SampleGraph.svmRegressor()], outputs: ["scores"]),
        .behind([
            .ml(
                "Scaler", ["x"], ["y"], [("offset", .floats([1, 2])), ("scale", .floats([3, 4]))])
        ]),
    ]

    /// The model, or nil for a refusal, which must be one line that names the file.
    private static func outcome(_ bytes: [UInt8]) -> Model? {
        do throws(SwerveError) {
            return try ONNXModel.parse(NamedBytes(name: "hostile.onnx", bytes: bytes)).model
        } catch {
            let line = error.description
            #expect(line.contains("hostile.onnx") && !line.contains("\n"), "\(line)")
            #expect(line.utf8.count < 1_000)
            return nil
        }
    }

    @Test("a file cut off at any byte is refused, or was whole without what follows")
    func truncation() throws {
        var cut = 0
        for sample in Self.samples {
            let whole = try sample.parsed().model
            let bytes = sample.file.bytes
            for length in 0..<bytes.count {
                let model = Self.outcome(Array(bytes[..<length]))
                // Only the list of operator sets stands after the graph.
                #expect(model == nil || model == whole && length > bytes.count - 8)
                cut += 1
            }
        }
        #expect(cut > 2_500)
    }

    @Test("damaged files are refused or read, never a crash", arguments: 0..<6)
    func mutations(sample: Int) throws {
        let bytes = Self.samples[sample].file.bytes
        var mutator = ByteMutator(
            seed: UInt64(sample) + 1,
            pieces: [
                "\u{0a}\u{01}x", "scores", "label", "\u{7f}\u{7f}\u{7f}", "\u{12}\u{00}", "MatMul",
                "\u{3a}\u{7f}", "Concat", "\u{08}\u{08}",
            ])
        var refused = 0
        for _ in 0..<4_000 where Self.outcome(mutator.mutated(bytes)) == nil { refused += 1 }
        #expect(refused > 2_000)
    }

    @Test("announced sizes beyond the file allocate nothing")
    func announced() {
        for size in [UInt64(1) << 40, .max, UInt64(1) << 63, 1_000_000_000_000] {
            for field in [UInt64(7), 8, 2] {
                var writer = ProtobufWriter()
                writer.int(1, 8)
                writer.varint(field << 3 | 2)
                writer.varint(size)
                #expect(Self.outcome(writer.bytes) == nil)
            }
        }
        var graph = SampleGraph.linear
        graph.constants = [.floats("c", [], [1 << 24, 2])]
        #expect(Self.outcome(graph.file.bytes) == nil)
    }

    @Test("endless nesting is not followed")
    func nesting() {
        var graph = SampleGraph.linear
        graph.nodes[0].attributes.append(("body", .graph(depth: 20_000)))
        #expect(Self.outcome(graph.file.bytes) == nil)
        // The same as a graph of graphs.
        var inner: [UInt8] = []
        for _ in 0..<20_000 {
            var outer = ProtobufWriter()
            outer.bytes(7, inner)
            inner = outer.bytes
        }
        #expect(Self.outcome([0x08, 0x08] + inner) == nil)
    }

    @Test("what is no protocol buffer is refused with its byte")
    func wires() {
        let broken: [(bytes: [UInt8], words: String)] = [
            ([0x08, 0x08, 0x3B, 0x3C], "byte 2 is a group"),
            ([0x08, 0x08, 0x3F], "byte 2 has the unknown wire type 7"),
            ([0x08, 0x08, 0x07], "byte 2 is no field"),
            ([0x08] + [UInt8](repeating: 0xFF, count: 11), "more than 64 bits"),
            ([0x08, 0x08, 0x3A], "byte 2 begins a field that is cut off"),
            ([0x08, 0x08, 0x3D, 1, 2], "byte 2 begins a field that is cut off"),
            ([0x08, 0x08, 0x38, 0x01], "field 7 is of another type"),
            ([0x08, 0x08, 0x3A, 0x00, 0x3A, 0x00], "byte 4 begins a second graph"),
            ([0x08, 0x08, 0xCA, 0x01, 0x00], "function of the model's own"),
            ([0x08, 0x08, 0x42, 0x00], "version 0 of the operators"),
            ([0x08, 0x08, 0x3A, 0x03, 0x7A, 0x01, 0x00], "sparse initializer"),
            ([0x08, 0x08, 0x3A, 0x04, 0x0A, 0x02, 0x0A, 0x7F], "node 1: byte 6 announces 127"),
            ([0x08, 0x08, 0x3A, 0x05, 0x0A, 0x03, 0x0A, 0x01, 0xFF], "field 1 is not UTF-8"),
            ([0x08, 0x08], "the model has no graph"),
        ]
        for (bytes, words) in broken {
            let error = #expect(throws: SwerveError.self) {
                try ONNXModel.parse(NamedBytes(name: "m", bytes: bytes))
            }
            #expect(error?.reason.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test("wrong text in a label or a pool is refused with its node")
    func encoding() throws {
        let graph = SampleGraph([
            SampleGraph.linearClassifier(
                classes: ("classlabels_strings", .strings(["@@@@", "norm"])))
        ])
        let bytes = graph.file.bytes.map { $0 == 0x40 ? 0xC0 : $0 }
        let error = #expect(throws: SwerveError.self) {
            try ONNXModel.parse(NamedBytes(name: "m", bytes: bytes))
        }
        #expect(error?.reason.contains("a text of 'classlabels_strings' is not UTF-8") == true)
    }

    @Test("formulas that double at each node come to an end, in time and depth")
    func explosion() {
        func bomb(_ type: String, _ inputs: (String) -> [String]) -> SampleGraph {
            var graph = SampleGraph.linear
            var last = "scores"
            for step in 0..<3_000 {
                graph.nodes.append(.init(type, inputs(last), ["e\(step)"], attributes(type)))
                last = "e\(step)"
            }
            graph.outputs = ["label", last]
            return graph
        }
        func attributes(_ type: String) -> [(String, SampleGraph.Attribute)] {
            type == "Concat" ? [("axis", .int(1))] : []
        }
        #expect(Self.outcome(bomb("Exp") { [$0] }.file.bytes) == nil)
        #expect(Self.outcome(bomb("Concat") { [$0, $0] }.file.bytes) == nil)
        #expect(Self.outcome(bomb("Div") { [$0, $0] }.file.bytes) == nil)
        #expect(Self.outcome(bomb("Add") { [$0, $0] }.file.bytes) == nil)
    }

    @Test("features and matrices that double at each node come to an end")
    func features() {
        func chain(_ node: (String, String) -> SampleGraph.Node) -> [SampleGraph.Node] {
            var last = "x"
            return (0..<2_000).map { step in
                defer { last = "e\(step)" }
                return node(last, "e\(step)")
            }
        }
        let joined = chain { .init("Concat", [$0, $0], [$1], [("axis", .int(1))]) }
        let end = SampleGraph.linearClassifier(from: "e1999")
        #expect(Self.outcome(SampleGraph(joined + [end]).file.bytes) == nil)
        var scaled: [SampleGraph.Node] = []
        for (step, node) in joined.enumerated() {
            var node = node
            node.outputs = ["j\(step)"]
            scaled += [node, .init("Mul", ["j\(step)", "two"], ["e\(step)"])]
        }
        let nested = SampleGraph(scaled + [end], constants: [.scalar("two", 2)])
        #expect(Self.outcome(nested.file.bytes) == nil)
        // A matrix of 500 by 500 again and again: no product is counted for nothing.
        let side = 500
        let product = chain { .init("MatMul", [$0, "matrix"], [$1]) }
        var matrices = SampleGraph(
            product + [end],
            constants: [
                .floats(
                    "matrix", [Float](repeating: 0.01, count: side * side),
                    [Int64(side), Int64(side)])
            ])
        matrices.columns = Int64(side)
        #expect(Self.outcome(matrices.file.bytes) == nil)
    }

    @Test("a width that a few bytes announce is not spread, however many nodes ask for it")
    func widths() {
        func refusal(
            _ nodes: [SampleGraph.Node], from last: String, columns: Int64
        ) -> SwerveError? {
            var graph = SampleGraph(
                nodes + [SampleGraph.linearClassifier(from: last)],
                constants: [.scalar("two", 2), .scalar("three", 3)])
            graph.columns = columns
            return #expect(throws: SwerveError.self) { try graph.parsed() }
        }
        let chain = (0..<40).map { step in
            SampleGraph.Node(
                "Sub", [step == 0 ? "x" : "e\(step - 1)", "two"], ["e\(step)"], name: "n\(step)")
        }
        let wide = refusal(chain, from: "e39", columns: 1 << 24)
        #expect(wide?.code == .tooLarge)
        #expect(
            wide?.reason.contains(
                "(node 'n0'): one number for each of 16777216 features, the limit is 1048576")
                == true, "\(String(describing: wide))")
        let clipped = refusal(
            [.init("Clip", ["x", "two", "three"], ["y"])], from: "y", columns: 1 << 24)
        #expect(clipped?.code == .tooLarge, "\(String(describing: clipped))")
        let long = refusal(chain, from: "e39", columns: 2)
        #expect(long?.code == .tooLarge)
        #expect(
            long?.reason.contains("more than 32 steps one after another") == true,
            "\(String(describing: long))")
        let beside = (0..<3).map { SampleGraph.Node("Mul", ["x", "two"], ["m\($0)"]) }
        let many = refusal(beside, from: "m2", columns: 1 << 24)
        #expect(many?.code == .tooLarge)
        #expect(
            many?.reason.contains("the features are scaled by more than 67108864 numbers") == true,
            "\(String(describing: many))")
    }

    @Test("more nodes or names than any exporter writes are too many")
    func counts() {
        var graph = SampleGraph.linear
        graph.nodes[0].inputs = [String](repeating: "x", count: Limits.onnxNodes + 1)
        let error = #expect(throws: SwerveError.self) { try graph.parsed() }
        #expect(error?.reason.contains("one name too many") == true)
        graph = .linear
        graph.nodes += [SampleGraph.Node](
            repeating: .init("Identity", [], []), count: Limits.onnxNodes)
        let many = #expect(throws: SwerveError.self) { try graph.parsed() }
        #expect(many?.code == .tooLarge)
    }
}
