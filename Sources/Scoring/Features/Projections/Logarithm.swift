/// The natural logarithm near 1, without the C library.
enum Logarithm {
    /// ln 2 in two parts; the first has few enough bits that its multiples are exact.
    private static let ln2High = 0x1.62e42fee00000p-1
    private static let ln2Low = 0x1.a39ef35793c76p-33

    /// ln(1 + x) within a few units in the last place; -infinity at -1, NaN below.
    static func log1p(_ x: Double) -> Double {
        if x.isNaN || x < -1 { return .nan }
        if x == -1 || x == .infinity { return x == -1 ? -.infinity : x }
        // Exact where 1 + x would lose digits.
        if x > -0.29, x < 0.41 { return doubleArtanh(x / (2 + x)) }
        let sum = 1 + x
        // What the sum lost, over the sum.
        let lost = (x >= 1 ? 1 - (sum - x) : x - (sum - 1)) / sum
        var exponent = Double(sum.exponent)
        var significand = sum.significand
        if significand > 1.414_213_562_373_095_1 {
            significand /= 2
            exponent += 1
        }
        let small = doubleArtanh((significand - 1) / (significand + 1)) + lost
        return exponent * ln2High + (small + exponent * ln2Low)
    }

    /// 2 artanh(f) for |f| < 0.172.
    private static func doubleArtanh(_ f: Double) -> Double {
        let square = f * f
        var sum = 0.0
        for odd in stride(from: 21.0, through: 3.0, by: -2) { sum = (sum + 1 / odd) * square }
        return 2 * f * sum + 2 * f
    }
}

extension Exponential {
    /// e to the power of `x`, less 1, within a few units in the last place.
    static func expm1(_ x: Double) -> Double {
        guard x.magnitude < 0.5 else { return exp(x) - 1 }
        let half = tanh(x / 2)
        return 2 * half / (1 - half)
    }
}

/// The cosine without the C library.
enum Cosine {
    /// pi / 2 in parts, of which the first two have few enough bits that multiples up to 2^20 are
    /// exact.
    private static let parts = (
        1.57079632673412561417e+00, 6.07710050630396597660e-11, 2.02226624879595063154e-21
    )

    /// cos(x), within 1e-15 for |x| up to a million, which is finer than the product that `x` is;
    /// NaN where `x` is not finite.
    static func of(_ x: Double) -> Double {
        guard x.magnitude < 1e15 else {
            return x.isFinite ? of(x.remainder(dividingBy: 2 * .pi)) : .nan
        }
        let quadrant = (x * (2 / .pi)).rounded()
        let rest = ((x - quadrant * parts.0) - quadrant * parts.1) - quadrant * parts.2
        switch Int(quadrant) & 3 {
        case 0: return cosine(rest)
        case 1: return -sine(rest)
        case 2: return -cosine(rest)
        default: return sine(rest)
        }
    }

    /// Of |x| <= pi / 4, with the coefficients of Sun's fdlibm (`k_cos.c`, `k_sin.c`).
    private static func cosine(_ x: Double) -> Double {
        let z = x * x
        var tail = -1.13596475577881948265e-11
        tail = tail * z + 2.08757232129817482790e-09
        tail = tail * z - 2.75573143513906633035e-07
        tail = tail * z + 2.48015872894767294178e-05
        tail = tail * z - 1.38888888888741095749e-03
        tail = tail * z + 4.16666666666666019037e-02
        let half = 0.5 * z
        let whole = 1 - half
        return whole + (((1 - whole) - half) + z * z * tail)
    }

    private static func sine(_ x: Double) -> Double {
        let z = x * x
        var tail = 1.58969099521155010221e-10
        tail = tail * z - 2.50507602534068634195e-08
        tail = tail * z + 2.75573137070700676789e-06
        tail = tail * z - 1.98412698298579493134e-04
        tail = tail * z + 8.33333333332248946124e-03
        tail = tail * z - 1.66666666666666324348e-01
        return x + x * z * tail
    }
}
