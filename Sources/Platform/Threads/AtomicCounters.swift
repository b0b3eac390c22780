import Synchronization

/// A fixed number of 64-bit counters that one thread writes and others read, without locks.
///
/// `@unchecked Sendable`: the memory is made once, holds atomics only, and goes with the value.
@safe
package final class AtomicCounters: @unchecked Sendable {
    package let count: Int
    private let storage: UnsafeMutablePointer<Atomic<Int64>>

    package init(count: Int, initial: Int64 = 0) {
        self.count = count
        unsafe storage = .allocate(capacity: count)
        for index in 0..<count {
            unsafe (storage + index).initialize(to: Atomic(initial))
        }
    }

    deinit {
        unsafe storage.deinitialize(count: count)
        unsafe storage.deallocate()
    }

    package subscript(index: Int) -> Int64 {
        get {
            precondition(index >= 0 && index < count)
            return unsafe storage[index].load(ordering: .relaxed)
        }
        set {
            precondition(index >= 0 && index < count)
            unsafe storage[index].store(newValue, ordering: .relaxed)
        }
    }

    /// Adds to one counter; for the thread that alone writes it.
    package func add(_ value: Int64, to index: Int) { self[index] &+= value }
}
