import Lifecycle

/// An attribute of a node.
struct ONNXAttribute {
    enum Value {
        case float(Float)
        case int(Int64)
        case string(Range<Int>)
        case tensor(ONNXTensor)
        case floats([Float])
        case ints([Int64])
        /// Where the texts stand in the file.
        case strings([Range<Int>])
        /// Graphs, types, references: nothing that a model here has.
        case other(Int64)
    }

    let name: String
    let value: Value

    /// Reads an AttributeProto; graphs inside of it are not looked into.
    init(reading reader: ProtobufReader) throws(SwerveError) {
        var reader = reader
        var name = ""
        var type: Int64 = 0
        var float: Float = 0
        var int: Int64 = 0
        var string = 0..<0
        var tensor: ONNXTensor?
        var floats: [Float] = []
        var ints: [Int64] = []
        var strings: [Range<Int>] = []
        while let field = try reader.next() {
            switch field.number {
            case 1: name = try reader.string(field)
            case 2: float = try reader.float(field)
            case 3: int = try reader.int(field)
            case 4: string = try reader.range(field)
            case 5:
                tensor = try ONNXTensor(reading: reader.message(field, "\(reader.place) tensor"))
            case 7: try reader.append(field, to: &floats)
            case 8: try reader.append(field, to: &ints)
            case 9:
                strings.append(try reader.range(field))
                guard strings.count <= Limits.onnxListEntries else {
                    throw reader.wrong(field.offset, "is one text too many")
                }
            case 20: type = try reader.int(field)
            default: break
            }
        }
        self.name = name
        switch type {
        case 1: value = .float(float)
        case 2: value = .int(int)
        case 3: value = .string(string)
        case 4: value = tensor.map(Value.tensor) ?? .other(4)
        case 6: value = .floats(floats)
        case 7: value = .ints(ints)
        case 8: value = .strings(strings)
        default: value = .other(type)
        }
    }
}
