/// A block of memory that only grows, for the scratch of the hot path; freed with its owner.
///
/// Not an `Array`: its elements are reached without bounds or uniqueness checks, which is why it
/// stays inside this module.
@safe
struct GrowingMemory<Element: Numeric & BitwiseCopyable>: ~Copyable {
    private(set) var pointer: UnsafeMutablePointer<Element>
    private(set) var capacity = 0
    // Why not an `Element?` to fill with: Swift 6.3.1 without optimisation then leaves out the
    // deinit, and every buffer leaks.
    private let isZeroed: Bool

    /// An empty block; where it is not zeroed, new elements are unspecified.
    init(zeroed: Bool = false) {
        unsafe pointer = .allocate(capacity: 1)
        isZeroed = zeroed
    }

    deinit { unsafe pointer.deallocate() }

    /// Makes room for at least `count` elements, and forgets those there are.
    ///
    /// Grows at least twofold, so that a stream of ever longer texts costs few growths.
    @inline(__always)
    mutating func reserve(_ count: Int) {
        if count > capacity { grow(count, keeping: 0) }
    }

    /// Makes room for at least `count` elements, and keeps the first `used` of those there are.
    @inline(__always)
    mutating func reserve(_ count: Int, keeping used: Int) {
        if count > capacity { grow(count, keeping: used) }
    }

    @inline(never)
    private mutating func grow(_ count: Int, keeping used: Int) {
        let grown = Swift.max(count, capacity * 2, 64)
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: grown)
        if isZeroed { unsafe larger.initialize(repeating: 0, count: grown) }
        if used > 0 { unsafe larger.update(from: pointer, count: Swift.min(used, capacity)) }
        unsafe pointer.deallocate()
        unsafe pointer = larger
        capacity = grown
    }
}
