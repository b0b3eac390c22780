/// Writes protocol buffer messages, so that the tests can make every file, right or wrong.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func int(_ field: Int, _ value: Int64) {
        varint(UInt64(field) << 3)
        varint(UInt64(bitPattern: value))
    }

    mutating func float(_ field: Int, _ value: Float) {
        varint(UInt64(field) << 3 | 5)
        fixed(UInt64(value.bitPattern), 4)
    }

    mutating func bytes(_ field: Int, _ value: [UInt8]) {
        varint(UInt64(field) << 3 | 2)
        varint(UInt64(value.count))
        bytes += value
    }

    mutating func string(_ field: Int, _ value: String) { bytes(field, Array(value.utf8)) }

    mutating func floats(_ field: Int, _ values: [Float]) {
        var packed = ProtobufWriter()
        for value in values { packed.fixed(UInt64(value.bitPattern), 4) }
        bytes(field, packed.bytes)
    }

    mutating func doubles(_ field: Int, _ values: [Double]) {
        var packed = ProtobufWriter()
        for value in values { packed.fixed(value.bitPattern, 8) }
        bytes(field, packed.bytes)
    }

    mutating func ints(_ field: Int, _ values: [Int64]) {
        var packed = ProtobufWriter()
        for value in values { packed.varint(UInt64(bitPattern: value)) }
        bytes(field, packed.bytes)
    }

    mutating func message(_ field: Int, _ fill: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        fill(&inner)
        bytes(field, inner.bytes)
    }

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func fixed(_ value: UInt64, _ size: Int) {
        for place in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * place))) }
    }
}
