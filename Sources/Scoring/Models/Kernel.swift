/// A kernel with its parameters, as LIBSVM and scikit-learn define them.
package enum Kernel: Sendable, Equatable {
    /// x·s
    case linear
    /// (gamma x·s + coef0)^degree, by repeated squaring as LIBSVM's `powi`.
    case polynomial(gamma: Double, coef0: Double, degree: Int)
    /// exp(-gamma |x - s|²)
    case rbf(gamma: Double)
    /// tanh(gamma x·s + coef0)
    case sigmoid(gamma: Double, coef0: Double)
}

extension Kernel {
    /// Whether it is a function of the distance, not of the product.
    var isRadial: Bool {
        if case .rbf = self { true } else { false }
    }

    /// Whether decisions are summed in the order of the file.
    ///
    /// Kernels without a bound cancel each other out by many digits, and another order of the sum
    /// then shows in a decision (by 2e-9 of it with the linear, 2e-7 with a cubic kernel). Added up
    /// as LIBSVM does, they are what it says to the last bit.
    var isSummedInOrder: Bool {
        switch self {
        case .linear, .polynomial: true
        case .rbf, .sigmoid: false
        }
    }

    /// The kernel's value, from a product or a squared distance, as LIBSVM writes it down.
    func plainValue(_ x: Double) -> Double {
        switch self {
        case .linear: return x
        case .rbf(let gamma): return Exponential.exp(-gamma * x)
        case .sigmoid(let gamma, let coef0): return Exponential.tanh(gamma * x + coef0)
        case .polynomial(let gamma, let coef0, let degree):
            var power = gamma * x + coef0
            var result = 1.0
            var left = degree
            while left > 0 {
                if left % 2 == 1 { result *= power }
                power *= power
                left /= 2
            }
            return result
        }
    }
}
