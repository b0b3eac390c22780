/// What a machine with the linear kernel comes down to.
enum Hyperplanes {
    /// One weight a feature and decision, each rounded once: what is left out of LIBSVM's result is
    /// its own rounding, so that the tolerance of kernel machines holds.
    ///
    /// Nil for other kernels, where a weight would be beyond a double, and where the weights would
    /// be more than the vectors' own numbers.
    static func collapsed(
        kernel: Kernel, support: SupportVectors, vectorCounts: [Int], coefficients: [Double],
        intercepts: [Double]
    ) -> LinearWeights? {
        guard case .linear = kernel, support.width > 0 else { return nil }
        let rows = intercepts.count
        let numbers =
            switch support {
            case .dense(let vectors): vectors.width * vectors.count
            case .sparse(let vectors): vectors.values.count
            }
        guard rows * support.width <= max(numbers, 1 << 16) else { return nil }
        var sums = [CompensatedSum](repeating: CompensatedSum(), count: rows * support.width)
        KernelMachine.forEachPart(vectorCounts: vectorCounts) { decision, coefficient, vectors in
            for (position, vector) in vectors.enumerated() {
                let weight = coefficients[coefficient + position]
                support.forEach(vector) { feature, value in
                    sums[feature * rows + decision].addProduct(weight, value)
                }
            }
        }
        let weights = sums.map(\.value)
        guard weights.allSatisfy(\.isFinite) else { return nil }
        return LinearWeights(weights: weights, intercepts: intercepts)
    }
}
