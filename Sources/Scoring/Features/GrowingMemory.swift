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
    mutating func reserve(_ count: Int) {
        guard count > capacity else { return }
        let grown = Swift.max(count, capacity * 2, 64)
        unsafe pointer.deallocate()
        unsafe pointer = .allocate(capacity: grown)
        if isZeroed { unsafe pointer.initialize(repeating: 0, count: grown) }
        capacity = grown
    }
}
