internal import CKernels

extension KernelMachine {
    /// Writes the decisions, one a pair of classes; `decisions` has room for them.
    ///
    /// The kernel values stay in `memory`, except where hyperplanes stand for them. Allocates
    /// nothing once `memory` has grown.
    /// - Parameter plainly: every kernel value by its formula, one after the other.
    func decide(
        _ features: borrowing FeatureVector, _ memory: inout ScoreMemory, plainly: Bool,
        into decisions: UnsafeMutablePointer<Double>
    ) {
        // Why: 0 times infinity is NaN, and whether that is added is the formula's affair.
        let byFormula = plainly || (!kernel.isRadial && features.firstNotFinite != nil)
        if let hyperplanes, !byFormula {
            unsafe hyperplanes.decide(features, into: decisions)
            return
        }
        memory.kernelValues.reserve(support.paddedCount)
        let values = unsafe memory.kernelValues.pointer
        let width = support.width
        if case .dense(let vectors) = support, features.form == .dense, features.count >= width {
            let tail = features.squares(from: width) + features.tailSquares
            unsafe evaluate(vectors, features.values.pointer, tail, byFormula, into: values)
        } else {
            memory.input.reserve(max(1, width))
            let x = unsafe memory.input.pointer
            let tail = unsafe features.spread(into: x, width: width) + features.tailSquares
            switch support {
            case .dense(let vectors):
                unsafe evaluate(vectors, x, tail, byFormula, into: values)
            case .sparse(let vectors):
                memory.work.reserve(max(1, vectors.longest))
                unsafe evaluate(
                    vectors, x, features, tail, byFormula, saved: memory.work.pointer, into: values)
            }
            unsafe features.clear(x, width: width)
        }
        unsafe combine(
            values, inputs: 1, inOrder: byFormula || kernel.isSummedInOrder, into: decisions)
    }

    private func evaluate(
        _ vectors: DenseVectors, _ x: UnsafePointer<Double>, _ tail: Double, _ byFormula: Bool,
        into values: UnsafeMutablePointer<Double>
    ) {
        if byFormula {
            for vector in 0..<vectors.count {
                unsafe values[vector] =
                    kernel.isRadial
                    ? vectors.distance(vector, x) + tail
                    : vectors.product(vector, x, skipsAbsent: skipsAbsent)
            }
            unsafe finish(values, vectors.count, byFormula: true)
        } else {
            unsafe withUnsafePointer(to: tail) { tail in
                let input = unsafe ckernels_inputs(
                    x: x, stride: vectors.width, tails: tail, count: 1)
                unsafe evaluate(vectors, input, into: values)
            }
        }
    }

    /// Writes the kernel values of some inputs, those of each behind those of the one before.
    func evaluate(
        _ vectors: DenseVectors, _ inputs: ckernels_inputs,
        into values: UnsafeMutablePointer<Double>
    ) {
        unsafe withUnsafePointer(to: inputs) { given in
            if case .rbf(let gamma) = kernel {
                unsafe ckernels_rbf(
                    vectors.memory.pointer, vectors.blocks, vectors.width, given, gamma, values)
            } else {
                unsafe ckernels_products(
                    vectors.memory.pointer, vectors.blocks, vectors.width, given, values)
                unsafe finish(values, inputs.count * vectors.paddedCount, byFormula: false)
            }
        }
    }

    private func evaluate(
        _ vectors: SparseVectors, _ x: UnsafeMutablePointer<Double>,
        _ features: borrowing FeatureVector, _ tail: Double, _ byFormula: Bool,
        saved: UnsafeMutablePointer<Double>, into values: UnsafeMutablePointer<Double>
    ) {
        let padded = support.paddedCount
        for position in vectors.count..<padded { unsafe values[position] = 0 }
        switch kernel {
        case .rbf(let gamma):
            let squares = unsafe features.knownSquares(x, width: vectors.width)
            // Why 50: a difference of sums is off by about 4e-16 of them, so that the exponent
            // is off by 2e-14; beyond, and for infinities, squares are added one by one.
            let isNear = gamma.magnitude * squares <= 50 && !byFormula
            for vector in 0..<vectors.count {
                unsafe values[vector] =
                    (isNear
                        ? vectors.nearDistance(vector, x, squares: squares)
                        : vectors.distance(vector, x, features, saved: saved)) + tail
            }
        case .linear, .polynomial, .sigmoid:
            for vector in 0..<vectors.count {
                unsafe values[vector] = vectors.product(vector, x)
            }
        }
        unsafe finish(values, byFormula ? vectors.count : padded, byFormula: byFormula)
    }

    /// Makes kernel values of products or squared distances.
    private func finish(
        _ values: UnsafeMutablePointer<Double>, _ count: Int, byFormula: Bool
    ) {
        if byFormula {
            for position in 0..<count {
                unsafe values[position] = kernel.plainValue(values[position])
            }
            return
        }
        switch kernel {
        case .linear: return
        case .rbf(let gamma):
            unsafe ckernels_exponentials(values, count, gamma)
        case .sigmoid(let gamma, let coef0):
            unsafe ckernels_tangents(values, count, gamma, coef0)
        case .polynomial(let gamma, let coef0, let degree):
            unsafe ckernels_powers(values, count, gamma, coef0, Int32(clamping: degree))
        }
    }

    /// Weighs the kernel values of some inputs; one after the other where `inOrder`.
    ///
    /// Of each input they stand `support.paddedCount` apart, and its decisions one behind the
    /// other. Coefficients are read once for all.
    func combine(
        _ values: UnsafeMutablePointer<Double>, inputs: Int, inOrder: Bool,
        into decisions: UnsafeMutablePointer<Double>
    ) {
        let told = intercepts.count
        let stride = support.paddedCount
        unsafe decisions.update(repeating: 0, count: inputs * told)
        unsafe coefficients.withUnsafeBufferPointer { coefficients in
            guard let first = coefficients.baseAddress else { return }
            forEachPart { decision, coefficient, vectors in
                let weights = unsafe first + coefficient
                let weighed = unsafe values + vectors.lowerBound
                if inOrder {
                    unsafe ckernels_ordered_sums(
                        weights, vectors.count, weighed, stride, inputs, decisions + decision, told)
                    return
                }
                for input in 0..<inputs {
                    unsafe decisions[input * told + decision] += ckernels_sum(
                        weights, weighed + input * stride, vectors.count)
                }
            }
        }
        unsafe addIntercepts(inputs, to: decisions)
    }

    func addIntercepts(_ inputs: Int, to decisions: UnsafeMutablePointer<Double>) {
        var place = 0
        for _ in 0..<inputs {
            for intercept in intercepts {
                unsafe decisions[place] += intercept
                place += 1
            }
        }
    }

    /// The sum of |coefficient times kernel value| for each decision, of the values last written
    /// into `memory`; allocates.
    func magnitudes(_ memory: borrowing ScoreMemory) -> [Double] {
        var sums = [Double](repeating: 0, count: intercepts.count)
        let values = unsafe memory.kernelValues.pointer
        forEachPart { decision, coefficient, vectors in
            for (position, vector) in vectors.enumerated() {
                unsafe sums[decision] +=
                    (coefficients[coefficient + position] * values[vector]).magnitude
            }
        }
        return sums
    }
}
