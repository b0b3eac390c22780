/// Shannon's entropy of counts, without the C library's logarithm.
enum Entropy {
    /// The entropy in bits a byte, of 256 counts that add up to `total`; 0 for none.
    ///
    /// log2(total) - sum(count * log2(count)) / total: the definition with one division. Within
    /// 1e-13 of it for every text.
    static func bits(_ counts: UnsafeMutablePointer<UInt32>, total: Int) -> Double {
        guard total > 1 else { return 0 }
        let table = CountLogarithms.shared
        var sums = (0.0, 0.0, 0.0, 0.0)
        var largest: UInt32 = 0
        if total < CountLogarithms.tabled {
            for value in stride(from: 0, to: 256, by: 4) {
                unsafe sums.0 += table.weighted(counts[value])
                unsafe sums.1 += table.weighted(counts[value + 1])
                unsafe sums.2 += table.weighted(counts[value + 2])
                unsafe sums.3 += table.weighted(counts[value + 3])
            }
            for value in 0..<256 { largest = unsafe max(largest, counts[value]) }
        } else {
            for value in 0..<256 {
                let count = unsafe counts[value]
                largest = max(largest, count)
                if count > 1 { sums.0 += Double(count) * BinaryLogarithm.of(Double(count)) }
            }
        }
        // Exactly 0, and not almost.
        guard largest < total else { return 0 }
        let sum = (sums.0 + sums.1) + (sums.2 + sums.3)
        let logarithm =
            total < CountLogarithms.tabled
            ? table.weighted(UInt32(truncatingIfNeeded: total)) / Double(total)
            : BinaryLogarithm.of(Double(total))
        return max(0, logarithm - sum / Double(total))
    }
}

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

/// log2 to the last few bits, without the C library.
enum BinaryLogarithm {
    /// log2 of a finite number above 0, within 4 units in the last place.
    static func of(_ number: Double) -> Double {
        var exponent = Int(number.exponent)
        var significand = number.significand
        // To [sqrt(1/2), sqrt(2)), so that no digits cancel near 1.
        if significand > 1.414_213_562_373_095_1 {
            significand /= 2
            exponent += 1
        }
        // ln(m) = 2 * artanh(f), |f| < 0.172: the first term left out is below 1e-18.
        let f = (significand - 1) / (significand + 1)
        let square = f * f
        var sum = 0.0
        for odd in stride(from: 21.0, through: 3.0, by: -2) { sum = (sum + 1 / odd) * square }
        let natural = 2 * f * sum + 2 * f
        return Double(exponent) + natural * 1.442_695_040_888_963_4
    }
}
