import FoundationEssentials

/// Turns a request or a result into a document that travels.
///
/// Names of fields are those of the properties in `snake_case`; a case of an enumeration is an
/// object with one field, and where it carries one nameless value, that is the field's; bytes are
/// base64. `JSONValueDecoder` reads the same.
package enum JSONValueEncoder {
    /// - Throws: where a value cannot be said in JSON.
    package static func encode(_ value: some Encodable) throws(SwerveError) -> JSONValue {
        do {
            return try document(of: value)
        } catch {
            throw error as? SwerveError
                ?? SwerveError(.invalid, act: "writing a document", reason: "\(error)")
        }
    }
}

/// The name of a field on the way: `issuedAt` is `issued_at`, and back.
enum JSONFieldName {
    static func outward(_ name: String) -> String {
        guard name.utf8.contains(where: isLarge) else { return name }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(name.utf8.count + 4)
        for byte in name.utf8 {
            if isLarge(byte) { bytes.append(UInt8(ascii: "_")) }
            bytes.append(isLarge(byte) ? byte + 0x20 : byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isLarge(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    /// What `outward` makes of a property's name, turned back.
    static func inward(_ name: String) -> String {
        var text = ""
        var isBehindLine = false
        for scalar in name.unicodeScalars {
            if scalar == "_", !text.isEmpty {
                isBehindLine = true
                continue
            }
            let large = ("a"..."z").contains(scalar) ? Unicode.Scalar(scalar.value - 0x20) : nil
            text.unicodeScalars.append(isBehindLine ? large ?? scalar : scalar)
            isBehindLine = false
        }
        return text
    }

    /// The one value of a case without a name.
    static let nameless = "_0"
}

/// A value that is being written.
///
/// Its parts are values as soon as they are whole; only containers that somebody may go on writing
/// to are places of their own, until the end.
private final class JSONPlace {
    private enum Kind {
        case single, object, list
    }

    private enum Part {
        case field(String)
        case item(Int)
    }

    private var kind = Kind.single
    private var value = JSONValue.null
    private var fields: [(name: String, value: JSONValue)] = []
    private var items: [JSONValue] = []
    private var open: [(part: Part, place: JSONPlace)] = []
    var count: Int { items.count }

    /// What was written; once, in the end.
    var finished: JSONValue {
        for (part, place) in open {
            switch part {
            case .field(let name): fields.append((name, place.finished))
            case .item(let index): items[index] = place.finished
            }
        }
        switch kind {
        case .single: return value
        case .list: return .array(items)
        case .object:
            if fields.count == 1, let only = fields.first, only.name == JSONFieldName.nameless {
                return only.value
            }
            // All at once: a dictionary that grows moves what it has time and again.
            return .object(Dictionary(fields.lazy.map { ($0.name, $0.value) }) { $1 })
        }
    }

    func set(_ value: JSONValue) { self.value = value }
    func beObject() { kind = .object }
    func beList() { kind = .list }
    func set(_ value: JSONValue, of name: String) { fields.append((name, value)) }
    func add(_ value: JSONValue) { items.append(value) }

    func open(_ name: String) -> JSONPlace {
        let place = JSONPlace()
        open.append((.field(name), place))
        return place
    }

    func openItem() -> JSONPlace {
        let place = JSONPlace()
        open.append((.item(items.count), place))
        items.append(.null)
        return place
    }
}

/// What has a form of its own here, and everything else by its own rule.
private func document<Value: Encodable>(of value: Value) throws -> JSONValue {
    // By their types first: looking a value through costs more than writing it.
    if Value.self == String.self, let text = value as? String { return .string(text) }
    if Value.self == Double.self, let number = value as? Double { return .double(number) }
    if Value.self == Int.self, let number = value as? Int { return .int(Int64(number)) }
    if Value.self == JSONValue.self, let document = value as? JSONValue { return document }
    if Value.self == [UInt8].self, let bytes = value as? [UInt8] {
        return .string(Data(bytes).base64EncodedString())
    }
    if Value.self is any StringKeyed.Type, let names = value as? any StringKeyed {
        return try names.document()
    }
    let place = JSONPlace()
    try value.encode(to: ValueEncoder(place: place))
    return place.finished
}

private func document(whole value: some FixedWidthInteger) throws -> JSONValue {
    guard let number = Int64(exactly: value) else {
        throw SwerveError(
            .tooLarge, act: "writing a document", reason: "\(value) has more than 63 bits")
    }
    return .int(number)
}

private struct ValueEncoder: Encoder, SingleValueEncodingContainer {
    let place: JSONPlace
    /// Errors do not name places: what is written is of this program's own making.
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        place.beObject()
        return KeyedEncodingContainer(FieldsEncoder<Key>(place: place))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        place.beList()
        return ItemsEncoder(place: place)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { place.set(.null) }
    func encode(_ value: Bool) { place.set(.bool(value)) }
    func encode(_ value: String) { place.set(.string(value)) }
    func encode(_ value: Double) { place.set(.double(value)) }
    func encode(_ value: Float) { place.set(.double(Double(value))) }
    func encode(_ value: Int) throws { place.set(try document(whole: value)) }
    func encode(_ value: Int8) throws { place.set(try document(whole: value)) }
    func encode(_ value: Int16) throws { place.set(try document(whole: value)) }
    func encode(_ value: Int32) throws { place.set(try document(whole: value)) }
    func encode(_ value: Int64) throws { place.set(try document(whole: value)) }
    func encode(_ value: UInt) throws { place.set(try document(whole: value)) }
    func encode(_ value: UInt8) throws { place.set(try document(whole: value)) }
    func encode(_ value: UInt16) throws { place.set(try document(whole: value)) }
    func encode(_ value: UInt32) throws { place.set(try document(whole: value)) }
    func encode(_ value: UInt64) throws { place.set(try document(whole: value)) }
    func encode<T: Encodable>(_ value: T) throws { place.set(try document(of: value)) }
}

/// A dictionary by names, whose names are values and stay as they are.
private protocol StringKeyed {
    func document() throws -> JSONValue
}

extension Dictionary: StringKeyed where Key == String, Value: Encodable {
    fileprivate func document() throws -> JSONValue {
        .object(try mapValues { try Lifecycle.document(of: $0) })
    }
}

private struct FieldsEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let place: JSONPlace
    var codingPath: [any CodingKey] { [] }

    private func set(_ value: JSONValue, _ key: some CodingKey) {
        place.set(value, of: JSONFieldName.outward(key.stringValue))
    }

    private func open(_ key: some CodingKey) -> ValueEncoder {
        ValueEncoder(place: place.open(JSONFieldName.outward(key.stringValue)))
    }

    func encodeNil(forKey key: Key) { set(.null, key) }
    func encode(_ value: Bool, forKey key: Key) { set(.bool(value), key) }
    func encode(_ value: String, forKey key: Key) { set(.string(value), key) }
    func encode(_ value: Double, forKey key: Key) { set(.double(value), key) }
    func encode(_ value: Float, forKey key: Key) { set(.double(Double(value)), key) }
    func encode(_ value: Int, forKey key: Key) throws { set(try document(whole: value), key) }
    func encode(_ value: Int8, forKey key: Key) throws { set(try document(whole: value), key) }
    func encode(_ value: Int16, forKey key: Key) throws { set(try document(whole: value), key) }
    func encode(_ value: Int32, forKey key: Key) throws { set(try document(whole: value), key) }
    func encode(_ value: Int64, forKey key: Key) throws { set(try document(whole: value), key) }
    func encode(_ value: UInt, forKey key: Key) throws { set(try document(whole: value), key) }
    func encode(_ value: UInt8, forKey key: Key) throws { set(try document(whole: value), key) }
    func encode(_ value: UInt16, forKey key: Key) throws { set(try document(whole: value), key) }
    func encode(_ value: UInt32, forKey key: Key) throws { set(try document(whole: value), key) }
    func encode(_ value: UInt64, forKey key: Key) throws { set(try document(whole: value), key) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        set(try document(of: value), key)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { open(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        open(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { ValueEncoder(place: place) }
    func superEncoder(forKey key: Key) -> any Encoder { open(key) }
}

private struct ItemsEncoder: UnkeyedEncodingContainer {
    let place: JSONPlace
    var codingPath: [any CodingKey] { [] }
    var count: Int { place.count }

    func encodeNil() { place.add(.null) }
    func encode(_ value: Bool) { place.add(.bool(value)) }
    func encode(_ value: String) { place.add(.string(value)) }
    func encode(_ value: Double) { place.add(.double(value)) }
    func encode(_ value: Float) { place.add(.double(Double(value))) }
    func encode(_ value: Int) throws { place.add(try document(whole: value)) }
    func encode(_ value: Int8) throws { place.add(try document(whole: value)) }
    func encode(_ value: Int16) throws { place.add(try document(whole: value)) }
    func encode(_ value: Int32) throws { place.add(try document(whole: value)) }
    func encode(_ value: Int64) throws { place.add(try document(whole: value)) }
    func encode(_ value: UInt) throws { place.add(try document(whole: value)) }
    func encode(_ value: UInt8) throws { place.add(try document(whole: value)) }
    func encode(_ value: UInt16) throws { place.add(try document(whole: value)) }
    func encode(_ value: UInt32) throws { place.add(try document(whole: value)) }
    func encode(_ value: UInt64) throws { place.add(try document(whole: value)) }
    func encode<T: Encodable>(_ value: T) throws { place.add(try document(of: value)) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
        ValueEncoder(place: place.openItem()).container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        ValueEncoder(place: place.openItem()).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { ValueEncoder(place: place.openItem()) }
}
