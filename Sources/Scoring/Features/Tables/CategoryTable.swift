import Lifecycle

/// The categories of one column, and what finds them: open addressing, keys compared whole.
///
/// Immutable, shared by threads. A search allocates nothing.
@safe
final class CategoryTable: Sendable {
    private struct Slot {
        var hash: UInt64
        /// The category plus 1; 0: none.
        var entry: UInt32
    }

    // Why unsafe is sound: written in `init` alone, and freed when nobody has the table any more.
    nonisolated(unsafe) private let slots: UnsafeMutablePointer<Slot>
    nonisolated(unsafe) private let bytes: UnsafeMutablePointer<UInt8>
    nonisolated(unsafe) private let starts: UnsafeMutablePointer<UInt32>
    /// The code of each category, or one of `Answer`; made in `assign`, before anybody shares it.
    nonisolated(unsafe) private let codes: UnsafeMutablePointer<Int32>
    nonisolated(unsafe) private var unknown = Answer.unknown
    nonisolated(unsafe) private var missing = Answer.missing
    private let mask: Int
    private let count: Int

    /// What a value becomes where that is no code.
    enum Answer {
        /// No feature, or NaN.
        static let nothing = Int32.min
        /// An error: a value that is no category.
        static let unknown = Int32.min + 1
        /// An error: no value at all.
        static let missing = Int32.min + 2
    }

    /// How many categories a search passes at most: more are made to collide.
    private static let probesMax = 512

    /// - Throws: the position of a category that is there before.
    init(texts: [[UInt8]]) throws(Repeated) {
        count = texts.count
        unsafe codes = .allocate(capacity: max(1, texts.count))
        mask = Self.capacity(texts.count) - 1
        unsafe slots = .allocate(capacity: mask + 1)
        unsafe slots.initialize(repeating: Slot(hash: 0, entry: 0), count: mask + 1)
        unsafe bytes = .allocate(capacity: max(1, texts.reduce(0) { $0 + $1.count }))
        unsafe starts = .allocate(capacity: texts.count + 1)
        var end = 0
        for (index, text) in texts.enumerated() {
            unsafe starts[index] = UInt32(end)
            for byte in text {
                unsafe bytes[end] = byte
                end += 1
            }
        }
        unsafe starts[texts.count] = UInt32(end)
        for (index, text) in texts.enumerated() {
            let start = unsafe bytes + Int(starts[index])
            if unsafe find(start, text.count) != nil { throw Repeated(position: index) }
            let hash = unsafe Self.hash(start, text.count)
            try insert(index, hash: hash)
        }
    }

    init(numbers: [Double]) throws(Repeated) {
        count = numbers.count
        unsafe codes = .allocate(capacity: max(1, numbers.count))
        mask = Self.capacity(numbers.count) - 1
        unsafe slots = .allocate(capacity: mask + 1)
        unsafe slots.initialize(repeating: Slot(hash: 0, entry: 0), count: mask + 1)
        unsafe bytes = .allocate(capacity: 1)
        unsafe starts = .allocate(capacity: 1)
        for (index, number) in numbers.enumerated() {
            if find(number) != nil { throw Repeated(position: index) }
            try insert(index, hash: Self.hash(number))
        }
    }

    deinit {
        unsafe slots.deallocate()
        unsafe bytes.deallocate()
        unsafe starts.deallocate()
        unsafe codes.deallocate()
    }

    /// Says what each category becomes, and what stands for others; once, before the first search.
    ///
    /// - Precondition: there is a code for each category.
    func assign(
        _ codes: [Int?], unknown: CategoryColumn.Unknown, missing: CategoryColumn.Unknown
    ) {
        precondition(codes.count == count, "a code for each category")
        func answer(_ code: Int?) -> Int32 { code.map { Int32($0) } ?? Answer.nothing }
        for (index, code) in codes.enumerated() { unsafe self.codes[index] = answer(code) }
        if case .code(let code) = unknown { unsafe self.unknown = answer(code) }
        if case .code(let code) = missing { unsafe self.missing = answer(code) }
    }

    /// What a text becomes: a code, or one of `Answer`.
    @inline(__always)
    func code(of text: NamedText) -> Int32 {
        guard let start = unsafe text.start else { return unsafe missing }
        guard let index = unsafe find(start, text.count) else { return unsafe unknown }
        return unsafe codes[index]
    }

    /// The same of a number; NaN is a missing one.
    @inline(__always)
    func code(of number: Double) -> Int32 {
        if number.isNaN { return unsafe missing }
        guard let index = find(number) else { return unsafe unknown }
        return unsafe codes[index]
    }

    /// A category that is there twice, or that collides with hundreds.
    struct Repeated: Error {
        let position: Int
    }

    private static func capacity(_ count: Int) -> Int {
        var capacity = 4
        while capacity < 2 * count { capacity *= 2 }
        return capacity
    }

    private func insert(_ index: Int, hash: UInt64) throws(Repeated) {
        var slot = Int(truncatingIfNeeded: hash) & mask
        var probes = 0
        while unsafe slots[slot].entry != 0 {
            slot = (slot + 1) & mask
            probes += 1
            guard probes < Self.probesMax else { throw Repeated(position: index) }
        }
        unsafe slots[slot] = Slot(hash: hash, entry: UInt32(index + 1))
    }

    /// The category with these bytes; nil where there is none.
    @inline(__always)
    func find(_ text: UnsafePointer<UInt8>, _ count: Int) -> Int? {
        let hash = unsafe Self.hash(text, count)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let found = unsafe slots[slot]
            guard found.entry != 0 else { return nil }
            if found.hash == hash {
                let index = Int(found.entry) &- 1
                let start = unsafe Int(starts[index])
                if unsafe Int(starts[index &+ 1]) &- start == count,
                    unsafe Self.equal(bytes + start, text, count)
                {
                    return index
                }
            }
            slot = (slot &+ 1) & mask
        }
    }

    /// The category that equals `number`, which is not NaN.
    @inline(__always)
    func find(_ number: Double) -> Int? {
        // Of numbers the hash is a bijection: equal hashes are equal numbers.
        let hash = Self.hash(number)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let found = unsafe slots[slot]
            guard found.entry != 0 else { return nil }
            if found.hash == hash { return Int(found.entry) &- 1 }
            slot = (slot &+ 1) & mask
        }
    }

    @inline(__always)
    private static func equal(
        _ one: UnsafePointer<UInt8>, _ other: UnsafePointer<UInt8>, _ count: Int
    ) -> Bool {
        for position in 0..<count where unsafe one[position] != other[position] { return false }
        return true
    }

    @inline(__always)
    private static func mixed(_ bits: UInt64) -> UInt64 {
        let product = (bits ^ bits &>> 32) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product &>> 29
    }

    @inline(__always)
    private static func hash(_ number: Double) -> UInt64 {
        // -0 equals 0.
        mixed((number + 0).bitPattern)
    }

    @inline(__always)
    private static func hash(_ text: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        let raw = unsafe UnsafeRawPointer(text)
        var hash = UInt64(truncatingIfNeeded: count)
        var place = 0
        while count &- place > 8 {
            unsafe hash = mixed(
                hash ^ raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place &+= 8
        }
        let rest = count &- place
        var last: UInt64 = 0
        if rest >= 4 {
            // Overlapping where there are fewer than 8: the count tells them apart.
            let low = unsafe raw.loadUnaligned(fromByteOffset: place, as: UInt32.self)
            let high = unsafe raw.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
            last = UInt64(low) | UInt64(high) &<< 32
        } else {
            for position in place..<count { unsafe last = last &<< 8 | UInt64(text[position]) }
        }
        return mixed(mixed(hash) ^ last)
    }
}
