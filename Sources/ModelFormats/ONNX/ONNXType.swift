/// The element types of tensors that models here use, by ONNX's numbers.
enum ONNXType: Int64 {
    case float = 1
    case int32 = 6
    case int64 = 7
    case string = 8
    case bool = 9
    case double = 11

    /// How many bytes a value takes in raw data.
    var bytes: Int {
        switch self {
        case .float, .int32: 4
        case .int64, .double: 8
        case .bool: 1
        case .string: 0
        }
    }

    var isFraction: Bool { self == .float || self == .double }
    var isInteger: Bool { self == .int32 || self == .int64 }

    /// The number that raw data means; whole numbers beyond 2^53 are rounded.
    func number(_ bits: UInt64) -> Double {
        switch self {
        case .float: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .double: Double(bitPattern: bits)
        case .int32: Double(Int32(truncatingIfNeeded: bits))
        case .int64, .string: Double(Int64(bitPattern: bits))
        case .bool: bits == 0 ? 0 : 1
        }
    }
}
