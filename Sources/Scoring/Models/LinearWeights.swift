internal import CKernels

/// One hyperplane a decision.
package struct LinearWeights: Sendable, Equatable {
    /// Of feature `j` and decision `r` at `j * rows + r`: what a feature weighs lies side by side.
    package let weights: [Double]
    /// What is added to each decision; for LIBLINEAR the bias times its weight.
    package let intercepts: [Double]

    /// - Precondition: there is an intercept, and the weights are a multiple of the intercepts.
    package init(weights: [Double], intercepts: [Double]) {
        precondition(
            !intercepts.isEmpty && weights.count.isMultiple(of: intercepts.count),
            "weights and intercepts do not go together")
        self.weights = weights
        self.intercepts = intercepts
    }

    package var rows: Int { intercepts.count }
    package var featureCount: Int { weights.count / intercepts.count }
}

extension LinearWeights {
    /// The same hyperplanes with every decision's sign turned, to the last bit.
    func turned() -> LinearWeights {
        LinearWeights(weights: weights.map { -$0 }, intercepts: intercepts.map { -$0 })
    }
}

extension LinearWeights {
    /// Writes one decision a row; `decisions` has room for them.
    ///
    /// Allocates nothing. Features beyond those it has weights for weigh nothing.
    @inline(__always)
    func decide(
        _ features: borrowing FeatureVector, into decisions: UnsafeMutablePointer<Double>
    ) {
        unsafe weights.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else {
                for row in 0..<rows { unsafe decisions[row] = intercepts[row] }
                return
            }
            if rows == 1 {
                unsafe decisions[0] = one(features, weights) + intercepts[0]
            } else {
                unsafe several(features, weights, into: decisions)
            }
        }
    }

    @inline(__always)
    private func one(
        _ features: borrowing FeatureVector, _ weights: UnsafePointer<Double>
    ) -> Double {
        switch features.form {
        case .counted where features.space <= featureCount:
            return unsafe features.dot(weights)
        case .dense:
            let count = min(features.count, featureCount)
            return unsafe ckernels_sum(weights, features.values.pointer, count)
        case .none: return 0
        case .counted, .sparse:
            let indices = unsafe features.indices.pointer
            let featureCount = UInt32(clamping: self.featureCount)
            var sum = 0.0
            for position in 0..<features.count {
                let index = unsafe indices[position]
                guard index < featureCount else { continue }
                unsafe sum += weights[Int(index)] * features.sparseValue(position)
            }
            return sum
        }
    }

    private func several(
        _ features: borrowing FeatureVector, _ weights: UnsafePointer<Double>,
        into decisions: UnsafeMutablePointer<Double>
    ) {
        let rows = self.rows
        for row in 0..<rows { unsafe decisions[row] = 0 }
        let featureCount = self.featureCount
        for position in 0..<features.count {
            let index =
                features.form == .dense ? position : unsafe Int(features.indices.pointer[position])
            guard index < featureCount else { continue }
            let value =
                features.form == .dense
                ? unsafe features.values.pointer[position] : features.sparseValue(position)
            let column = unsafe weights + index * rows
            for row in 0..<rows { unsafe decisions[row] += column[row] * value }
        }
        for row in 0..<rows { unsafe decisions[row] += intercepts[row] }
    }
}
