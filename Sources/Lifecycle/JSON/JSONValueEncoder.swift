import FoundationEssentials

/// Turns a request or a result into a document that travels.
///
/// Names of fields are those of the properties in `snake_case`; a case of an enumeration is an
/// object with one field, and where it carries one nameless value, that is the field's; bytes are
/// base64. `JSONValueDecoder` reads the same.
package enum JSONValueEncoder {
    /// - Throws: where a value cannot be said in JSON.
    package static func encode(_ value: some Encodable) throws(SwerveError) -> JSONValue {
        let place = JSONPlace()
        do {
            try ValueEncoder(place: place, codingPath: []).write(value)
        } catch {
            throw error as? SwerveError
                ?? SwerveError(.invalid, act: "writing a document", reason: "\(error)")
        }
        return place.finished
    }
}

/// The name of a field on the way: `issuedAt` is `issued_at`, and back.
enum JSONFieldName {
    static func outward(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars {
            guard ("A"..."Z").contains(scalar) else {
                text.unicodeScalars.append(scalar)
                continue
            }
            if let small = Unicode.Scalar(scalar.value + 0x20) {
                text.unicodeScalars.append("_")
                text.unicodeScalars.append(small)
            }
        }
        return text
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
private final class JSONPlace {
    var value: JSONValue?
    var fields: [String: JSONPlace]?
    var items: [JSONPlace]?

    var finished: JSONValue {
        if let fields {
            if fields.count == 1, let only = fields[JSONFieldName.nameless] { return only.finished }
            return .object(fields.mapValues(\.finished))
        }
        if let items { return .array(items.map(\.finished)) }
        return value ?? .null
    }

    func field(_ name: String) -> JSONPlace {
        let place = JSONPlace()
        fields?[name] = place
        return place
    }

    func item() -> JSONPlace {
        let place = JSONPlace()
        items?.append(place)
        return place
    }
}

private struct ValueEncoder: Encoder, SingleValueEncodingContainer {
    let place: JSONPlace
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// What has a form of its own here, and everything else by its own rule.
    func write(_ value: some Encodable) throws {
        if let document = value as? JSONValue {
            place.value = document
        } else if type(of: value) == [UInt8].self, let bytes = value as? [UInt8] {
            // Any list without items would be one of bytes.
            place.value = .string(Data(bytes).base64EncodedString())
        } else if let names = value as? any StringKeyed {
            try names.write(to: self)
        } else {
            try value.encode(to: self)
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if place.fields == nil { place.fields = [:] }
        return KeyedEncodingContainer(FieldsEncoder<Key>(place: place, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if place.items == nil { place.items = [] }
        return ItemsEncoder(place: place, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { place.value = .null }
    func encode(_ value: Bool) { place.value = .bool(value) }
    func encode(_ value: String) { place.value = .string(value) }
    func encode(_ value: Double) { place.value = .double(value) }
    func encode(_ value: Float) { place.value = .double(Double(value)) }
    func encode(_ value: Int) throws { try encode(whole: value) }
    func encode(_ value: Int8) throws { try encode(whole: value) }
    func encode(_ value: Int16) throws { try encode(whole: value) }
    func encode(_ value: Int32) throws { try encode(whole: value) }
    func encode(_ value: Int64) throws { try encode(whole: value) }
    func encode(_ value: UInt) throws { try encode(whole: value) }
    func encode(_ value: UInt8) throws { try encode(whole: value) }
    func encode(_ value: UInt16) throws { try encode(whole: value) }
    func encode(_ value: UInt32) throws { try encode(whole: value) }
    func encode(_ value: UInt64) throws { try encode(whole: value) }
    func encode<T: Encodable>(_ value: T) throws { try write(value) }

    private func encode(whole value: some FixedWidthInteger) throws {
        guard let number = Int64(exactly: value) else {
            throw SwerveError(
                .tooLarge, act: "writing a document", reason: "\(value) has more than 63 bits")
        }
        place.value = .int(number)
    }
}

/// A dictionary by names, whose names are values and stay as they are.
private protocol StringKeyed {
    func write(to encoder: ValueEncoder) throws
}

extension Dictionary: StringKeyed where Key == String, Value: Encodable {
    fileprivate func write(to encoder: ValueEncoder) throws {
        encoder.place.fields = [:]
        for (name, value) in self {
            let place = encoder.place.field(name)
            try ValueEncoder(place: place, codingPath: encoder.codingPath).write(value)
        }
    }
}

private struct FieldsEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let place: JSONPlace
    let codingPath: [any CodingKey]

    private func encoder(_ key: some CodingKey) -> ValueEncoder {
        ValueEncoder(
            place: place.field(JSONFieldName.outward(key.stringValue)),
            codingPath: codingPath + [key])
    }

    func encodeNil(forKey key: Key) { encoder(key).encodeNil() }
    func encode(_ value: Bool, forKey key: Key) { encoder(key).encode(value) }
    func encode(_ value: String, forKey key: Key) { encoder(key).encode(value) }
    func encode(_ value: Double, forKey key: Key) { encoder(key).encode(value) }
    func encode(_ value: Float, forKey key: Key) { encoder(key).encode(value) }
    func encode(_ value: Int, forKey key: Key) throws { try encoder(key).encode(value) }
    func encode(_ value: Int8, forKey key: Key) throws { try encoder(key).encode(value) }
    func encode(_ value: Int16, forKey key: Key) throws { try encoder(key).encode(value) }
    func encode(_ value: Int32, forKey key: Key) throws { try encoder(key).encode(value) }
    func encode(_ value: Int64, forKey key: Key) throws { try encoder(key).encode(value) }
    func encode(_ value: UInt, forKey key: Key) throws { try encoder(key).encode(value) }
    func encode(_ value: UInt8, forKey key: Key) throws { try encoder(key).encode(value) }
    func encode(_ value: UInt16, forKey key: Key) throws { try encoder(key).encode(value) }
    func encode(_ value: UInt32, forKey key: Key) throws { try encoder(key).encode(value) }
    func encode(_ value: UInt64, forKey key: Key) throws { try encoder(key).encode(value) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try encoder(key).write(value) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { encoder(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoder(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { ValueEncoder(place: place, codingPath: codingPath) }
    func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }
}

private struct ItemsEncoder: UnkeyedEncodingContainer {
    let place: JSONPlace
    let codingPath: [any CodingKey]
    var count: Int { place.items?.count ?? 0 }

    private func encoder() -> ValueEncoder {
        ValueEncoder(place: place.item(), codingPath: codingPath)
    }

    func encodeNil() { encoder().encodeNil() }
    func encode(_ value: Bool) { encoder().encode(value) }
    func encode(_ value: String) { encoder().encode(value) }
    func encode(_ value: Double) { encoder().encode(value) }
    func encode(_ value: Float) { encoder().encode(value) }
    func encode(_ value: Int) throws { try encoder().encode(value) }
    func encode(_ value: Int8) throws { try encoder().encode(value) }
    func encode(_ value: Int16) throws { try encoder().encode(value) }
    func encode(_ value: Int32) throws { try encoder().encode(value) }
    func encode(_ value: Int64) throws { try encoder().encode(value) }
    func encode(_ value: UInt) throws { try encoder().encode(value) }
    func encode(_ value: UInt8) throws { try encoder().encode(value) }
    func encode(_ value: UInt16) throws { try encoder().encode(value) }
    func encode(_ value: UInt32) throws { try encoder().encode(value) }
    func encode(_ value: UInt64) throws { try encoder().encode(value) }
    func encode<T: Encodable>(_ value: T) throws { try encoder().write(value) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> { encoder().container(keyedBy: type) }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder().unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder() }
}
