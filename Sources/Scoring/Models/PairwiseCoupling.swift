/// From probabilities of pairs to those of classes, step by step as LIBSVM: the rounds stop early,
/// and where they stop is part of the result.
enum PairwiseCoupling {
    /// LIBSVM's `min_prob`.
    private static let least = 1e-7

    /// The probability of the first of two classes, from the pair's decision.
    static func clipped(_ decision: Double, a: Double, b: Double) -> Double {
        let x = decision * a + b
        // As LIBSVM: no difference of numbers close to 1.
        let p =
            x >= 0
            ? Exponential.exp(-x) / (1 + Exponential.exp(-x)) : 1 / (1 + Exponential.exp(x))
        // The comparisons of LIBSVM's `min` and `max`, which let NaN pass.
        let lower = p < least ? least : p
        return lower > 1 - least ? 1 - least : lower
    }

    /// Writes the classes' probabilities into `memory`: LIBSVM's `multiclass_probability`, which
    /// is the second method of Wu, Lin and Weng (2004).
    ///
    /// - Parameter pairs: the probability of the first class of a pair, (0,1), (0,2) … (1,2) ….
    static func couple(
        _ memory: inout ScoreMemory, classes: Int, pairs: (Int) -> Double
    ) {
        memory.probabilities.reserve(classes)
        memory.probabilityCount = classes
        memory.work.reserve(2 * classes * classes + classes)
        let p = unsafe memory.probabilities.pointer
        let r = unsafe memory.work.pointer
        let q = unsafe r + classes * classes
        let qp = unsafe q + classes * classes
        var pair = 0
        for first in 0..<classes {
            for second in (first + 1)..<max(first + 1, classes) {
                let probability = pairs(pair)
                unsafe r[first * classes + second] = probability
                unsafe r[second * classes + first] = 1 - probability
                pair += 1
            }
        }
        unsafe fill(q, from: r, classes)
        unsafe p.update(repeating: 1 / Double(classes), count: classes)
        for _ in 0..<max(100, classes) {
            guard unsafe improve(p, q, qp, classes) else { return }
        }
    }

    private static func fill(
        _ q: UnsafeMutablePointer<Double>, from r: UnsafeMutablePointer<Double>, _ classes: Int
    ) {
        for t in 0..<classes {
            var diagonal = 0.0
            for j in 0..<classes where j != t {
                let back = unsafe r[j * classes + t]
                diagonal += back * back
                unsafe q[t * classes + j] =
                    j < t ? q[j * classes + t] : -back * r[t * classes + j]
            }
            unsafe q[t * classes + t] = diagonal
        }
    }

    /// One round; false where the probabilities are good enough, and were left as they are.
    private static func improve(
        _ p: UnsafeMutablePointer<Double>, _ q: UnsafeMutablePointer<Double>,
        _ qp: UnsafeMutablePointer<Double>, _ classes: Int
    ) -> Bool {
        var pqp = 0.0
        for t in 0..<classes {
            var sum = 0.0
            for j in 0..<classes { unsafe sum += q[t * classes + j] * p[j] }
            unsafe qp[t] = sum
            unsafe pqp += p[t] * sum
        }
        var largest = 0.0
        for t in 0..<classes {
            let error = unsafe (qp[t] - pqp).magnitude
            if error > largest { largest = error }
        }
        if largest < 0.005 / Double(classes) { return false }
        for t in 0..<classes {
            let own = unsafe q[t * classes + t]
            let difference = unsafe (-qp[t] + pqp) / own
            unsafe p[t] += difference
            unsafe pqp =
                (pqp + difference * (difference * own + 2 * qp[t])) / (1 + difference)
                / (1 + difference)
            for j in 0..<classes {
                unsafe qp[j] = (qp[j] + difference * q[t * classes + j]) / (1 + difference)
                unsafe p[j] /= 1 + difference
            }
        }
        return true
    }
}
