import FoundationEssentials

/// Reads a request or a result out of a document, as `JSONValueEncoder` writes it.
///
/// The document was read within bounds before (`JSONValue.init(parsing:)`); fields that the type
/// does not have are passed over.
package enum JSONValueDecoder {
    /// - Throws: `.usage` where the document is not one of that type, with the place; what the
    ///   values themselves throw.
    package static func decode<Value: Decodable>(
        _ type: Value.Type, from document: JSONValue, act: String
    ) throws(SwerveError) -> Value {
        do {
            return try ValueDecoder(document, []).read(type)
        } catch let error as SwerveError {
            throw error
        } catch let error as DecodingError {
            throw SwerveError(.usage, act: act, reason: words(error))
        } catch {
            throw SwerveError(.usage, act: act, reason: "\(error)".shortened(to: 200))
        }
    }

    private static func words(_ error: DecodingError) -> String {
        func place(_ path: [any CodingKey]) -> String {
            let names = path.map { key in
                key.intValue.map { "[\($0)]" } ?? JSONFieldName.outward(key.stringValue)
            }
            return names.isEmpty ? "the document" : names.joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context):
            return "\(place(context.codingPath + [key])) is missing"
        case .valueNotFound(_, let context), .dataCorrupted(let context):
            return "\(place(context.codingPath)) is \(context.debugDescription)"
        case .typeMismatch(_, let context):
            // The compiler's words for an enumeration: another name, or several of them.
            return "\(place(context.codingPath)) is not one of the forms that belong there"
        @unknown default: return "it does not fit"
        }
    }
}

private struct PlaceKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ place: Int) {
        stringValue = "\(place)"
        intValue = place
    }

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init?(intValue: Int) { self.init(intValue) }
}

private struct ValueDecoder: Decoder, SingleValueDecodingContainer {
    let document: JSONValue
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ document: JSONValue, _ path: [any CodingKey]) {
        self.document = document
        codingPath = path
    }

    func wrong(_ words: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: codingPath, debugDescription: words))
    }

    func read<T: Decodable>(_ type: T.Type) throws -> T {
        if type == JSONValue.self, let document = document as? T { return document }
        if type == [UInt8].self, let text = document.string {
            guard let bytes = Data(base64Encoded: text).map({ Array($0) }) as? T else {
                throw wrong("not base64")
            }
            return bytes
        }
        if let named = type as? any StringKeyedDecoding.Type {
            guard let value = try named.read(self) as? T else { throw wrong("of another form") }
            return value
        }
        if let choice = type as? any (CaseIterable & RawRepresentable).Type {
            try requireOne(of: choice)
        }
        return try T(from: self)
    }

    /// - Throws: for what is none of them, with the names that there are.
    private func requireOne<Choice: CaseIterable & RawRepresentable>(
        of type: Choice.Type
    ) throws {
        let names = type.allCases.compactMap { $0.rawValue as? String }
        guard names.count == type.allCases.count else { return }
        if let text = document.string, names.contains(text) { return }
        throw wrong(
            "\(document.text.shortened(to: 60)), and not one of \(names.joined(separator: ", "))")
    }

    func container<Key: CodingKey>(
        keyedBy type: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(FieldsDecoder<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let items = document.array else { throw wrong("not a list") }
        return ItemsDecoder(items: items, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { document == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard let value = document.bool else { throw wrong("neither true nor false") }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        guard let value = document.string else { throw wrong("not a text") }
        return value
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard let value = document.double else { throw wrong("not a number") }
        return value
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try whole(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try whole(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try whole(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try whole(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try whole(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try whole(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try whole(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try whole(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try whole(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try whole(type) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try read(type) }

    private func whole<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
        guard let value = document.int.flatMap({ Number(exactly: $0) }) else {
            throw wrong("not a whole number that fits")
        }
        return value
    }
}

private protocol StringKeyedDecoding {
    static func read(_ decoder: ValueDecoder) throws -> Any
}

extension Dictionary: StringKeyedDecoding where Key == String, Value: Decodable {
    fileprivate static func read(_ decoder: ValueDecoder) throws -> Any {
        guard let fields = decoder.document.object else { throw decoder.wrong("not an object") }
        var values: [String: Value] = [:]
        for (name, document) in fields {
            let path = decoder.codingPath + [PlaceKey(stringValue: name)]
            values[name] = try ValueDecoder(document, path).read(Value.self)
        }
        return values
    }
}

private struct FieldsDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: ValueDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }

    var allKeys: [Key] {
        guard let fields = decoder.document.object else { return [] }
        // Names of cases, and of properties, are asked for one by one.
        return fields.keys.compactMap { name in
            Key(stringValue: name) ?? Key(stringValue: JSONFieldName.inward(name))
        }
    }

    private func document(_ key: some CodingKey) -> JSONValue? {
        let name = JSONFieldName.outward(key.stringValue)
        if let found = decoder.document[name] { return found }
        return key.stringValue == JSONFieldName.nameless ? decoder.document : nil
    }

    private func value(_ key: some CodingKey) throws -> ValueDecoder {
        guard let document = document(key) else {
            guard decoder.document.object != nil else { throw decoder.wrong("not an object") }
            throw DecodingError.keyNotFound(
                key, .init(codingPath: codingPath, debugDescription: ""))
        }
        return ValueDecoder(document, codingPath + [key])
    }

    func contains(_ key: Key) -> Bool { document(key) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { document(key) ?? .null == .null }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try value(key).decode(type) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        try value(key).decode(type)
    }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        try value(key).decode(type)
    }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try value(key).decode(type) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try value(key).decode(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try value(key).decode(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try value(key).decode(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try value(key).decode(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try value(key).decode(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try value(key).decode(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try value(key).decode(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 {
        try value(key).decode(type)
    }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 {
        try value(key).decode(type)
    }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
        try value(key).decode(type)
    }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try value(key).read(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try value(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try value(key).unkeyedContainer()
    }

    func superDecoder() -> any Decoder { decoder }
    func superDecoder(forKey key: Key) throws -> any Decoder { try value(key) }
}

private struct ItemsDecoder: UnkeyedDecodingContainer {
    let items: [JSONValue]
    let codingPath: [any CodingKey]
    var currentIndex = 0
    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex >= items.count }

    init(items: [JSONValue], codingPath: [any CodingKey]) {
        self.items = items
        self.codingPath = codingPath
    }

    private mutating func next() throws -> ValueDecoder {
        let path = codingPath + [PlaceKey(currentIndex)]
        guard !isAtEnd else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: path, debugDescription: "missing"))
        }
        defer { currentIndex += 1 }
        return ValueDecoder(items[currentIndex], path)
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, items[currentIndex] == .null else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().read(type) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next().unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { try next() }
}
