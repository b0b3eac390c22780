import Lifecycle

/// One field of a protocol buffer message, its value not looked into.
struct ProtobufField {
    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        /// Where the bytes stand in the file.
        case bytes(Range<Int>)
        case fixed32(UInt32)
    }

    let number: Int
    let value: Value
    /// Where the field begins in the file.
    let offset: Int
}

/// The fields of one protocol buffer message, one after the other, without copying them.
///
/// It does not look into a field by itself, so that nesting is as deep as its callers are. Lengths
/// are held against what is left; nothing is allocated by an announced size.
struct ProtobufReader {
    let bytes: [UInt8]
    /// The message for the errors: `graph.node 3`.
    let place: String
    let act: String
    private(set) var position: Int
    private let end: Int

    init(_ bytes: [UInt8], act: String) {
        self.init(bytes, 0..<bytes.count, place: "the model", act: act)
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>, place: String, act: String) {
        self.bytes = bytes
        self.place = place
        self.act = act
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next field; nil at the end of the message.
    ///
    /// - Throws: `SwerveError.invalid` for a length beyond the message, a number of more than 64
    ///   bits, a group, and whatever else is no field.
    mutating func next() throws(SwerveError) -> ProtobufField? {
        guard position < end else { return nil }
        let offset = position
        let tag = try varint(offset)
        guard tag <= UInt64(UInt32.max), tag >> 3 > 0 else {
            throw wrong(offset, "is no field of a protocol buffer")
        }
        let value: ProtobufField.Value =
            switch tag & 7 {
            case 0: .varint(try varint(offset))
            case 1: .fixed64(try fixed(8, offset))
            case 2: .bytes(try run(offset))
            case 5: .fixed32(UInt32(truncatingIfNeeded: try fixed(4, offset)))
            case 3, 4: throw wrong(offset, "is a group, which ONNX does not have")
            default: throw wrong(offset, "has the unknown wire type \(tag & 7)")
            }
        return ProtobufField(number: Int(tag >> 3), value: value, offset: offset)
    }

    /// The message that a field holds, to be read by itself.
    func message(
        _ field: ProtobufField, _ place: String
    ) throws(SwerveError) -> ProtobufReader {
        ProtobufReader(bytes, try range(field), place: place, act: act)
    }

    /// Where the bytes of a field stand.
    func range(_ field: ProtobufField) throws(SwerveError) -> Range<Int> {
        guard case .bytes(let range) = field.value else { throw wrongType(field) }
        return range
    }

    /// A field's whole number.
    func int(_ field: ProtobufField) throws(SwerveError) -> Int64 {
        guard case .varint(let value) = field.value else { throw wrongType(field) }
        return Int64(bitPattern: value)
    }

    func float(_ field: ProtobufField) throws(SwerveError) -> Float {
        guard case .fixed32(let bits) = field.value else { throw wrongType(field) }
        return Float(bitPattern: bits)
    }

    /// A field's text, which must be UTF-8.
    func string(_ field: ProtobufField) throws(SwerveError) -> String {
        guard let text = String(validating: bytes[try range(field)], as: UTF8.self) else {
            throw wrong(field.offset, "field \(field.number) is not UTF-8")
        }
        return text
    }

    func wrong(_ offset: Int, _ reason: String) -> SwerveError {
        SwerveError(.invalid, act: act, reason: "\(place): byte \(offset) \(reason)")
    }

    func wrongType(_ field: ProtobufField) -> SwerveError {
        wrong(field.offset, "field \(field.number) is of another type than ONNX's")
    }

    private mutating func varint(_ offset: Int) throws(SwerveError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard position < end else { throw wrong(offset, "begins a field that is cut off") }
            let byte = bytes[position]
            position += 1
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw wrong(offset, "begins a number of more than 64 bits")
    }

    private mutating func fixed(_ size: Int, _ offset: Int) throws(SwerveError) -> UInt64 {
        guard size <= end - position else {
            throw wrong(offset, "begins a field that is cut off")
        }
        let value = bytes[position..<(position + size)].reversed().reduce(UInt64(0)) {
            $0 << 8 | UInt64($1)
        }
        position += size
        return value
    }

    private mutating func run(_ offset: Int) throws(SwerveError) -> Range<Int> {
        let length = try varint(offset)
        guard length <= UInt64(end - position) else {
            throw wrong(offset, "announces \(length) bytes, and \(end - position) are left")
        }
        let start = position
        position += Int(length)
        return start..<position
    }
}
