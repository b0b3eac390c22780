import Lifecycle

/// An ONNX graph as the file has it.
struct ONNXGraph {
    /// What goes in or comes out.
    struct Port {
        let name: String
        /// Nil for a sequence or a map.
        let type: ONNXType?
        /// The sizes of its axes, where the file says them.
        let shape: [Int?]
    }

    private(set) var nodes: [ONNXNode] = []
    private(set) var constants: [String: ONNXTensor] = [:]
    private(set) var inputs: [Port] = []
    private(set) var outputs: [Port] = []

    /// Reads a GraphProto.
    ///
    /// - Throws: `SwerveError` that names the message; `.tooLarge` beyond `Limits.onnxNodes` nodes
    ///   or `Limits.onnxNames` names.
    init(reading reader: ProtobufReader) throws(SwerveError) {
        var reader = reader
        var names = 0
        while let field = try reader.next() {
            switch field.number {
            case 1:
                let node = try ONNXNode(
                    reading: reader.message(field, "node \(nodes.count + 1)"))
                nodes.append(node)
                names += node.inputs.count + node.outputs.count + node.attributes.count
            case 5:
                let tensor = try ONNXTensor(reading: reader.message(field, "initializer"))
                guard constants.updateValue(tensor, forKey: tensor.name) == nil else {
                    throw reader.wrong(
                        field.offset,
                        "begins a second initializer '\(tensor.name.shortened(to: 60))'")
                }
            case 11: inputs.append(try Self.port(reader.message(field, "graph input")))
            case 12: outputs.append(try Self.port(reader.message(field, "graph output")))
            case 15: throw reader.wrong(field.offset, "begins a sparse initializer")
            default: break
            }
            let count = max(nodes.count, constants.count, inputs.count + outputs.count)
            guard count <= Limits.onnxNodes, names <= Limits.onnxNames else {
                throw SwerveError(
                    .tooLarge, act: reader.act,
                    reason: "more than \(Limits.onnxNodes) nodes or \(Limits.onnxNames) names")
            }
        }
    }

    private static func port(_ reader: ProtobufReader) throws(SwerveError) -> Port {
        var reader = reader
        var name = ""
        var type: ONNXType?
        var shape: [Int?] = []
        while let field = try reader.next() {
            if field.number == 1 { name = try reader.string(field) }
            guard field.number == 2 else { continue }
            var kinds = try reader.message(field, "graph port '\(name.shortened(to: 60))'")
            while let kind = try kinds.next() {
                guard kind.number == 1 else { continue }
                (type, shape) = try tensorType(kinds.message(kind, kinds.place))
            }
        }
        return Port(name: name, type: type, shape: shape)
    }

    private static func tensorType(
        _ reader: ProtobufReader
    ) throws(SwerveError) -> (ONNXType?, [Int?]) {
        var reader = reader
        var type: ONNXType?
        var shape: [Int?] = []
        while let field = try reader.next() {
            if field.number == 1 { type = ONNXType(rawValue: try reader.int(field)) }
            guard field.number == 2 else { continue }
            var axes = try reader.message(field, reader.place)
            while let axis = try axes.next() {
                guard axis.number == 1, shape.count < 8 else { continue }
                var sizes = try axes.message(axis, reader.place)
                var size: Int?
                while let value = try sizes.next() {
                    if value.number == 1 { size = Int(try sizes.int(value)) }
                }
                shape.append(size.flatMap { $0 > 0 ? $0 : nil })
            }
        }
        return (type, shape)
    }
}
