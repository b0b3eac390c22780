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
