import Lifecycle

/// Repeated numbers, packed into one field or each in its own.
extension ProtobufReader {
    func append(_ field: ProtobufField, to list: inout [Float]) throws(SwerveError) {
        switch field.value {
        case .fixed32(let bits): list.append(Float(bitPattern: bits))
        case .bytes(let range):
            guard range.count.isMultiple(of: 4) else { throw unevenList(field, 4) }
            list.reserveCapacity(list.count + range.count / 4)
            for start in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
                list.append(Float(bitPattern: UInt32(truncatingIfNeeded: word(start, 4))))
            }
        default: throw wrongType(field)
        }
    }

    func append(_ field: ProtobufField, to list: inout [Double]) throws(SwerveError) {
        switch field.value {
        case .fixed64(let bits): list.append(Double(bitPattern: bits))
        case .bytes(let range):
            guard range.count.isMultiple(of: 8) else { throw unevenList(field, 8) }
            list.reserveCapacity(list.count + range.count / 8)
            for start in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
                list.append(Double(bitPattern: word(start, 8)))
            }
        default: throw wrongType(field)
        }
    }

    /// - Throws: also `SwerveError.tooLarge` for more than `limit` numbers, each of which takes
    ///   eight times the byte that it may be in the file.
    func append(
        _ field: ProtobufField, to list: inout [Int64], limit: Int = Limits.onnxListEntries
    ) throws(SwerveError) {
        switch field.value {
        case .varint(let value): list.append(Int64(bitPattern: value))
        case .bytes(let range):
            var position = range.lowerBound
            while position < range.upperBound, list.count <= limit {
                var value: UInt64 = 0
                var shift: UInt64 = 0
                while true {
                    guard position < range.upperBound, shift < 64 else {
                        throw wrong(field.offset, "holds a number that is cut off or too long")
                    }
                    let byte = bytes[position]
                    position += 1
                    value |= UInt64(byte & 0x7F) << shift
                    if byte < 0x80 { break }
                    shift += 7
                }
                list.append(Int64(bitPattern: value))
            }
        default: throw wrongType(field)
        }
        guard list.count <= limit else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(place): more than \(limit) numbers in field \(field.number)")
        }
    }

    /// The little-endian number at `start`, which is inside of a field already checked.
    func word(_ start: Int, _ size: Int) -> UInt64 {
        var value: UInt64 = 0
        for offset in 0..<size { value |= UInt64(bytes[start + offset]) << UInt64(8 * offset) }
        return value
    }

    private func unevenList(_ field: ProtobufField, _ size: Int) -> SwerveError {
        wrong(field.offset, "holds numbers of \(size) bytes, the last of which is cut off")
    }
}
