/// What documents of a type look like, as JSON Schema, told by the type's own decoding.
///
/// A type is asked to read itself from a document that has whatever it asks for; what it asked for
/// is its schema. So the schema is never another one than what `JSONValueEncoder` writes and
/// `JSONValueDecoder` reads, and nobody has to keep it up. What a type's decoding does not tell is
/// said by `JSONSampled` and `JSONCased`.
package struct JSONTypeSchema {
    /// Schemas of the types that have a name, by that name, which `$ref` refers to.
    package private(set) var named: [String: JSONValue] = [:]
    private let definitions: String
    private let state = SchemaState()

    /// - Parameter definitions: where the named ones will stand: `#/components/schemas/`.
    package init(definitions: String) { self.definitions = definitions }

    /// - Throws: `.invalid` for a type that can say nothing of itself.
    package mutating func schema<Value: Decodable>(
        of type: Value.Type
    ) throws(SwerveError) -> JSONValue {
        state.definitions = definitions
        do {
            let schema = try state.walk(type).schema
            named = state.named
            return schema
        } catch {
            throw SwerveError(
                .invalid, act: "describing \(type)", reason: "\(error)".shortened(to: 400))
        }
    }
}

/// A type that reads itself from a form of its own.
package protocol JSONSampled: Decodable {
    static var jsonSchema: JSONValue { get }
    /// Any; nil where none can be made.
    static var jsonSample: Self? { get }
}

/// An enumeration whose cases carry values: nobody but itself knows their names.
package protocol JSONCased: Decodable {
    static var jsonCases: [String] { get }
}

/// What is known while types are walked through.
private final class SchemaState {
    var definitions = ""
    var named: [String: JSONValue] = [:]
    private var samples: [ObjectIdentifier: Any] = [:]
    private var names: [ObjectIdentifier: String] = [:]
    private var open: Set<ObjectIdentifier> = []

    func walk<T: Decodable>(_ type: T.Type) throws -> (schema: JSONValue, sample: T) {
        if let found = try known(type) { return found }
        let id = ObjectIdentifier(type)
        if let name = names[id], let sample = samples[id] as? T {
            return (["$ref": .string(definitions + name)], sample)
        }
        guard open.insert(id).inserted else { throw SchemaFault("\(type) has one of itself") }
        defer { open.remove(id) }
        let place = SchemaPlace()
        let sample: T
        let schema: JSONValue
        if let cased = type as? any JSONCased.Type {
            var all: [(schema: JSONValue, sample: Any)] = []
            for name in cased.jsonCases {
                let place = SchemaPlace()
                place.cases = [name]
                let value = try T(from: SchemaDecoder(state: self, place: place))
                all.append((place.schema, value))
            }
            guard let first = all.first?.sample as? T else { throw SchemaFault("no cases") }
            (schema, sample) = (["oneOf": .array(all.map(\.schema))], first)
        } else {
            sample = try T(from: SchemaDecoder(state: self, place: place))
            schema = place.schema
        }
        // A lone value is told where it stands.
        guard place.fields != nil || type is any JSONCased.Type, let name = name(of: type) else {
            return (schema, sample)
        }
        named[name] = schema
        names[id] = name
        samples[id] = sample
        return (["$ref": .string(definitions + name)], sample)
    }

    /// What has a form of its own in `JSONValueEncoder`, and what is one value.
    private func known<T: Decodable>(_ type: T.Type) throws -> (schema: JSONValue, sample: T)? {
        func made(
            _ schema: JSONValue, _ sample: Any
        ) throws -> (schema: JSONValue, sample: T) {
            guard let sample = sample as? T else { throw SchemaFault("\(type) is not itself") }
            return (schema, sample)
        }
        if type == JSONValue.self { return try made([:], JSONValue.null) }
        if type == [UInt8].self {
            return try made(["type": "string", "contentEncoding": "base64"], [UInt8]())
        }
        if let sampled = type as? any JSONSampled.Type {
            return try made(sampled.jsonSchema, sampled.jsonSample as Any)
        }
        if let list = type as? any ListSchema.Type {
            let found = try list.walk(self)
            return try made(found.schema, found.sample)
        }
        if let text = type as? any TextCodable.Type {
            for candidate in Self.texts {
                if let sample = try? text.init(candidate) {
                    return try made(["type": "string"], sample)
                }
            }
            throw SchemaFault("no text reads as \(type)")
        }
        if let choice = type as? any (CaseIterable & RawRepresentable).Type {
            return try Self.choice(choice).map { try made($0.schema, $0.sample) }
        }
        return nil
    }

    private static func choice<Choice: CaseIterable & RawRepresentable>(
        _ type: Choice.Type
    ) -> (schema: JSONValue, sample: Any)? {
        let names = type.allCases.compactMap { $0.rawValue as? String }
        guard let first = type.allCases.first, names.count == type.allCases.count else {
            return nil
        }
        return (["type": "string", "enum": .array(names.map { .string($0) })], first)
    }

    /// One that a document can refer to: `ConvergenceResult.Verdict`; nil for generic types, and
    /// for those that only one file knows.
    private func name(of type: Any.Type) -> String? {
        let parts = String(reflecting: type).split(separator: ".").dropFirst()
        let name = parts.joined(separator: ".")
        let isPlain = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte) || byte == 0x2E
        }
        guard isPlain, !name.isEmpty else { return nil }
        return named[name] == nil ? name : String(reflecting: type)
    }

    /// One of each kind of text that has a rule.
    private static let texts = [
        "m", "m@1", "*", "1h", "sha256:" + String(repeating: "0", count: 64),
        "ed25519 m " + String(repeating: "A", count: 86) + "==",
    ]
}

private struct SchemaFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A place in the document, and what was asked of it.
private final class SchemaPlace {
    var value: JSONValue?
    var fields: [String: (schema: JSONValue, isRequired: Bool)]?
    var optional: Set<String> = []
    /// Of an enumeration: the case that is there.
    var cases: [String] = []
    /// The values of that case.
    var nested: [String: SchemaPlace] = [:]

    var schema: JSONValue {
        guard var fields else { return value ?? [:] }
        for (name, place) in nested { fields[name] = (place.schema, true) }
        if fields.count == 1, let only = fields[JSONFieldName.nameless] { return only.schema }
        var object: [String: JSONValue] = [
            "type": "object", "properties": .object(fields.mapValues(\.schema)),
        ]
        let required = fields.filter(\.value.isRequired).keys.sorted()
        if !required.isEmpty { object["required"] = .array(required.map { .string($0) }) }
        return .object(object)
    }
}

private protocol ListSchema {
    static func walk(_ state: SchemaState) throws -> (schema: JSONValue, sample: Any)
}

extension Array: ListSchema where Element: Decodable {
    fileprivate static func walk(_ state: SchemaState) throws -> (schema: JSONValue, sample: Any) {
        (["type": "array", "items": try state.walk(Element.self).schema], [Element]())
    }
}

extension Set: ListSchema where Element: Decodable {
    fileprivate static func walk(_ state: SchemaState) throws -> (schema: JSONValue, sample: Any) {
        (["type": "array", "items": try state.walk(Element.self).schema], Set<Element>())
    }
}

/// Names, or numbers, with values.
extension Dictionary: ListSchema where Value: Decodable {
    fileprivate static func walk(_ state: SchemaState) throws -> (schema: JSONValue, sample: Any) {
        let values = try state.walk(Value.self).schema
        return (["type": "object", "additionalProperties": values], [Key: Value]())
    }
}

extension Optional: ListSchema where Wrapped: Decodable {
    fileprivate static func walk(_ state: SchemaState) throws -> (schema: JSONValue, sample: Any) {
        let some = try state.walk(Wrapped.self)
        return (["anyOf": [some.schema, ["type": "null"]]], Self.some(some.sample) as Any)
    }
}

/// Has whatever it is asked for, and notes it.
private struct SchemaDecoder: Decoder, SingleValueDecodingContainer {
    let state: SchemaState
    let place: SchemaPlace
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        if place.fields == nil { place.fields = [:] }
        return KeyedDecodingContainer(SchemaFields<Key>(state: state, place: place))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer {
        SchemaItems(state: state, place: place)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }
    func decodeNil() -> Bool { false }

    private func note<Value>(_ kind: String, _ sample: Value) -> Value {
        place.value = ["type": .string(kind)]
        return sample
    }

    func decode(_ type: Bool.Type) -> Bool { note("boolean", false) }
    func decode(_ type: String.Type) -> String { note("string", "m") }
    func decode(_ type: Double.Type) -> Double { note("number", 0.5) }
    func decode(_ type: Float.Type) -> Float { note("number", 0.5) }
    func decode(_ type: Int.Type) -> Int { note("integer", 1) }
    func decode(_ type: Int8.Type) -> Int8 { note("integer", 1) }
    func decode(_ type: Int16.Type) -> Int16 { note("integer", 1) }
    func decode(_ type: Int32.Type) -> Int32 { note("integer", 1) }
    func decode(_ type: Int64.Type) -> Int64 { note("integer", 1) }
    func decode(_ type: UInt.Type) -> UInt { note("integer", 1) }
    func decode(_ type: UInt8.Type) -> UInt8 { note("integer", 1) }
    func decode(_ type: UInt16.Type) -> UInt16 { note("integer", 1) }
    func decode(_ type: UInt32.Type) -> UInt32 { note("integer", 1) }
    func decode(_ type: UInt64.Type) -> UInt64 { note("integer", 1) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let found = try state.walk(type)
        place.value = found.schema
        return found.sample
    }
}

private struct SchemaFields<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let state: SchemaState
    let place: SchemaPlace
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { place.cases.compactMap { Key(stringValue: $0) } }

    /// What may be left away is asked for first.
    func contains(_ key: Key) -> Bool {
        place.optional.insert(key.stringValue)
        return true
    }

    func decodeNil(forKey key: Key) -> Bool { false }

    private func note<Value>(
        _ key: Key, _ read: (SchemaDecoder) throws -> Value
    ) rethrows -> Value {
        let inner = SchemaPlace()
        let value = try read(SchemaDecoder(state: state, place: inner))
        let name = JSONFieldName.outward(key.stringValue)
        place.fields?[name] = (inner.schema, !place.optional.contains(key.stringValue))
        return value
    }

    func decode(_ type: Bool.Type, forKey key: Key) -> Bool { note(key) { $0.decode(type) } }
    func decode(_ type: String.Type, forKey key: Key) -> String { note(key) { $0.decode(type) } }
    func decode(_ type: Double.Type, forKey key: Key) -> Double { note(key) { $0.decode(type) } }
    func decode(_ type: Float.Type, forKey key: Key) -> Float { note(key) { $0.decode(type) } }
    func decode(_ type: Int.Type, forKey key: Key) -> Int { note(key) { $0.decode(type) } }
    func decode(_ type: Int8.Type, forKey key: Key) -> Int8 { note(key) { $0.decode(type) } }
    func decode(_ type: Int16.Type, forKey key: Key) -> Int16 { note(key) { $0.decode(type) } }
    func decode(_ type: Int32.Type, forKey key: Key) -> Int32 { note(key) { $0.decode(type) } }
    func decode(_ type: Int64.Type, forKey key: Key) -> Int64 { note(key) { $0.decode(type) } }
    func decode(_ type: UInt.Type, forKey key: Key) -> UInt { note(key) { $0.decode(type) } }
    func decode(_ type: UInt8.Type, forKey key: Key) -> UInt8 { note(key) { $0.decode(type) } }
    func decode(_ type: UInt16.Type, forKey key: Key) -> UInt16 { note(key) { $0.decode(type) } }
    func decode(_ type: UInt32.Type, forKey key: Key) -> UInt32 { note(key) { $0.decode(type) } }
    func decode(_ type: UInt64.Type, forKey key: Key) -> UInt64 { note(key) { $0.decode(type) } }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try note(key) { try $0.decode(type) }
    }

    /// The values of a case.
    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        let inner = SchemaPlace()
        inner.fields = [:]
        place.nested[JSONFieldName.outward(key.stringValue)] = inner
        return KeyedDecodingContainer<Nested>(SchemaFields<Nested>(state: state, place: inner))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw SchemaFault("a list inside of a type that is not a list")
    }

    func superDecoder() -> any Decoder { SchemaDecoder(state: state, place: place) }
    func superDecoder(forKey key: Key) -> any Decoder {
        SchemaDecoder(state: state, place: place)
    }
}

/// A list of a type's own, as a range writes its two ends: of items that are alike.
private struct SchemaItems: UnkeyedDecodingContainer {
    let state: SchemaState
    let place: SchemaPlace
    var codingPath: [any CodingKey] { [] }
    var count: Int? { nil }
    var isAtEnd: Bool { false }
    private(set) var currentIndex = 0

    mutating func decodeNil() -> Bool { false }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let inner = SchemaPlace()
        let value = try SchemaDecoder(state: state, place: inner).decode(type)
        let list: JSONValue = ["type": "array", "items": inner.schema]
        guard place.value == nil || place.value == list else {
            throw SchemaFault("a list of unlike items")
        }
        place.value = list
        currentIndex += 1
        return value
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { throw SchemaFault("a list of unlike items") }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw SchemaFault("a list of unlike items")
    }

    mutating func superDecoder() throws -> any Decoder {
        throw SchemaFault("a list of unlike items")
    }
}
