/// Support vectors, what they weigh, and the kernel between them and an input.
package struct KernelMachine: Sendable, Equatable {
    package let kernel: Kernel
    /// How many features a support vector has.
    package let featureCount: Int
    /// Row-major: vector `v`'s feature `j` at `v * featureCount + j`.
    package let vectors: [Double]
    /// How many vectors each class has, in the model's order; one number where there are none.
    package let vectorCounts: [Int]
    /// LIBSVM's `sv_coef`, row-major, one row (a value a vector) for two classes and less, else
    /// one row less than classes.
    package let coefficients: [Double]
    /// What is added to each decision (LIBSVM's rho, negated).
    package let intercepts: [Double]

    package init(
        kernel: Kernel, featureCount: Int, vectors: [Double], vectorCounts: [Int],
        coefficients: [Double], intercepts: [Double]
    ) {
        self.kernel = kernel
        self.featureCount = featureCount
        self.vectors = vectors
        self.vectorCounts = vectorCounts
        self.coefficients = coefficients
        self.intercepts = intercepts
    }

    package var vectorCount: Int { vectorCounts.reduce(0, +) }
}
