import Lifecycle

/// Changes one value of a JSON document, so that the rest stays what it was.
enum JSONMutation {
    private static let numbers: [Double] = [
        0, 1, -1, 2, 3, 7, 16, 17, 0.5, -0.0, 1e-308, .leastNonzeroMagnitude, 1.7e308, -1.7e308,
        255, 256, 4_096,
        65_536, 1_048_576, 16_777_216, 16_777_217, 2_147_483_647, 4_294_967_296,
        9.007199254740993e15,
        9.2e18, -9.3e18,
    ]
    private static let oddTexts = ["", "nan", "é", "\u{0}", "a.b", ".", "\u{202E}", "İ"]

    static func read(_ bytes: [UInt8]) -> JSONValue? {
        try? JSONValue(
            parsing: bytes, act: "mutating", depth: Limits.featurizerSpecDepth + 2, values: 20_000)
    }

    /// - Parameter donors: values of other documents, to put in place of one.
    static func mutated(
        _ json: JSONValue, _ dice: inout Dice, donors: [JSONValue] = []
    ) -> JSONValue {
        var values: [JSONValue] = []
        collect(json, into: &values)
        var place = dice.roll(values.count)
        return changed(json, &place, &dice, values + donors)
    }

    static func collect(_ json: JSONValue, into values: inout [JSONValue]) {
        values.append(json)
        switch json {
        case .array(let items): for item in items { collect(item, into: &values) }
        case .object(let fields):
            for key in fields.keys.sorted() {
                if let value = fields[key] { collect(value, into: &values) }
            }
        default: break
        }
    }

    /// Changes the value that is `place` values away in the order of `collect`.
    private static func changed(
        _ json: JSONValue, _ place: inout Int, _ dice: inout Dice, _ known: [JSONValue]
    ) -> JSONValue {
        defer { place -= 1 }
        guard place > 0 else { return place == 0 ? another(json, &dice, known) : json }
        switch json {
        case .array(let items):
            return .array(
                items.map { item in
                    place -= 1
                    defer { place += 1 }
                    return changed(item, &place, &dice, known)
                })
        case .object(var fields):
            for key in fields.keys.sorted() {
                guard let value = fields[key] else { continue }
                place -= 1
                fields[key] = changed(value, &place, &dice, known)
                place += 1
            }
            return .object(fields)
        default: return json
        }
    }

    private static func another(
        _ json: JSONValue, _ dice: inout Dice, _ known: [JSONValue]
    ) -> JSONValue {
        if dice.roll(6) == 0 { return dice.pick(known) }
        switch json {
        case .null, .bool: return dice.pick([.null, .bool(true), .bool(false), dice.pick(known)])
        case .int(let number):
            switch dice.roll(3) {
            case 0: return .int(number &+ 1)
            case 1: return .int(number &- 1)
            default: return aNumber(&dice)
            }
        case .double(let number):
            return dice.roll(2) == 0 ? .double(-number) : aNumber(&dice)
        case .string(let text): return .string(another(text, &dice, known))
        case .array(let items): return .array(another(items, &dice, known))
        case .object(let fields): return .object(another(fields, &dice, known))
        }
    }

    private static func aNumber(_ dice: inout Dice) -> JSONValue {
        let number = dice.pick(numbers)
        return Int64(exactly: number).map { .int($0) } ?? .double(number)
    }

    private static func another(
        _ text: String, _ dice: inout Dice, _ known: [JSONValue]
    ) -> String {
        switch dice.roll(4) {
        case 0: return dice.pick(oddTexts)
        case 1:
            let changed = Mutation.bytes(Array(text.utf8), most: text.utf8.count + 8)
            return String(decoding: changed, as: UTF8.self)
        default: return dice.pick(known.compactMap(\.string) + [text])
        }
    }

    private static func another(
        _ items: [JSONValue], _ dice: inout Dice, _ known: [JSONValue]
    ) -> [JSONValue] {
        var items = items
        switch dice.roll(5) {
        case 0: items.insert(dice.pick(known), at: dice.roll(items.count + 1))
        case 1 where !items.isEmpty: items.remove(at: dice.roll(items.count))
        case 2 where items.count > 1: items.swapAt(dice.roll(items.count), dice.roll(items.count))
        case 3 where !items.isEmpty && items.count < 200: items += items
        default:
            guard !items.isEmpty else { return [dice.pick(known)] }
            items.insert(dice.pick(items), at: dice.roll(items.count + 1))
        }
        return items
    }

    private static func another(
        _ fields: [String: JSONValue], _ dice: inout Dice, _ known: [JSONValue]
    ) -> [String: JSONValue] {
        var fields = fields
        let others = known.compactMap(\.object)
        switch dice.roll(4) {
        case 0 where !fields.isEmpty: fields[dice.pick(fields.keys.sorted())] = nil
        case 1 where !fields.isEmpty:
            // Under the name of another value: objects with one key are choices.
            let key = dice.pick(fields.keys.sorted())
            let value = fields.removeValue(forKey: key)
            fields[dice.pick(others.flatMap { $0.keys.sorted() } + [key])] = value
        case 2:
            guard let other = others.isEmpty ? nil : dice.pick(others), !other.isEmpty else {
                break
            }
            let key = dice.pick(other.keys.sorted())
            fields[key] = other[key]
        default: if !others.isEmpty { fields = dice.pick(others) }
        }
        return fields
    }
}
