/// A fixed number of doubles at one address; freed with its owner.
@safe
final class NumberBlock {
    let values: UnsafeMutableBufferPointer<Double>

    init(count: Int) {
        unsafe values = .allocate(capacity: count)
        unsafe values.initialize(repeating: .nan)
    }

    deinit { unsafe values.deallocate() }
}
