internal import CKernels

/// Numbers that begin at a cache line, so that no vector of them lies in two; never changed.
///
/// `@unchecked Sendable`: `init` alone writes the memory, before anybody else has the object.
@safe
final class AlignedDoubles: @unchecked Sendable, Equatable {
    /// The bytes of a cache line.
    private static let alignment = 64

    let pointer: UnsafePointer<Double>
    let count: Int

    /// - Parameter fill: writes what is not 0.
    init(count: Int, _ fill: (UnsafeMutablePointer<Double>) -> Void) {
        let bytes = max(1, count) * MemoryLayout<Double>.stride
        let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Self.alignment)
        let doubles = unsafe raw.bindMemory(to: Double.self, capacity: max(1, count))
        unsafe doubles.initialize(repeating: 0, count: max(1, count))
        unsafe fill(doubles)
        unsafe pointer = UnsafePointer(doubles)
        self.count = count
    }

    deinit { unsafe UnsafeMutableRawPointer(mutating: pointer).deallocate() }

    static func == (one: AlignedDoubles, other: AlignedDoubles) -> Bool {
        guard one.count == other.count else { return false }
        for index in 0..<one.count where unsafe one.pointer[index] != other.pointer[index] {
            return false
        }
        return true
    }
}
