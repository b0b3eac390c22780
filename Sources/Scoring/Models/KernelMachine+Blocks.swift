internal import CKernels

/// Several inputs at a time: the support vectors, which may be more than the processor's caches
/// hold, are read once for all of them.
extension KernelMachine {
    /// How many inputs are decided together at most; 1 where that gains nothing: for hyperplanes,
    /// and for vectors with few features each, of which an input meets a part.
    ///
    /// So many that what they need takes no more than `numbersMax`.
    static func blockSize(
        of support: SupportVectors, kernel: Kernel, classes: Int, hyperplanes: LinearWeights?
    ) -> Int {
        guard hyperplanes == nil, case .dense(let vectors) = support, vectors.width > 0,
            vectors.count > 0
        else { return 1 }
        let values = isWeighedAtOnce(kernel, classes: classes) ? 0 : vectors.paddedCount
        return max(1, min(ScoreBlock.capacity, numbersMax / (vectors.width + values)))
    }

    /// 4 MiB of doubles.
    private static let numbersMax = 1 << 19

    /// Whether kernel values go into the one decision at once, and are stored nowhere.
    private static func isWeighedAtOnce(_ kernel: Kernel, classes: Int) -> Bool {
        kernel.isRadial && classes <= 2
    }

    /// Writes the features as `decide` takes them into `row`, which has room for the vectors'
    /// width, and gives the squares of the others.
    func put(
        _ features: borrowing FeatureVector, into row: UnsafeMutablePointer<Double>
    ) -> Double {
        let width = support.width
        if features.form == .dense, features.count >= width {
            unsafe row.update(from: features.values.pointer, count: width)
            return features.squares(from: width) + features.tailSquares
        }
        unsafe row.update(repeating: 0, count: width)
        return unsafe features.spread(into: row, width: width) + features.tailSquares
    }

    /// Writes the decisions of the inputs in the rows of `memory`, one input's behind the other's:
    /// to the last bit what `decide` writes of each alone.
    ///
    /// Allocates nothing once `memory` has grown.
    func decide(_ memory: inout BlockMemory) {
        guard case .dense(let vectors) = support else {
            preconditionFailure("inputs together for vectors that are not laid out for it")
        }
        let count = memory.rowCount
        memory.decisions.reserve(count * intercepts.count)
        let decisions = unsafe memory.decisions.pointer
        let inputs = unsafe ckernels_inputs(
            x: memory.rows.pointer, stride: vectors.width, tails: memory.tails.pointer,
            count: count)
        if case .rbf(let gamma) = kernel,
            Self.isWeighedAtOnce(kernel, classes: vectorCounts.count)
        {
            unsafe withUnsafePointer(to: inputs) { inputs in
                unsafe coefficients.withUnsafeBufferPointer { coefficients in
                    unsafe ckernels_rbf_sums(
                        vectors.memory.pointer, vectors.count, vectors.width, inputs, gamma,
                        coefficients.baseAddress, decisions)
                }
            }
            for row in 0..<count { unsafe decisions[row] = 0 + decisions[row] }
            unsafe addIntercepts(count, to: decisions)
            return
        }
        memory.values.reserve(count * vectors.paddedCount)
        let values = unsafe memory.values.pointer
        unsafe evaluate(vectors, inputs, into: values)
        unsafe combine(values, inputs: count, inOrder: kernel.isSummedInOrder, into: decisions)
    }
}
