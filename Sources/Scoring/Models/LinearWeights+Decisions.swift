internal import CKernels

extension LinearWeights {
    /// Writes one decision a row; `decisions` has room for them.
    ///
    /// Allocates nothing. Features beyond those it has weights for weigh nothing.
    @inline(__always)
    func decide(
        _ scratch: borrowing FeatureScratch, into decisions: UnsafeMutablePointer<Double>
    ) {
        unsafe weights.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else {
                for row in 0..<rows { unsafe decisions[row] = intercepts[row] }
                return
            }
            if rows == 1 {
                unsafe decisions[0] = one(scratch, weights) + intercepts[0]
            } else {
                unsafe several(scratch, weights, into: decisions)
            }
        }
    }

    @inline(__always)
    private func one(
        _ scratch: borrowing FeatureScratch, _ weights: UnsafePointer<Double>
    ) -> Double {
        switch scratch.form {
        case .counted where scratch.space <= featureCount:
            return unsafe scratch.dot(weights)
        case .dense:
            let count = min(scratch.met, featureCount)
            return unsafe ckernels_sum(weights, scratch.values.pointer, count)
        case .counted, .sparse:
            let indices = unsafe scratch.indices.pointer
            let featureCount = UInt32(clamping: self.featureCount)
            var sum = 0.0
            for position in 0..<scratch.met {
                let index = unsafe indices[position]
                guard index < featureCount else { continue }
                unsafe sum += weights[Int(index)] * scratch.sparseValue(position)
            }
            return sum
        }
    }

    private func several(
        _ scratch: borrowing FeatureScratch, _ weights: UnsafePointer<Double>,
        into decisions: UnsafeMutablePointer<Double>
    ) {
        let rows = self.rows
        for row in 0..<rows { unsafe decisions[row] = 0 }
        let featureCount = self.featureCount
        for position in 0..<scratch.met {
            let index =
                scratch.form == .dense ? position : unsafe Int(scratch.indices.pointer[position])
            guard index < featureCount else { continue }
            let value =
                scratch.form == .dense
                ? unsafe scratch.values.pointer[position] : scratch.sparseValue(position)
            let column = unsafe weights + index * rows
            for row in 0..<rows { unsafe decisions[row] += column[row] * value }
        }
        for row in 0..<rows { unsafe decisions[row] += intercepts[row] }
    }
}
