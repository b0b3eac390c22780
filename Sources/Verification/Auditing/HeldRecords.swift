import Kafka
import Lifecycle

/// Key, value and schema of a record, in memory that is somebody else's; valid as long as that is.
@safe
package struct RecordBytes {
    /// Nil where the record has no key.
    let key: UnsafeBufferPointer<UInt8>?
    /// Nil for a tombstone, and where it is not wanted.
    let value: UnsafeBufferPointer<UInt8>?
    /// What its header says of its schema; nil where that is not wanted, and where it has none.
    let schema: UnsafeBufferPointer<UInt8>?

    init(
        key: UnsafeBufferPointer<UInt8>?, value: UnsafeBufferPointer<UInt8>?,
        schema: UnsafeBufferPointer<UInt8>? = nil
    ) {
        unsafe self.key = key
        unsafe self.value = value
        unsafe self.schema = schema
    }

    init(_ record: RecordView, hasValue: Bool = true) {
        unsafe self.init(key: record.key, value: hasValue ? record.value : nil)
    }

    /// Hands over bytes that stand in arrays.
    static func with<Result>(
        key: [UInt8]?, value: [UInt8]? = nil, schema: [UInt8]? = nil,
        _ body: (RecordBytes) -> Result
    ) -> Result {
        unsafe (key ?? []).withUnsafeBufferPointer { keyBytes in
            unsafe (value ?? []).withUnsafeBufferPointer { valueBytes in
                unsafe (schema ?? []).withUnsafeBufferPointer { schemaBytes in
                    body(
                        unsafe RecordBytes(
                            key: key == nil ? nil : keyBytes,
                            value: value == nil ? nil : valueBytes,
                            schema: schema == nil ? nil : schemaBytes))
                }
            }
        }
    }

    /// The same of a record with a schema that stands in an array.
    static func with(
        _ record: RecordView, hasValue: Bool, schema: [UInt8]?, _ body: (RecordBytes) -> Void
    ) {
        guard let schema else { return body(RecordBytes(record, hasValue: hasValue)) }
        unsafe schema.withUnsafeBufferPointer { schemaBytes in
            body(
                unsafe RecordBytes(
                    key: record.key, value: hasValue ? record.value : nil, schema: schemaBytes))
        }
    }

    var count: Int {
        (unsafe key?.count ?? 0) + (unsafe value?.count ?? 0) + (unsafe schema?.count ?? 0)
    }
    var keyArray: [UInt8]? { unsafe key.map { unsafe Array($0) } }
    var valueArray: [UInt8]? { unsafe value.map { unsafe Array($0) } }
    var schemaArray: [UInt8]? { unsafe schema.map { unsafe Array($0) } }

    /// Whether two records have the same key; none and an empty one are the same on an output.
    func hasKey(of other: RecordBytes) -> Bool { unsafe Self.isSame(key, other.key) }

    /// The same of their values.
    func hasValue(_ other: [UInt8]) -> Bool {
        unsafe other.withUnsafeBufferPointer { unsafe Self.isSame(value, $0) }
    }

    func hasKey(_ other: [UInt8]) -> Bool {
        unsafe other.withUnsafeBufferPointer { unsafe Self.isSame(key, $0) }
    }

    private static func isSame(
        _ one: UnsafeBufferPointer<UInt8>?, _ other: UnsafeBufferPointer<UInt8>?
    ) -> Bool {
        guard unsafe one?.count ?? 0 == other?.count ?? 0 else { return false }
        guard let one = unsafe one, let other = unsafe other else { return true }
        return unsafe one.elementsEqual(other)
    }

    /// The bucket of a canary: by the key, or where there is none by the place.
    func bucket(at place: StreamPlace, salt: UInt32) -> Int {
        unsafe RecordHash(
            key: key, partition: place.partition, offset: place.offset, salt: salt
        ).bucket
    }
}

/// Keys, values and schemas of the newest records of a partition, in one stretch of memory that is
/// written round and round: nothing is allocated for a record.
///
/// A value of one thread. Whoever puts a record in says which is the oldest that is held still.
struct HeldRecords {
    /// Where a record's bytes stand, counted on over all rounds.
    struct Place {
        fileprivate let start: Int
        /// -1 for none.
        fileprivate let keyCount: Int32
        fileprivate let valueCount: Int32
        fileprivate let schemaCount: Int32

        static let none = Place(start: 0, keyCount: -1, valueCount: -1, schemaCount: -1)

        /// Where value and schema begin, behind where the record does.
        fileprivate var value: Int { Int(max(0, keyCount)) }
        fileprivate var schema: Int { value + Int(max(0, valueCount)) }
        var count: Int { schema + Int(max(0, schemaCount)) }
    }

    private var bytes: [UInt8] = []
    private var end = 0

    /// - Parameter capacity: bytes of all records that are held.
    init(capacity: Int) { bytes = Self.room(capacity) }

    /// Memory that is not touched before it is written to.
    private static func room(_ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { _, made in made = count }
    }

    /// Lets go of all records, and has room for so many bytes.
    mutating func begin(capacity: Int) {
        end = 0
        if bytes.count != capacity { bytes = Self.room(capacity) }
    }

    /// Whether so many bytes could stand there at all.
    func canHold(_ count: Int) -> Bool { count <= bytes.count }

    /// Takes as much room as a record needs that is larger than all; what is held is gone.
    mutating func grow(to count: Int) {
        bytes = Self.room(count)
        end = 0
    }

    /// Whether so many bytes more find room while a record is held still.
    func hasRoom(_ count: Int, beside oldest: Place) -> Bool {
        start(of: count) + count - oldest.start <= bytes.count
    }

    private func start(of count: Int) -> Int {
        let rest = bytes.count - end % max(1, bytes.count)
        return count <= rest ? end : end + rest
    }

    /// Copies a record's bytes in, for which there is room.
    mutating func put(_ record: RecordBytes) -> Place {
        let place = unsafe Place(
            start: start(of: record.count),
            keyCount: record.key.map { Int32(clamping: $0.count) } ?? -1,
            valueCount: record.value.map { Int32(clamping: $0.count) } ?? -1,
            schemaCount: record.schema.map { Int32(clamping: $0.count) } ?? -1)
        end = place.start + place.count
        guard place.count > 0 else { return place }
        let first = place.start % bytes.count
        unsafe bytes.withUnsafeMutableBytes { room in
            guard let target = unsafe room.baseAddress.map({ unsafe $0 + first }) else { return }
            if place.keyCount > 0, let key = unsafe record.key?.baseAddress {
                unsafe target.copyMemory(from: key, byteCount: Int(place.keyCount))
            }
            if place.valueCount > 0, let value = unsafe record.value?.baseAddress {
                unsafe (target + place.value)
                    .copyMemory(from: value, byteCount: Int(place.valueCount))
            }
            if place.schemaCount > 0, let schema = unsafe record.schema?.baseAddress {
                unsafe (target + place.schema)
                    .copyMemory(from: schema, byteCount: Int(place.schemaCount))
            }
        }
        return place
    }

    /// Hands over the bytes of a record that is held, for as long as `body` runs.
    func with<Result>(_ place: Place, _ body: (RecordBytes) -> Result) -> Result {
        let first = place.start % max(1, bytes.count)
        return unsafe bytes.withUnsafeBufferPointer { room in
            // An empty one has an address too: without one it would be a tombstone.
            func part(_ start: Int, _ count: Int32) -> UnsafeBufferPointer<UInt8>? {
                guard count >= 0, let base = room.baseAddress else { return nil }
                return unsafe UnsafeBufferPointer(start: base + start, count: Int(count))
            }
            return body(
                unsafe RecordBytes(
                    key: part(first, place.keyCount),
                    value: part(first + place.value, place.valueCount),
                    schema: part(first + place.schema, place.schemaCount)))
        }
    }
}
