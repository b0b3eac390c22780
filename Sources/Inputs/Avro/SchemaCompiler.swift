internal import Lifecycle

/// Makes types of the texts of schemas, one text after the other into one table of names.
///
/// A type can be used from its own definition on. There is no reader's schema: `default`,
/// `aliases`, `order` and `doc` mean nothing.
struct SchemaCompiler {
    private(set) var types: [AvroType] = AvroKind.primitives.map { AvroType($0.kind) }
    private(set) var fields: [AvroField] = []
    private(set) var lists: [Int32] = []
    private(set) var symbols: [AvroSymbol] = []
    private(set) var names: [UInt8] = []
    /// Named types by their full names.
    private var named: [[UInt8]: Int32] = [:]
    /// Of all full names that were made or looked for.
    private var fullNameBytes = 0

    private static let dot = UInt8(ascii: ".")

    /// The outermost type of a text.
    mutating func compile(_ text: [UInt8]) throws(BadSchema) -> Int32 {
        guard text.count <= SchemaText.textBytesMax else {
            throw BadSchema("it has more than \(SchemaText.textBytesMax) bytes")
        }
        return try type(0, of: SchemaJSON(text), in: [])
    }

    /// - Parameter space: the namespace around it; empty for none.
    private mutating func type(
        _ index: Int, of json: SchemaJSON, in space: [UInt8]
    ) throws(BadSchema) -> Int32 {
        switch json.kind(index) {
        case .string: return try known(Array(json.bytes(index) ?? []), in: space)
        case .array: return try union(index, of: json, in: space)
        case .object: return try defined(index, of: json, in: space)
        default: throw BadSchema("a type is neither a name nor a definition")
        }
    }

    private mutating func known(_ name: [UInt8], in space: [UInt8]) throws(BadSchema) -> Int32 {
        if let primitive = Self.primitive(name) { return Int32(primitive.rawValue) }
        let hasDot = name.contains(Self.dot)
        if !hasDot, !space.isEmpty {
            try count(space.count + name.count)
            if let type = named[space + [Self.dot] + name] { return type }
        }
        if let type = named[name] { return type }
        throw BadSchema("there is no type \(Self.shown(name)) before it is used")
    }

    /// A namespace stands in a text once and in the full name of everything within it: what these
    /// take is bounded too, or a mebibyte of text would cost gibibytes and many seconds.
    private mutating func count(_ bytes: Int) throws(BadSchema) {
        fullNameBytes += bytes
        guard fullNameBytes <= Self.fullNameBytesMax else {
            throw BadSchema("its full names have more than \(Self.fullNameBytesMax) bytes in all")
        }
    }

    private static let fullNameBytesMax = 64 << 20

    private static func primitive(_ name: some Collection<UInt8>) -> AvroKind? {
        AvroKind.primitives.first { name.elementsEqual($0.name.utf8) }?.kind
    }

    private static func shown(_ name: [UInt8]) -> String {
        "'" + String(decoding: name, as: UTF8.self).shortened(to: 60) + "'"
    }

    private mutating func union(
        _ index: Int, of json: SchemaJSON, in space: [UInt8]
    ) throws(BadSchema) -> Int32 {
        var branches: [Int32] = []
        var seen: Set<Int32> = []
        for child in json.inside(index) {
            let branch = try type(child, of: json, in: space)
            let kind = types[Int(branch)].kind
            guard kind != .union else { throw BadSchema("a union stands in a union") }
            // Unnamed types are told apart by their kinds alone, which are below all numbers of
            // named ones.
            guard seen.insert(kind.isNamed ? branch : -1 - Int32(kind.rawValue)).inserted else {
                throw BadSchema("two branches of a union are of the same type")
            }
            branches.append(branch)
        }
        var union = AvroType(.union)
        union.first = Int32(lists.count)
        union.count = Int32(branches.count)
        lists += branches
        return append(union)
    }

    private mutating func append(_ type: AvroType) -> Int32 {
        types.append(type)
        return Int32(types.count - 1)
    }

    private mutating func defined(
        _ index: Int, of json: SchemaJSON, in space: [UInt8]
    ) throws(BadSchema) -> Int32 {
        guard let kind = json.member(index, "type") else {
            throw BadSchema("a definition has no type")
        }
        let word = json.bytes(kind).map { String(decoding: $0, as: UTF8.self) }
        switch word {
        case "record", "error": return try record(index, of: json, in: space)
        case "enum": return try enumeration(index, of: json, in: space)
        case "fixed": return try fixed(index, of: json, in: space)
        case "array", "map":
            let isArray = word == "array"
            guard let inner = json.member(index, isArray ? "items" : "values") else {
                throw BadSchema(isArray ? "an array has no items" : "a map has no values")
            }
            var container = AvroType(isArray ? .array : .map)
            container.items = try type(inner, of: json, in: space)
            return append(container)
        default:
            let inner = try type(kind, of: json, in: space)
            var meant = types[Int(inner)]
            // Others are shared: what stands around one of them is not theirs.
            guard meant.kind.isPrimitive else { return inner }
            giveLogical(to: &meant, index, of: json)
            return meant.logical == types[Int(inner)].logical
                && meant.scale == types[Int(inner)].scale ? inner : append(meant)
        }
    }

    // MARK: - Named types

    /// Takes up a name, with a type that is filled later, and answers both and its namespace.
    private mutating func define(
        _ kind: AvroKind, _ index: Int, of json: SchemaJSON, in space: [UInt8]
    ) throws(BadSchema) -> (type: Int32, space: [UInt8]) {
        guard let place = json.member(index, "name"), let name = json.bytes(place),
            !name.isEmpty
        else { throw BadSchema("a definition has no name") }
        var own = space
        if let place = json.member(index, "namespace"), json.kind(place) != .null {
            guard let given = json.bytes(place) else {
                throw BadSchema("a namespace is not a string")
            }
            own = Array(given)
        }
        let isFull = name.contains(Self.dot) || own.isEmpty
        try count(own.count + name.count)
        let full = isFull ? Array(name) : own + [Self.dot] + name
        guard Self.primitive(full) == nil, named[full] == nil else {
            throw BadSchema("the type \(Self.shown(full)) is defined twice")
        }
        let type = append(AvroType(kind))
        named[full] = type
        return (type, Array(full[..<(full.lastIndex(of: Self.dot) ?? 0)]))
    }

    private mutating func keep(_ name: ArraySlice<UInt8>) -> (start: Int32, count: Int32) {
        let start = names.count
        names += name
        return (Int32(start), Int32(name.count))
    }

    private mutating func record(
        _ index: Int, of json: SchemaJSON, in space: [UInt8]
    ) throws(BadSchema) -> Int32 {
        let (number, inner) = try define(.record, index, of: json, in: space)
        guard let list = json.member(index, "fields"), json.kind(list) == .array else {
            throw BadSchema("a record has no list of fields")
        }
        var own: [AvroField] = []
        var places: [Int] = []
        for field in json.inside(list) {
            guard let place = json.member(field, "name"), let name = json.bytes(place),
                let value = json.member(field, "type")
            else { throw BadSchema("a field has no name or no type") }
            places.append(place)
            let type = try type(value, of: json, in: inner)
            let (start, count) = keep(name)
            own.append(
                AvroField(
                    nameStart: start, nameCount: count, nameHash: AvroName.hash(name), type: type))
        }
        guard !json.repeats(places) else { throw BadSchema("a record has two fields of one name") }
        close(number, own)
        return number
    }

    /// Fills a record in, once its fields are known.
    ///
    /// A record that is still open further out has no size and is not empty: its values have no
    /// end where every field leads back to it.
    private mutating func close(_ number: Int32, _ own: [AvroField]) {
        var record = types[Int(number)]
        (record.first, record.count) = (Int32(fields.count), Int32(own.count))
        fields += own
        record.firstStep = Int32(lists.count)
        record.size = 0
        for field in own {
            let type = types[Int(field.type)]
            guard !type.isEmpty else { continue }
            lists.append(field.type)
            record.height = max(record.height, type.height)
            record.size =
                type.size < 0 || record.size < 0
                ? -1 : min(record.size + type.size, AvroType.sizeMax)
        }
        record.stepCount = Int32(lists.count) - record.firstStep
        record.isEmpty = record.stepCount == 0
        record.height += 1
        if record.stepCount == 1, let only = lists.last {
            let type = types[Int(only)]
            record.chainDepth = 1 + type.chainDepth
            record.chainEnd = type.chainDepth > 0 ? type.chainEnd : only
        }
        types[Int(number)] = record
    }

    private mutating func enumeration(
        _ index: Int, of json: SchemaJSON, in space: [UInt8]
    ) throws(BadSchema) -> Int32 {
        let (number, _) = try define(.enum, index, of: json, in: space)
        guard let list = json.member(index, "symbols"), json.kind(list) == .array else {
            throw BadSchema("an enum has no list of symbols")
        }
        let places = json.inside(list)
        types[Int(number)].first = Int32(symbols.count)
        types[Int(number)].count = Int32(places.count)
        for place in places {
            guard let symbol = json.bytes(place) else {
                throw BadSchema("a symbol is not a string")
            }
            let (start, count) = keep(symbol)
            symbols.append(AvroSymbol(start: start, count: count))
        }
        guard !json.repeats(places) else { throw BadSchema("an enum has a symbol twice") }
        return number
    }

    private mutating func fixed(
        _ index: Int, of json: SchemaJSON, in space: [UInt8]
    ) throws(BadSchema) -> Int32 {
        let (number, _) = try define(.fixed, index, of: json, in: space)
        guard let place = json.member(index, "size"), let size = json.integer(place),
            !size.isNegative, size.clamped(to: Int.max) <= Int(Int32.max)
        else { throw BadSchema("a fixed has no size from 0 to 2147483647") }
        var fixed = types[Int(number)]
        fixed.size = size.clamped(to: Int.max)
        fixed.isEmpty = fixed.size == 0
        giveLogical(to: &fixed, index, of: json)
        types[Int(number)] = fixed
        return number
    }

    // MARK: - Logical types

    /// Notes what a logical type makes of numbers and ids; one that is not of this type, or not
    /// whole, means nothing.
    private func giveLogical(to type: inout AvroType, _ index: Int, of json: SchemaJSON) {
        guard let place = json.member(index, "logicalType"), let bytes = json.bytes(place) else {
            return
        }
        switch (type.kind, String(decoding: bytes, as: UTF8.self)) {
        case (.int, "date"): type.logical = .date
        case (.int, "time-millis"): type.logical = .millis
        case (.long, "time-micros"): type.logical = .micros
        case (.long, "timestamp-millis"), (.long, "local-timestamp-millis"): type.logical = .millis
        case (.long, "timestamp-micros"), (.long, "local-timestamp-micros"): type.logical = .micros
        case (.long, "timestamp-nanos"), (.long, "local-timestamp-nanos"): type.logical = .nanos
        case (.fixed, "uuid") where type.size == 16: type.logical = .uuid
        case (.bytes, "decimal"), (.fixed, "decimal"): giveDecimal(to: &type, index, of: json)
        default: break
        }
    }

    private func giveDecimal(to type: inout AvroType, _ index: Int, of json: SchemaJSON) {
        guard let place = json.member(index, "precision"), let precision = json.integer(place),
            !precision.isNegative, !precision.isZero
        else { return }
        var scale = 0
        if let place = json.member(index, "scale") {
            guard let given = json.integer(place), !given.isNegative, given.isAtMost(precision)
            else { return }
            scale = given.clamped(to: AvroNumber.scaleMax)
        }
        type.logical = .decimal
        type.scale = Int32(scale)
    }
}
