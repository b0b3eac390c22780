/// What looks through the categories of a column: open addressing, keys compared whole.
///
/// Plain numbers and addresses, so that nobody counts references for a record; valid as long as the
/// `CategoryTable` lives that it is of. A search allocates nothing.
@safe
struct CategorySearch: BitwiseCopyable {
    /// The first and the last 8 bytes of a text, which may overlap, and its length: a text of up to
    /// 16 bytes is all in it.
    struct Key: BitwiseCopyable {
        var low: UInt64
        var high: UInt64
        var count: UInt32
    }

    /// A category: half a cache line.
    struct Slot: BitwiseCopyable {
        var key: Key
        /// The category plus 1; 0: none.
        var entry: UInt32
        /// What it becomes, or one of `CategoryTable.Answer`.
        var code: Int32

        /// No category: no text is as long.
        static let none = Slot(key: Key(low: 0, high: 0, count: .max), entry: 0, code: 0)
        static let zero = Slot(key: Key(low: 0, high: 0, count: 0), entry: 0, code: 0)
    }

    private let slots: UnsafePointer<Slot>
    /// Where 8 bytes of zeros stand.
    private let zeros: UnsafeRawPointer
    /// The categories' bytes, and where each begins.
    private let bytes: UnsafePointer<UInt8>
    private let starts: UnsafePointer<UInt32>
    private let mask: Int
    /// The length of the longest category.
    var longest = 0
    /// What a value becomes that is no category, and what one that is not there.
    var unknown = CategoryTable.Answer.unknown
    var missing = CategoryTable.Answer.missing

    /// - Parameter mask: one less than the slots, whose number is a power of two.
    init(
        slots: UnsafePointer<Slot>, zeros: UnsafeRawPointer, bytes: UnsafePointer<UInt8>,
        starts: UnsafePointer<UInt32>, mask: Int
    ) {
        unsafe self.slots = unsafe slots
        unsafe self.zeros = unsafe zeros
        unsafe self.bytes = unsafe bytes
        unsafe self.starts = unsafe starts
        self.mask = mask
    }

    /// What a text becomes: a code, or one of `CategoryTable.Answer`.
    @inline(__always)
    func code(of text: NamedText) -> Int32 {
        guard let start = unsafe text.start else { return missing }
        let slot =
            text.count <= 16
            ? unsafe shortSlot(of: start, text.count) : unsafe longSlot(of: start, text.count)
        guard let slot else { return unknown }
        return unsafe slots[slot].code
    }

    /// The same of a number; NaN is a missing one.
    @inline(__always)
    func code(of number: Double) -> Int32 {
        if number.isNaN { return missing }
        guard let slot = slot(of: number) else { return unknown }
        return unsafe slots[slot].code
    }

    /// The category with these bytes; nil where there is none.
    func find(_ text: UnsafePointer<UInt8>, _ count: Int) -> Int? {
        unsafe slot(of: text, count).map { unsafe Int(slots[$0].entry) - 1 }
    }

    /// The category that equals `number`, which is not NaN.
    func find(_ number: Double) -> Int? {
        slot(of: number).map { unsafe Int(slots[$0].entry) - 1 }
    }

    // MARK: - Keys

    @inline(__always)
    func key(_ text: UnsafePointer<UInt8>, _ count: Int) -> Key {
        let raw = unsafe UnsafeRawPointer(text)
        let length = UInt32(truncatingIfNeeded: count)
        if count >= 8 {
            return unsafe Key(
                low: raw.loadUnaligned(as: UInt64.self),
                high: raw.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self),
                count: length)
        }
        // Without a branch: how short a text is changes from record to record.
        let four = unsafe (count & 4 != 0 ? raw : zeros).loadUnaligned(as: UInt32.self)
        let two = unsafe (count & 2 != 0 ? raw + (count & 4) : zeros)
            .loadUnaligned(as: UInt16.self)
        let one = unsafe (count & 1 != 0 ? raw + (count & 6) : zeros).load(as: UInt8.self)
        let low =
            UInt64(four) | UInt64(two) &<< UInt64(8 &* (count & 4))
            | UInt64(one) &<< UInt64(8 &* (count & 6))
        return Key(low: low, high: 0, count: length)
    }

    @inline(__always)
    static func key(_ number: Double) -> Key {
        // -0 equals 0.
        Key(low: (number + 0).bitPattern, high: 0, count: 8)
    }

    @inline(__always)
    static func hash(_ key: Key) -> UInt64 {
        folded(
            key.low ^ 0x9E37_79B9_7F4A_7C15,
            key.high ^ UInt64(key.count) &* 0xD6E8_FEB8_6659_FD93 ^ 0xA076_1D64_78BD_642F)
    }

    /// The same of a text, with all that the key leaves out.
    @inline(__always)
    static func hash(_ key: Key, _ text: UnsafePointer<UInt8>) -> UInt64 {
        let hash = hash(key)
        return key.count <= 16 ? hash : unsafe longHash(hash, text, Int(key.count))
    }

    private static func longHash(
        _ begun: UInt64, _ text: UnsafePointer<UInt8>, _ count: Int
    ) -> UInt64 {
        let raw = unsafe UnsafeRawPointer(text)
        var hash = begun
        var place = 8
        while place < count &- 8 {
            unsafe hash = folded(
                hash ^ raw.loadUnaligned(fromByteOffset: place, as: UInt64.self),
                0xE703_7ED1_A0B4_28DB)
            place &+= 8
        }
        return hash
    }

    @inline(__always)
    private static func folded(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: other)
        return product.high ^ product.low
    }

    // MARK: - Searching

    private func slot(of text: UnsafePointer<UInt8>, _ count: Int) -> Int? {
        count <= 16 ? unsafe shortSlot(of: text, count) : unsafe longSlot(of: text, count)
    }

    /// Where the category is that is a text of at most 16 bytes.
    @inline(__always)
    private func shortSlot(of text: UnsafePointer<UInt8>, _ count: Int) -> Int? {
        let key = unsafe key(text, count)
        return slot(of: key, hash: Self.hash(key))
    }

    @inline(__always)
    private func slot(of key: Key, hash: UInt64) -> Int? {
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            if unsafe isEqual(slots + slot, key) { return slot }
            guard unsafe slots[slot].entry != 0 else { return nil }
            slot = (slot &+ 1) & mask
        }
    }

    // Out of the way of the short ones.
    @inline(never)
    private func longSlot(of text: UnsafePointer<UInt8>, _ count: Int) -> Int? {
        guard count <= longest else { return nil }
        let key = unsafe key(text, count)
        var slot = unsafe Int(truncatingIfNeeded: Self.hash(key, text)) & mask
        while true {
            if unsafe isEqual(slots + slot, key) && isSame(text, count, slot) { return slot }
            guard unsafe slots[slot].entry != 0 else { return nil }
            slot = (slot &+ 1) & mask
        }
    }

    @inline(__always)
    private func slot(of number: Double) -> Int? {
        let key = Self.key(number)
        return slot(of: key, hash: Self.hash(key))
    }

    @inline(__always)
    private func isEqual(_ slot: UnsafePointer<Slot>, _ key: Key) -> Bool {
        let own = unsafe slot.pointee.key
        return (own.low ^ key.low) | (own.high ^ key.high) | UInt64(own.count ^ key.count) == 0
    }

    /// Whether a text of more than 16 bytes is the category of the slot, whose key it has.
    private func isSame(_ text: UnsafePointer<UInt8>, _ count: Int, _ slot: Int) -> Bool {
        let own = unsafe bytes + Int(starts[Int(slots[slot].entry) &- 1])
        for place in 8..<count &- 8 where unsafe own[place] != text[place] { return false }
        return true
    }
}
