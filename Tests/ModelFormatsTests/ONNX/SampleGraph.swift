import Lifecycle
import ModelFormats

/// An ONNX file made by hand: nodes, constants, one input, outputs.
struct SampleGraph {
    enum Attribute {
        case int(Int64)
        case string(String)
        case floats([Float])
        case ints([Int64])
        case strings([String])
        case tensor(Constant)
        /// A graph inside of a node, so many deep.
        case graph(depth: Int)
    }

    struct Node {
        var type: String
        var inputs: [String]
        var outputs: [String]
        var attributes: [(String, Attribute)] = []
        var domain = ""
        var name = ""

        init(
            _ type: String, _ inputs: [String], _ outputs: [String],
            _ attributes: [(String, Attribute)] = [], domain: String = "", name: String = "n"
        ) {
            self.type = type
            self.inputs = inputs
            self.outputs = outputs
            self.attributes = attributes
            self.domain = domain
            self.name = name
        }

        /// A node of the operators for machine learning.
        static func ml(
            _ type: String, _ inputs: [String], _ outputs: [String],
            _ attributes: [(String, Attribute)] = []
        ) -> Node {
            Node(type, inputs, outputs, attributes, domain: "ai.onnx.ml", name: type)
        }
    }

    struct Constant {
        var name: String
        var shape: [Int64]
        var type: Int64 = 1
        var floats: [Float] = []
        var doubles: [Double] = []
        var ints: [Int64] = []
        var strings: [String] = []
        var raw: [UInt8]?
        var isExternal = false

        static func floats(_ name: String, _ values: [Float], _ shape: [Int64]? = nil) -> Constant {
            Constant(name: name, shape: shape ?? [Int64(values.count)], floats: values)
        }

        static func scalar(_ name: String, _ value: Float) -> Constant {
            Constant(name: name, shape: [], floats: [value])
        }

        static func ints(
            _ name: String, _ values: [Int64], _ shape: [Int64]? = nil, type: Int64 = 7
        ) -> Constant {
            Constant(name: name, shape: shape ?? [Int64(values.count)], type: type, ints: values)
        }

        static func strings(_ name: String, _ values: [String]) -> Constant {
            Constant(name: name, shape: [Int64(values.count)], type: 8, strings: values)
        }
    }

    var nodes: [Node]
    var constants: [Constant] = []
    var outputs: [String] = ["label", "scores"]
    /// Beside or in place of `x`: names, types and columns.
    var inputs: [(name: String, type: Int64, columns: Int64?)]?
    var inputType: Int64 = 1
    var columns: Int64? = 2
    var irVersion: Int64 = 8

    init(_ nodes: [Node], constants: [Constant] = [], outputs: [String] = ["label", "scores"]) {
        self.nodes = nodes
        self.constants = constants
        self.outputs = outputs
    }

    /// The file.
    var file: NamedBytes {
        var model = ProtobufWriter()
        model.int(1, irVersion)
        model.string(2, "tests")
        model.message(7) { graph in
            for node in nodes { graph.message(1) { write(node, to: &$0) } }
            graph.string(2, "sample")
            for constant in constants { graph.message(5) { write(constant, to: &$0) } }
            for (name, inputType, columns) in inputs ?? [("x", inputType, columns)] {
                graph.message(11) { port in
                    port.string(1, name)
                    port.message(2) { type in
                        type.message(1) { tensor in
                            tensor.int(1, inputType)
                            tensor.message(2) { shape in
                                shape.message(1) { $0.string(2, "N") }
                                if let columns { shape.message(1) { $0.int(1, columns) } }
                            }
                        }
                    }
                }
            }
            for output in outputs { graph.message(12) { $0.string(1, output) } }
        }
        model.message(8) { $0.int(2, 18) }
        return NamedBytes(name: "sample.onnx", bytes: model.bytes)
    }

    func parsed() throws(SwerveError) -> ParsedModel { try ONNXModel.parse(file) }

    private func write(_ node: Node, to message: inout ProtobufWriter) {
        for input in node.inputs { message.string(1, input) }
        for output in node.outputs { message.string(2, output) }
        message.string(3, node.name)
        message.string(4, node.type)
        for (name, value) in node.attributes {
            message.message(5) { attribute in
                attribute.string(1, name)
                write(value, to: &attribute)
            }
        }
        message.string(7, node.domain)
    }

    private func write(_ value: Attribute, to message: inout ProtobufWriter) {
        switch value {
        case .int(let value):
            message.int(3, value)
            message.int(20, 2)
        case .string(let value):
            message.string(4, value)
            message.int(20, 3)
        case .tensor(let constant):
            message.message(5) { write(constant, to: &$0) }
            message.int(20, 4)
        case .floats(let values):
            message.floats(7, values)
            message.int(20, 6)
        case .ints(let values):
            // One field a number: the other way that a list may be written.
            for value in values { message.int(8, value) }
            message.int(20, 7)
        case .strings(let values):
            for value in values { message.string(9, value) }
            message.int(20, 8)
        case .graph(let depth):
            var inner: [UInt8] = []
            for _ in 0..<depth {
                var outer = ProtobufWriter()
                outer.bytes(6, inner)
                inner = outer.bytes
            }
            message.bytes(6, inner)
            message.int(20, 5)
        }
    }

    private func write(_ constant: Constant, to message: inout ProtobufWriter) {
        message.ints(1, constant.shape)
        message.int(2, constant.type)
        if !constant.floats.isEmpty { message.floats(4, constant.floats) }
        for string in constant.strings { message.string(6, string) }
        if !constant.ints.isEmpty { message.ints(7, constant.ints) }
        message.string(8, constant.name)
        if let raw = constant.raw { message.bytes(9, raw) }
        if !constant.doubles.isEmpty { message.doubles(10, constant.doubles) }
        if constant.isExternal { message.message(13) { $0.string(1, "location") } }
    }
}
