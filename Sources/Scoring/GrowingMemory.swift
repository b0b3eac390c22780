/// A block of memory that only grows, for the scratch of the hot path; freed with its owner.
///
/// Not an `Array`: its elements are reached without bounds or uniqueness checks, which is why it
/// stays inside this module.
@safe
struct GrowingMemory<Element: BitwiseCopyable>: ~Copyable {
    private(set) var pointer: UnsafeMutablePointer<Element>
    private(set) var capacity = 0
    private let zeroed: Element?

    /// An empty block.
    ///
    /// With `zero`, every new element is that; otherwise it is unspecified.
    init(zero: Element? = nil) {
        unsafe pointer = .allocate(capacity: 1)
        zeroed = zero
    }

    deinit { unsafe pointer.deallocate() }

    /// Makes room for at least `count` elements, keeping the first `kept`.
    ///
    /// Grows at least twofold, so that a stream of ever longer texts costs few growths. With a
    /// `zero`, the elements that are not kept are that.
    mutating func reserve(_ count: Int, keeping kept: Int = 0) {
        guard count > capacity else { return }
        let grown = Swift.max(count, capacity * 2, 64)
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: grown)
        if let zeroed = zeroed { unsafe larger.initialize(repeating: zeroed, count: grown) }
        unsafe larger.update(from: pointer, count: Swift.min(kept, capacity))
        unsafe pointer.deallocate()
        unsafe pointer = larger
        capacity = grown
    }
}
