/// What a type of a schema is.
enum AvroKind: UInt8, Sendable {
    // The primitives; each plain one is the type of that number in every schema.
    case null, boolean, int, long, float, double, bytes, string
    case record, `enum`, fixed, array, map, union

    var isPrimitive: Bool { rawValue <= AvroKind.string.rawValue }
    var isNamed: Bool { self == .record || self == .enum || self == .fixed }

    static let primitives: [(name: String, kind: AvroKind)] = [
        ("null", .null), ("boolean", .boolean), ("int", .int), ("long", .long), ("float", .float),
        ("double", .double), ("bytes", .bytes), ("string", .string),
    ]
}

/// What a number of a type means; only those that make another number of it, and ids.
enum AvroLogical: UInt8, Sendable {
    case none
    /// Days.
    case date
    case millis, micros, nanos
    case decimal
    case uuid
}

/// A type of a schema.
///
/// Types refer to each other by number, so that named ones are shared.
struct AvroType: Sendable {
    var kind: AvroKind
    var logical = AvroLogical.none
    /// Every value has no bytes.
    var isEmpty = false
    /// Of a record its fields, of a union its branches, of an enum its symbols.
    var first: Int32 = 0
    var count: Int32 = 0
    /// Of a record: the types of those fields that have bytes.
    var firstStep: Int32 = 0
    var stepCount: Int32 = 0
    /// Of an array or map.
    var items: Int32 = 0
    /// Of a record of which a single field has bytes: the records that open one in another before
    /// anything is read, and what is read then.
    ///
    /// Without it, each byte of a record could cost as
    /// many steps as records nest.
    var chainDepth: Int32 = 0
    var chainEnd: Int32 = 0
    /// The bytes of every value; -1 where they differ.
    var size = -1
    /// Of a record whose values have one size: records inside one another, itself included.
    var height: Int32 = 0
    /// Of a decimal.
    var scale: Int32 = 0

    init(_ kind: AvroKind) {
        self.kind = kind
        switch kind {
        case .null: (isEmpty, size) = (true, 0)
        case .boolean: size = 1
        case .float: size = 4
        case .double: size = 8
        default: break
        }
    }

    /// Sizes are added up to here: far above any record, and no sum overflows.
    static let sizeMax = Int(Int32.max) << 20
}

/// A field of a record.
struct AvroField: Sendable {
    var nameStart: Int32
    var nameCount: Int32
    /// `AvroName.hash` of its name.
    var nameHash: UInt32
    var type: Int32
}

/// A symbol of an enum.
struct AvroSymbol: Sendable {
    var start: Int32
    var count: Int32
}

/// How names are looked for.
enum AvroName {
    /// FNV-1a: short names, and no table that is filled by records.
    @inline(__always)
    static func hash(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt32 {
        var hash: UInt32 = 0x811C_9DC5
        for place in 0..<count { hash = unsafe (hash ^ UInt32(bytes[place])) &* 0x0100_0193 }
        return hash
    }

    static func hash(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }
}
