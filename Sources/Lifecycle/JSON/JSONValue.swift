/// Any JSON value, for documents whose unknown fields must survive a round trip.
///
/// For the cold paths only: specs, manifests, control records, reports. Requests and predictions
/// are read and written elsewhere, without allocating.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Reads one JSON document of a stranger's, as `JSONReader` says.
    ///
    /// - Throws: `SwerveError.invalid` that names the byte, for anything that is not exactly one
    ///   JSON value within the bounds; `.tooLarge` above `limit` bytes, which is checked before
    ///   anything is parsed.
    package init(
        parsing bytes: some Collection<UInt8>, act: String, limit: Int = Limits.jsonBytes,
        depth: Int = Limits.jsonDepth, values: Int = Limits.jsonValues
    ) throws(SwerveError) {
        let bounds = JSONBounds(bytes: limit, depth: depth, values: values)
        guard bytes.count <= limit else {
            throw SwerveError(
                .tooLarge, act: act, reason: "\(bytes.count) bytes of JSON, the limit is \(limit)")
        }
        let bytes = Array(bytes)
        try self.init(parsing: bytes, 0..<bytes.count, bounds, place: "", act: act)
    }

    /// Reads the part of `bytes` in `range`.
    ///
    /// - Parameter place: what that part is, for errors, which count bytes from its beginning.
    /// - Throws: as above.
    package init(
        parsing bytes: [UInt8], _ range: Range<Int>, _ bounds: JSONBounds, place: String,
        act: String
    ) throws(SwerveError) {
        var reader = JSONReader(bytes, range, bounds, place: place, act: act)
        self = try reader.document()
    }

    /// The document as compact UTF-8 JSON with sorted keys: the same value gives the same bytes,
    /// which digests and signatures cover.
    ///
    /// Numbers that are not finite have no JSON form and are written as `null`.
    package var bytes: [UInt8] {
        var writer = JSONWriter(.exact)
        writer.write(self)
        return writer.bytes
    }

    /// The compact text, safe to show: what `String.printable` escapes stands as `\\u` escapes.
    ///
    /// It means the same as `bytes`.
    package var text: String {
        var writer = JSONWriter(.shown)
        writer.write(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// As `text`, indented for people.
    package var prettyText: String {
        var writer = JSONWriter(.shown, isIndented: true)
        writer.write(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    package subscript(key: String) -> JSONValue? {
        guard case .object(let fields) = self else { return nil }
        return fields[key]
    }

    package var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    package var int: Int? {
        switch self {
        case .int(let value): Int(value)
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    package var double: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    package var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    package var array: [JSONValue]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    package var object: [String: JSONValue]? {
        guard case .object(let fields) = self else { return nil }
        return fields
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}

extension JSONValue: Codable {
    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let int = try? value.decode(Int64.self) {
            self = .int(int)
        } else if let double = try? value.decode(Double.self) {
            self = .double(double)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([JSONValue].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .bool(let bool): try value.encode(bool)
        case .int(let int): try value.encode(int)
        case .double(let double): try value.encode(double)
        case .string(let string): try value.encode(string)
        case .array(let array): try value.encode(array)
        case .object(let fields): try value.encode(fields)
        }
    }
}
