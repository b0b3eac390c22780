import Lifecycle

/// The categories of one column: who owns what `CategorySearch` looks through.
///
/// Immutable, shared by threads.
@safe
final class CategoryTable: Sendable {
    // Why unsafe is sound: written in `init` and in `assign` alone, before anybody shares it, and
    // freed when nobody has the table any more.
    nonisolated(unsafe) private let slots: UnsafeMutablePointer<CategorySearch.Slot>
    nonisolated(unsafe) private let bytes: UnsafeMutablePointer<UInt8>
    nonisolated(unsafe) private let starts: UnsafeMutablePointer<UInt32>
    /// What finds a category's code; valid as long as the table lives.
    nonisolated(unsafe) private(set) var search: CategorySearch
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
    convenience init(texts: [[UInt8]]) throws(Repeated) {
        self.init(count: texts.count, bytes: texts.reduce(0) { $0 + $1.count })
        var end = 0
        for (index, text) in texts.enumerated() {
            unsafe starts[index] = UInt32(end)
            for byte in text {
                unsafe bytes[end] = byte
                end += 1
            }
        }
        unsafe search.longest = texts.reduce(0) { max($0, $1.count) }
        for (index, text) in texts.enumerated() {
            let start = unsafe UnsafePointer(bytes + Int(starts[index]))
            if unsafe search.find(start, text.count) != nil { throw Repeated(position: index) }
            let key = unsafe search.key(start, text.count)
            try insert(index, key, hash: unsafe CategorySearch.hash(key, start))
        }
    }

    convenience init(numbers: [Double]) throws(Repeated) {
        self.init(count: numbers.count, bytes: 0)
        for (index, number) in numbers.enumerated() {
            if unsafe search.find(number) != nil { throw Repeated(position: index) }
            let key = CategorySearch.key(number)
            try insert(index, key, hash: CategorySearch.hash(key))
        }
    }

    private init(count: Int, bytes byteCount: Int) {
        self.count = count
        let capacity = Self.capacity(count)
        // Half a cache line each, and none across two; one more, of zeros.
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: (capacity + 1) * MemoryLayout<CategorySearch.Slot>.stride, alignment: 64)
        unsafe slots = memory.bindMemory(to: CategorySearch.Slot.self, capacity: capacity + 1)
        unsafe slots.initialize(repeating: .none, count: capacity)
        unsafe (slots + capacity).initialize(to: .zero)
        unsafe bytes = .allocate(capacity: max(1, byteCount))
        unsafe starts = .allocate(capacity: count + 1)
        unsafe search = CategorySearch(
            slots: slots, zeros: UnsafeRawPointer(slots + capacity), bytes: bytes, starts: starts,
            mask: capacity - 1)
    }

    deinit {
        unsafe slots.deallocate()
        unsafe bytes.deallocate()
        unsafe starts.deallocate()
    }

    /// Says what each category becomes, and what stands for others; once, before the first search.
    ///
    /// - Precondition: there is a code for each category.
    func assign(
        _ codes: [Int?], unknown: CategoryColumn.Unknown, missing: CategoryColumn.Unknown
    ) {
        precondition(codes.count == count, "a code for each category")
        func answer(_ code: Int?) -> Int32 { code.map { Int32($0) } ?? Answer.nothing }
        for place in 0..<Self.capacity(count) where unsafe slots[place].entry != 0 {
            unsafe slots[place].code = answer(codes[Int(slots[place].entry) - 1])
        }
        if case .code(let code) = unknown { unsafe search.unknown = answer(code) }
        if case .code(let code) = missing { unsafe search.missing = answer(code) }
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

    private func insert(
        _ index: Int, _ key: CategorySearch.Key, hash: UInt64
    ) throws(Repeated) {
        let mask = Self.capacity(count) - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        var probes = 0
        while unsafe slots[slot].entry != 0 {
            slot = (slot + 1) & mask
            probes += 1
            guard probes < Self.probesMax else { throw Repeated(position: index) }
        }
        unsafe slots[slot] = CategorySearch.Slot(key: key, entry: UInt32(index + 1), code: 0)
    }
}
