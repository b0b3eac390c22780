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
