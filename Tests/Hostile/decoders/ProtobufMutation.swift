/// A message of protocol buffers taken apart, changed, and written with its lengths right again.
///
/// What only looks like a message does no harm: written, it is the same bytes.
enum ProtobufMutation {
    private indirect enum Content {
        case varint(UInt64)
        case fixed([UInt8])
        case bytes([UInt8])
        case message([Field])
    }

    private struct Field {
        var number: UInt64
        var content: Content
    }

    private static let numbers: [UInt64] = [
        0, 1, 2, 3, 6, 7, 8, 11, 255, 1 << 24, 1 << 31, 1 << 32, 1 << 62, 1 << 63, .max, .max - 1,
    ]
    private static let depthMost = 8

    static func mutated(_ input: [UInt8], _ dice: inout Dice) -> [UInt8]? {
        // As model files begin; what else there is are lines of text.
        guard input.first == 0x08, var fields = read(input[...], depth: 0) else { return nil }
        change(&fields, &dice, donors: every(fields))
        return written(fields)
    }

    // MARK: - Reading and writing

    private static func read(_ input: ArraySlice<UInt8>, depth: Int) -> [Field]? {
        guard depth < depthMost, !input.isEmpty else { return nil }
        var left = input
        var fields: [Field] = []
        while !left.isEmpty {
            guard let key = varint(&left), (1..<200).contains(key >> 3) else { return nil }
            guard let content = content(key & 7, &left, depth) else { return nil }
            fields.append(Field(number: key >> 3, content: content))
        }
        return fields
    }

    private static func content(
        _ wire: UInt64, _ left: inout ArraySlice<UInt8>, _ depth: Int
    ) -> Content? {
        func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard count <= left.count else { return nil }
            defer { left = left.dropFirst(count) }
            return left.prefix(count)
        }
        switch wire {
        case 0: return varint(&left).map { .varint($0) }
        case 1: return take(8).map { .fixed(Array($0)) }
        case 5: return take(4).map { .fixed(Array($0)) }
        case 2:
            guard let length = varint(&left), let length = Int(exactly: length),
                let bytes = take(length)
            else { return nil }
            let isText = bytes.allSatisfy { (0x20..<0x7F).contains($0) }
            if !isText, let inner = read(bytes, depth: depth + 1) { return .message(inner) }
            return .bytes(Array(bytes))
        default: return nil
        }
    }

    private static func varint(_ left: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = left.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    private static func written(_ fields: [Field]) -> [UInt8] {
        fields.flatMap { field in
            let (wire, content): (UInt64, [UInt8]) =
                switch field.content {
                case .varint(let value): (0, varint(value))
                case .fixed(let bytes): (bytes.count == 8 ? 1 : 5, bytes)
                case .bytes(let bytes): (2, varint(UInt64(bytes.count)) + bytes)
                case .message(let inner):
                    { (2, varint(UInt64($0.count)) + $0) }(written(inner))
                }
            return varint(field.number << 3 | wire) + content
        }
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var value = value
        var bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }

    // MARK: - Changing

    private static func every(_ fields: [Field]) -> [Field] {
        fields.flatMap { field -> [Field] in
            guard case .message(let inner) = field.content else { return [field] }
            return [field] + every(inner)
        }
    }

    private static func change(_ fields: inout [Field], _ dice: inout Dice, donors: [Field]) {
        guard !fields.isEmpty else { return fields = [dice.pick(donors)] }
        let place = dice.roll(fields.count)
        if case .message(var inner) = fields[place].content, dice.roll(8) > 0 {
            change(&inner, &dice, donors: donors)
            fields[place].content = .message(inner)
            return
        }
        switch dice.roll(8) {
        case 0: fields.remove(at: place)
        case 1: fields.insert(fields[place], at: dice.roll(fields.count + 1))
        case 2: fields.insert(dice.pick(donors), at: place)
        case 3: fields.swapAt(place, dice.roll(fields.count))
        case 4:
            let alike = donors.filter { $0.number == fields[place].number }
            if !alike.isEmpty { fields[place] = dice.pick(alike) }
        default: fields[place].content = another(fields[place].content, &dice, donors)
        }
    }

    private static func another(
        _ content: Content, _ dice: inout Dice, _ donors: [Field]
    ) -> Content {
        switch content {
        case .varint(let value):
            return .varint(dice.pick(numbers + [value &+ 1, value &- 1]))
        case .fixed(let bytes):
            let changed = Mutation.bytes(bytes, most: bytes.count)
            return .fixed(changed + bytes.dropFirst(changed.count))
        case .bytes(let bytes):
            let texts = donors.compactMap { field -> [UInt8]? in
                guard case .bytes(let bytes) = field.content else { return nil }
                return bytes
            }
            if dice.roll(2) == 0, !texts.isEmpty { return .bytes(dice.pick(texts)) }
            return .bytes(Mutation.bytes(bytes, most: bytes.count + 8))
        case .message: return dice.pick(donors).content
        }
    }
}
