/// count * log2(count) of small counts; made once.
@safe
final class CountLogarithms: Sendable {
    static let shared = CountLogarithms()
    /// Counts below it are in the table: 32 KiB, of which requests reach the beginning.
    static let tabled = 4_096

    nonisolated(unsafe) private let table: UnsafePointer<Double>

    private init() {
        let table = UnsafeMutablePointer<Double>.allocate(capacity: Self.tabled)
        for count in 0..<Self.tabled {
            let number = Double(count)
            unsafe (table + count).initialize(
                to: count < 2 ? 0 : number * BinaryLogarithm.of(number))
        }
        unsafe self.table = UnsafePointer(table)
    }

    deinit { unsafe table.deallocate() }

    /// - Precondition: `count` is below `tabled`.
    @inline(__always)
    func weighted(_ count: UInt32) -> Double { unsafe table[Int(count)] }
}
