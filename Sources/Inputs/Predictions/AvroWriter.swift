/// Writes values of Avro one behind the other into memory that has room for them.
///
/// Allocates nothing; checks nothing but what it says.
@safe
struct AvroWriter {
    private let memory: UnsafeMutablePointer<UInt8>
    private(set) var count = 0

    /// Bytes of the longest int or long.
    static let longBytesMax = 10

    init(_ memory: UnsafeMutablePointer<UInt8>) { unsafe self.memory = memory }

    mutating func byte(_ value: UInt8) {
        unsafe memory[count] = value
        count += 1
    }

    mutating func long(_ value: Int64) {
        var rest = UInt64(bitPattern: value << 1 ^ value >> 63)
        while rest > 0x7F {
            byte(UInt8(truncatingIfNeeded: rest & 0x7F | 0x80))
            rest >>= 7
        }
        byte(UInt8(truncatingIfNeeded: rest))
    }

    mutating func double(_ value: Double) {
        unsafe UnsafeMutableRawPointer(memory + count).storeBytes(
            of: value.bitPattern.littleEndian, as: UInt64.self)
        count += 8
    }

    mutating func bytes(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let first = source.baseAddress else { return }
            unsafe (memory + count).update(from: first, count: source.count)
        }
        count += bytes.count
    }

    /// The branch of a union of null and another type.
    mutating func isThere(_ isThere: Bool) { byte(isThere ? 2 : 0) }

    /// A union of null and an array of doubles: one block, without its size.
    mutating func doubles(_ values: UnsafeBufferPointer<Double>?) {
        unsafe isThere(values != nil)
        guard let values = unsafe values else { return }
        if values.count > 0 { long(Int64(values.count)) }
        for place in values.indices { unsafe double(values[place]) }
        byte(0)
    }

    /// A string of what stands between the quotes of one of JSON's, escaped as `JSONText` does.
    mutating func string(escaped text: UnsafeBufferPointer<UInt8>) {
        var length = text.count
        var place = 0
        while place < text.count {
            let taken = unsafe Self.taken(text, place)
            length -= taken - 1
            place += taken
        }
        long(Int64(length))
        place = 0
        while place < text.count {
            let taken = unsafe Self.taken(text, place)
            unsafe byte(taken == 1 ? text[place] : Self.meaning(text, place, taken))
            place += taken
        }
    }

    /// The bytes that stand for the one at `place`: an escape's, or itself.
    private static func taken(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int {
        guard unsafe text[place] == UInt8(ascii: "\\"), place + 1 < text.count else { return 1 }
        guard unsafe text[place + 1] == UInt8(ascii: "u") else { return 2 }
        return min(6, text.count - place)
    }

    private static func meaning(
        _ text: UnsafeBufferPointer<UInt8>, _ place: Int, _ taken: Int
    ) -> UInt8 {
        guard taken == 2 else {
            // Of control characters alone: two digits are enough.
            return unsafe hex(text[place + taken - 2]) << 4 | hex(text[place + taken - 1])
        }
        switch unsafe text[place + 1] {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        default: return unsafe text[place + 1]
        }
    }

    private static func hex(_ digit: UInt8) -> UInt8 {
        digit <= UInt8(ascii: "9") ? digit &- 0x30 : (digit | 0x20) &- 0x57
    }

    /// What a string is in Avro.
    static func string(_ text: String) -> [UInt8] { long(Int64(text.utf8.count)) + text.utf8 }

    /// What a union of null and string is in Avro.
    static func optional(_ text: String?) -> [UInt8] { text.map { [2] + string($0) } ?? [0] }

    static func long(_ value: Int64) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: longBytesMax) { memory, count in
            guard let first = memory.baseAddress else { return }
            var writer = unsafe AvroWriter(first)
            writer.long(value)
            count = writer.count
        }
    }
}
