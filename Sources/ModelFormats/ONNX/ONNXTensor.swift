import Lifecycle

/// A constant of an ONNX graph: an initializer, or a tensor attribute.
struct ONNXTensor {
    enum Values {
        case numbers([Double])
        case strings([String])

        var count: Int {
            switch self {
            case .numbers(let numbers): numbers.count
            case .strings(let strings): strings.count
            }
        }
    }

    let name: String
    /// As many values as their product.
    let shape: [Int]
    let type: ONNXType
    let values: Values

    init(name: String, shape: [Int], type: ONNXType, values: Values) {
        self.name = name
        self.shape = shape
        self.type = type
        self.values = values
    }
}

extension ONNXTensor {
    /// Reads a TensorProto.
    ///
    /// - Throws: `SwerveError` for values in another file, of a type that no model here needs, more
    ///   or fewer than the shape says, or beyond `Limits.onnxTensorValues`.
    init(reading reader: ProtobufReader) throws(SwerveError) {
        var reader = reader
        var parts = Parts()
        while let field = try reader.next() { try parts.take(field, reader) }
        let place = "\(reader.place) '\(parts.name.shortened(to: 60))'"
        func wrong(_ reason: String) -> SwerveError {
            SwerveError(.invalid, act: reader.act, reason: "\(place): \(reason)")
        }
        guard !parts.isExternal else {
            throw SwerveError(
                .invalid, act: reader.act,
                reason: "\(place): its values are in another file (external data)",
                remedy: "save the model as one file")
        }
        guard let type = ONNXType(rawValue: parts.type) else {
            throw wrong("values of the type \(parts.type) are not supported")
        }
        var count = 1
        for size in parts.shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: Int(size))
            guard size >= 0, !overflow, product <= Limits.onnxTensorValues else {
                throw wrong("the shape \(parts.shape.prefix(8)) is beyond any model's")
            }
            count = product
        }
        let values = try parts.values(type, count: count, reader, place)
        guard values.count == count else {
            throw wrong("\(values.count) values, the shape \(parts.shape) has \(count)")
        }
        self.init(
            name: parts.name, shape: parts.shape.map { Int($0) }, type: type, values: values)
    }

    /// The fields of a TensorProto as they come.
    private struct Parts {
        var name = ""
        var type: Int64 = 0
        var shape: [Int64] = []
        var floats: [Float] = []
        var doubles: [Double] = []
        var ints: [Int64] = []
        var strings: [String] = []
        var raw: Range<Int>?
        var isExternal = false

        mutating func take(
            _ field: ProtobufField, _ reader: ProtobufReader
        ) throws(SwerveError) {
            switch field.number {
            case 1: try reader.append(field, to: &shape, limit: 8)
            case 2: type = try reader.int(field)
            case 3: throw reader.wrong(field.offset, "begins a segment, which is not supported")
            case 4: try reader.append(field, to: &floats)
            case 5, 7: try reader.append(field, to: &ints)
            case 6:
                strings.append(try reader.string(field))
                guard strings.count <= Limits.onnxNames else {
                    throw reader.wrong(field.offset, "is one text too many")
                }
            case 8: name = try reader.string(field)
            case 9: raw = try reader.range(field)
            case 10: try reader.append(field, to: &doubles)
            case 13: isExternal = true
            case 14: if try reader.int(field) != 0 { isExternal = true }
            default: break
            }
        }

        func values(
            _ type: ONNXType, count: Int, _ reader: ProtobufReader, _ place: String
        ) throws(SwerveError) -> Values {
            if type == .string { return .strings(strings) }
            guard let raw else {
                switch type {
                case .float: return .numbers(floats.map(Double.init))
                case .double: return .numbers(doubles)
                default: return .numbers(ints.map(Double.init))
                }
            }
            let size = type.bytes
            guard raw.count == count * size else {
                throw SwerveError(
                    .invalid, act: reader.act,
                    reason: "\(place): \(raw.count) bytes, the shape \(shape) needs "
                        + "\(count * size)")
            }
            return .numbers(
                (0..<count).map { index in
                    type.number(reader.word(raw.lowerBound + index * size, size))
                })
        }
    }
}
