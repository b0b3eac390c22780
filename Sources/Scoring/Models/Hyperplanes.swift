/// What a machine with the linear kernel comes down to.
enum Hyperplanes {
    /// One weight a feature and decision, each rounded once: what is left out of LIBSVM's result is
    /// its own rounding, so that the tolerance of kernel machines holds.
    ///
    /// Nil for other kernels, where a weight would be beyond a double, where the weights would
    /// be more than the vectors' own numbers, and where a few features make vectors that cancel
    /// each other out: LIBSVM's rounding would show then, and its sum costs little. Over many
    /// features, as of texts, the hyperplane stands for thousands of products.
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
        let planes = LinearWeights(weights: weights, intercepts: intercepts)
        if case .dense(let vectors) = support {
            let parts = (vectorCounts: vectorCounts, coefficients: coefficients)
            guard agrees(planes, vectors, parts) else { return nil }
        }
        return planes
    }

    /// Whether the planes say of some of the vectors what the sum in the order of the file says.
    private static func agrees(
        _ planes: LinearWeights, _ vectors: DenseVectors,
        _ parts: (vectorCounts: [Int], coefficients: [Double])
    ) -> Bool {
        let step = max(1, vectors.count / probes)
        for probe in stride(from: 0, to: vectors.count, by: step) {
            let x = vectors.row(probe)
            var sums = planes.intercepts.map { _ in 0.0 }
            unsafe x.withUnsafeBufferPointer { input in
                guard let first = input.baseAddress else { return }
                KernelMachine.forEachPart(vectorCounts: parts.vectorCounts) {
                    decision, coefficient, range in
                    for (position, vector) in range.enumerated() {
                        unsafe sums[decision] +=
                            parts.coefficients[coefficient + position]
                            * vectors.product(vector, first, skipsAbsent: false)
                    }
                }
            }
            for row in 0..<planes.rows {
                let plane = x.indices.reduce(planes.intercepts[row]) {
                    $0 + x[$1] * planes.weights[$1 * planes.rows + row]
                }
                let sum = sums[row] + planes.intercepts[row]
                guard (plane - sum).magnitude <= agreement * max(1, sum.magnitude) else {
                    return false
                }
            }
        }
        return true
    }

    /// How many vectors are tried as inputs.
    private static let probes = 16
    /// A tenth of what two decisions may differ by.
    private static let agreement = 1e-10
}
