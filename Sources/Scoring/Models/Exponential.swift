/// The exponential function in plain Swift: this room is free of the C library, and the same bits
/// on every machine are worth more here than the last half of a unit.
enum Exponential {
    private static let log2e = 1.442_695_040_888_963_4
    /// ln 2 in two parts; the first has few enough bits that its multiples are exact.
    private static let ln2High = 0x1.62e42fee00000p-1
    private static let ln2Low = 0x1.a39ef35793c76p-33

    /// Coefficients of r(1 + e^r)/(e^r - 1) in powers of r squared, for |r| <= ln 2 / 2, from the
    /// method of Sun's fdlibm (`e_exp.c`).
    private static let coefficients = (
        0x1.555555555553ep-3, -0x1.6c16c16bebd93p-9, 0x1.1566aaf25de2cp-14,
        -0x1.bbd41c5d26bf1p-20, 0x1.6376972bea4d0p-25
    )

    /// e to the power of `x`, within one unit in the last place.
    static func exp(_ x: Double) -> Double {
        if x.isNaN { return x }
        if x > 709.8 { return .infinity }
        if x < -745.2 { return 0 }
        let exponent = rounded(x * log2e)
        let k = Double(exponent)
        let high = x - k * ln2High
        let low = k * ln2Low
        let r = high - low
        let t = r * r
        let (p1, p2, p3, p4, p5) = coefficients
        let c = r - t * (p1 + t * (p2 + t * (p3 + t * (p4 + t * p5))))
        let y = 1 - ((low - (r * c) / (2 - c)) - high)
        // In two steps, so that neither scale overflows or vanishes.
        let half = exponent &>> 1
        return y * power(half) * power(exponent &- half)
    }

    /// The nearest whole number, of two as near the one further from 0; `x` is of some hundreds.
    ///
    /// Not `rounded()`, which is a call into the C library on processors without that instruction,
    /// and without a branch. Why not quite a half: the largest number below a half stays below 1.
    @inline(__always)
    private static func rounded(_ x: Double) -> Int {
        Int(x + Double(signOf: x, magnitudeOf: (0.5).nextDown))
    }

    /// 2 to a power that makes a normal number of it.
    @inline(__always)
    private static func power(_ exponent: Int) -> Double {
        Double(bitPattern: UInt64(truncatingIfNeeded: exponent &+ 1_023) &<< 52)
    }

    /// The hyperbolic tangent, within a few units in the last place.
    static func tanh(_ x: Double) -> Double {
        let size = x.magnitude
        if size > 0.5 {
            let result = 1 - 2 / (exp(2 * size) + 1)
            return x < 0 ? -result : result
        }
        if x.isNaN { return x }
        // Lambert's continued fraction; nothing of it is seen in a double after nine steps.
        let square = x * x
        var tail = 19.0
        for odd in stride(from: 17.0, through: 1, by: -2) { tail = odd + square / tail }
        return x / tail
    }

    /// 1 / (1 + e^-x), in the form that LIBLINEAR computes.
    static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
