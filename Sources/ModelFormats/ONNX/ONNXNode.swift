import Lifecycle

/// An operator in an ONNX graph, with the names of what it takes and gives.
struct ONNXNode {
    let name: String
    let type: String
    let domain: String
    let inputs: [String]
    let outputs: [String]
    let attributes: [String: ONNXAttribute]

    /// Reads a NodeProto.
    init(reading reader: ProtobufReader) throws(SwerveError) {
        var reader = reader
        var name = ""
        var type = ""
        var domain = ""
        var inputs: [String] = []
        var outputs: [String] = []
        var attributes: [String: ONNXAttribute] = [:]
        while let field = try reader.next() {
            switch field.number {
            case 1: inputs.append(try reader.string(field))
            case 2: outputs.append(try reader.string(field))
            case 3: name = try reader.string(field)
            case 4: type = try reader.string(field)
            case 5:
                let attribute = try ONNXAttribute(
                    reading: reader.message(field, "\(reader.place) attribute"))
                guard attributes.updateValue(attribute, forKey: attribute.name) == nil else {
                    throw reader.wrong(
                        field.offset,
                        "begins a second attribute '\(attribute.name.shortened(to: 60))'")
                }
            case 7: domain = try reader.string(field)
            default: break
            }
            guard inputs.count + outputs.count + attributes.count <= Limits.onnxNodes else {
                throw reader.wrong(field.offset, "is one name too many")
            }
        }
        self.name = name
        self.type = type
        self.domain = domain == "ai.onnx" ? "" : domain
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
    }
}
