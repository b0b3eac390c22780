internal import Glibc
internal import Scoring

/// Fields of a request that a value of Avro may give: one, but where a configuration is not
/// checked.
struct AvroFields: Equatable, Sequence, IteratorProtocol {
    private var bits: UInt16 = 0

    init() {}
    init(_ field: RequestField) { bits = 1 << UInt16(field.rawValue) }
    private init(place: Int) { bits = 1 << UInt16(place) }

    /// Who sent the request; it has the number behind those of a record's fields.
    static let client = AvroFields(place: clientPlace)
    static let clientPlace = 9
    static let count = 10

    /// Takes the first of them out, and answers its number, as `RequestField` has it.
    mutating func next() -> Int? {
        guard bits != 0 else { return nil }
        let place = bits.trailingZeroBitCount
        bits &= bits - 1
        return place
    }

    func has(_ field: RequestField) -> Bool { bits & AvroFields(field).bits != 0 }

    mutating func add(_ others: AvroFields) { bits |= others.bits }
}

/// A name that is looked for, or the beginning of one.
struct AvroWant {
    /// The fields whose names end here, by the bits that `AvroFields` gives them.
    var fields = AvroFields()
    /// The place of the named number whose name ends here; -1 for none.
    var number: Int32 = -1
    /// The place of the named text, likewise.
    var text: Int32 = -1
    /// Behind the last of those whose names lead through this one.
    var end: Int32 = 0
    /// Whether a name ends here that a scorer wants.
    var isNamed: Bool { number >= 0 || text >= 0 }
    /// The record in which it was last found as a key of a map, and in which it stood there twice.
    var seenIn: UInt64 = 0
    var repeatedIn: UInt64 = 0
}

/// What was found for a field of a request.
@safe
struct AvroFound {
    enum Kind: UInt8 {
        case nothing, string, bytes, fixed, uuid, `enum`, whole, array
        /// A type that no such field has.
        case other
    }

    var kind = Kind.nothing
    /// It stands where a name leads through what is no record, or is a record or map.
    var isWrong = false
    /// It, or what its name leads through, stands twice in a map.
    var isRepeated = false
    /// Of a text its bytes, valid as long as the record and the schema are.
    var start: UnsafePointer<UInt8>?
    var count = 0
    /// Of an int or long.
    var whole: Int64 = 0

    var isThere: Bool { kind != .nothing || isWrong || isRepeated }
}

/// Which names are looked for in records, as a tree of their parts, and what the last record gave.
///
/// The tree is one list, each name in front of those that lead through it. Parts of names are
/// numbered, so that a record's fields are matched by numbers.
@safe
final class AvroWants {
    let wants: UnsafeMutableBufferPointer<AvroWant>
    let found: UnsafeMutableBufferPointer<AvroFound>
    let values: UnsafeMutableBufferPointer<Double>
    /// Named texts: where they stand in the record or the schema, then in `textBytes`.
    let texts: UnsafeMutableBufferPointer<NamedText>
    /// `NamedState`, of numbers first.
    let states: UnsafeMutableBufferPointer<UInt8>
    private let textBytes: UnsafeMutableBufferPointer<UInt8>
    private let limitBytes: Int
    /// Room for the numbers of `x`; none where nobody wants them.
    let dense: UnsafeMutableBufferPointer<Double>
    /// Room for `svm`, and for the text of it.
    let sparseIndices: UnsafeMutableBufferPointer<UInt32>
    let sparseValues: UnsafeMutableBufferPointer<Double>
    let sparseText: UnsafeMutableBufferPointer<UInt8>
    let tables: AvroNameTables
    /// The lowest index that `svm` may have, 1 or 0.
    let firstIndex: UInt32

    /// - Parameter firstIndex: of `svm`.
    init(
        _ fields: InputFields, _ names: WantedNames, _ needs: (dense: Bool, sparse: Bool),
        firstIndex: UInt32 = 1, settings: InputSettings
    ) {
        self.firstIndex = firstIndex
        limitBytes = settings.limitBytes
        var tree = AvroNameTree()
        for (field, name) in fields.names { tree.add(name, AvroFields(field)) }
        tree.add(fields.client, .client)
        for (place, name) in names.numbers.enumerated() { tree.add(name, number: Int32(place)) }
        for (place, name) in names.texts.enumerated() { tree.add(name, text: Int32(place)) }
        let (list, tables) = tree.flattened()
        self.tables = tables
        unsafe wants = .allocate(capacity: list.count)
        _ = unsafe wants.initialize(from: list)
        unsafe found = .allocate(capacity: AvroFields.count)
        unsafe found.initialize(repeating: AvroFound())
        unsafe values = .allocate(capacity: names.numbers.count)
        unsafe values.initialize(repeating: .nan)
        unsafe texts = .allocate(capacity: names.texts.count)
        unsafe texts.initialize(repeating: NamedText())
        unsafe states = .allocate(capacity: names.numbers.count + names.texts.count)
        unsafe states.initialize(repeating: PreparedWants.NamedState.absent.rawValue)
        unsafe textBytes = .allocate(capacity: names.texts.isEmpty ? 0 : settings.recordBytes)
        // No number takes less than a byte of the record, no pair less than four.
        unsafe dense = .allocate(capacity: needs.dense ? limitBytes : 0)
        let pairs = needs.sparse ? limitBytes / 4 + 1 : 0
        unsafe sparseIndices = .allocate(capacity: pairs)
        unsafe sparseValues = .allocate(capacity: pairs)
        unsafe sparseText = .allocate(capacity: needs.sparse ? limitBytes + 1 : 0)
    }

    deinit {
        unsafe wants.deallocate()
        unsafe found.deallocate()
        unsafe values.deallocate()
        unsafe texts.deallocate()
        unsafe textBytes.deallocate()
        unsafe states.deallocate()
        unsafe dense.deallocate()
        unsafe sparseIndices.deallocate()
        unsafe sparseValues.deallocate()
        unsafe sparseText.deallocate()
    }

    /// Forgets what the last record gave.
    func forget() {
        unsafe found.update(repeating: AvroFound())
        unsafe values.update(repeating: .nan)
        unsafe texts.update(repeating: NamedText())
        unsafe states.update(repeating: PreparedWants.NamedState.absent.rawValue)
    }

    /// Cuts the named texts of a record of `count` bytes to the limit, and copies those that stand
    /// in it: symbols of enums stay with the schema.
    ///
    /// - Returns: whether one was cut.
    func keepTexts(of record: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var used = 0
        var isCut = false
        for place in unsafe texts.indices {
            guard let start = unsafe texts[place].start else { continue }
            var length = unsafe texts[place].count
            if length > limitBytes {
                let whole = unsafe UnsafeBufferPointer(start: start, count: length)
                length = unsafe TextRecordDecoder.beginning(of: whole, limitBytes: limitBytes)
                isCut = true
            }
            unsafe texts[place].count = length
            // Texts of one record do not overlap, so there is room for all of them.
            guard unsafe start >= record && start < record + count,
                unsafe length <= textBytes.count - used, let room = unsafe textBytes.baseAddress
            else { continue }
            unsafe memcpy(room + used, start, length)
            unsafe texts[place].start = unsafe UnsafePointer(room + used)
            used += length
        }
        return isCut
    }
}

/// The tree while names are added to it.
struct AvroNameTree {
    private struct Node {
        var want = AvroWant()
        var name: [UInt8] = []
        var children: [Int] = []
        /// Where a child of that name stands in the tree.
        var places: [[UInt8]: Int] = [:]
    }

    private var nodes = [Node()]

    mutating func add(
        _ name: String, _ fields: AvroFields = AvroFields(), number: Int32 = -1, text: Int32 = -1
    ) {
        var at = 0
        // A name with an empty part can be a key of JSON alone.
        guard !name.isEmpty, !name.hasPrefix("."), !name.hasSuffix("."), !name.contains("..")
        else { return }
        for part in name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        {
            let bytes = Array(part)
            if let place = nodes[at].places[bytes] {
                at = place
                continue
            }
            nodes.append(Node(name: bytes))
            nodes[at].places[bytes] = nodes.count - 1
            nodes[at].children.append(nodes.count - 1)
            at = nodes.count - 1
        }
        nodes[at].want.fields.add(fields)
        if number >= 0 { nodes[at].want.number = number }
        if text >= 0 { nodes[at].want.text = text }
    }

    /// The list, and the tables to find names in it.
    func flattened() -> (wants: [AvroWant], tables: AvroNameTables) {
        var wants: [AvroWant] = []
        var entries: [AvroNameTables.Entry] = []
        // Names have few parts, so this recursion is not deep.
        func visit(_ place: Int, parent: Int32, name: [UInt8]) {
            let index = wants.count
            wants.append(nodes[place].want)
            if parent >= 0 {
                entries.append(.init(parent: parent, child: Int32(index), name: name))
            }
            for child in nodes[place].children {
                visit(child, parent: Int32(index), name: nodes[child].name)
            }
            wants[index].end = Int32(wants.count)
        }
        visit(0, parent: -1, name: [])
        return (wants, AvroNameTables(entries))
    }
}

/// Owns the tables of names that are looked for; filled when it is made.
@safe
final class AvroNameTables {
    struct Entry {
        let parent: Int32
        let child: Int32
        let name: [UInt8]
    }

    let table: AvroNameTable

    init(_ entries: [Entry]) {
        var numbers: [[UInt8]: Int32] = [:]
        var texts: [UInt8] = []
        var list: [AvroNameTable.Part] = []
        for entry in entries where numbers[entry.name] == nil {
            numbers[entry.name] = Int32(list.count)
            list.append(
                AvroNameTable.Part(
                    hash: AvroName.hash(entry.name), number: Int32(list.count),
                    start: Int32(texts.count), count: Int32(entry.name.count)))
            texts += entry.name
        }
        let names = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: texts.count)
        _ = unsafe names.initialize(from: texts)
        let partMask = Self.capacity(list.count) - 1
        let childMask = Self.capacity(entries.count) - 1
        let parts = UnsafeMutableBufferPointer<AvroNameTable.Part>.allocate(capacity: partMask + 1)
        unsafe parts.initialize(repeating: AvroNameTable.Part())
        let children = UnsafeMutableBufferPointer<AvroNameTable.Child>.allocate(
            capacity: childMask + 1)
        unsafe children.initialize(repeating: AvroNameTable.Child())
        for part in list {
            var place = Int(part.hash) & partMask
            while unsafe parts[place].number >= 0 { place = (place + 1) & partMask }
            unsafe parts[place] = part
        }
        for entry in entries {
            let part = numbers[entry.name] ?? -1
            var place = AvroNameTable.place(entry.parent, part) & childMask
            while unsafe children[place].child >= 0 { place = (place + 1) & childMask }
            unsafe children[place] = AvroNameTable.Child(
                parent: entry.parent, part: part, child: entry.child)
        }
        unsafe table = AvroNameTable(
            parts: parts, children: children, names: names, partMask: partMask,
            childMask: childMask)
    }

    deinit {
        unsafe table.parts.deallocate()
        unsafe table.children.deallocate()
        unsafe table.names.deallocate()
    }

    private static func capacity(_ count: Int) -> Int {
        var capacity = 16
        while capacity < 2 * count { capacity *= 2 }
        return capacity
    }
}

/// Finds a part of a name by its bytes, and the want by the want it stands in and that part.
///
/// Two tables with open addresses, at most half full, and plain pointers to them, so that a reader
/// counts no references; `AvroNameTables` owns them.
@safe
struct AvroNameTable {
    struct Part {
        var hash: UInt32 = 0
        /// -1 in an empty place of the table.
        var number: Int32 = -1
        var start: Int32 = 0
        var count: Int32 = 0
    }

    struct Child {
        var parent: Int32 = -1
        var part: Int32 = -1
        var child: Int32 = -1
    }

    let parts: UnsafeMutableBufferPointer<Part>
    let children: UnsafeMutableBufferPointer<Child>
    let names: UnsafeMutableBufferPointer<UInt8>
    let partMask: Int
    let childMask: Int

    @inline(__always)
    fileprivate static func place(_ parent: Int32, _ part: Int32) -> Int {
        Int(UInt32(bitPattern: parent &* 0x2545_F491 &+ part &* 0x1B87_3593) >> 3)
    }

    /// The number of a part of that name; -1 where nobody looks for it.
    func part(_ name: UnsafePointer<UInt8>, _ count: Int, hash: UInt32) -> Int32 {
        let mask = partMask
        var place = Int(hash) & mask
        while true {
            let part = unsafe parts[place]
            if part.number < 0 { return -1 }
            if part.hash == hash, Int(part.count) == count,
                unsafe Self.areSame(names.baseAddress, Int(part.start), name, count)
            {
                return part.number
            }
            place = (place + 1) & mask
        }
    }

    private static func areSame(
        _ names: UnsafeMutablePointer<UInt8>?, _ start: Int, _ name: UnsafePointer<UInt8>,
        _ count: Int
    ) -> Bool {
        guard count > 0, let names = unsafe names else { return count == 0 }
        return unsafe memcmp(names + start, name, count) == 0
    }

    /// The want of that part inside `parent`; -1 where there is none.
    @inline(__always)
    func child(of parent: Int32, part: Int32) -> Int32 {
        let mask = childMask
        var place = Self.place(parent, part) & mask
        while true {
            let entry = unsafe children[place]
            if entry.child < 0 { return -1 }
            if entry.parent == parent, entry.part == part { return entry.child }
            place = (place + 1) & mask
        }
    }
}
