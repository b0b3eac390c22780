/// Products and distances of one support vector, by the formula: features ascending, one sum.
extension DenseVectors {
    func product(_ vector: Int, _ x: UnsafePointer<Double>, skipsAbsent: Bool) -> Double {
        let (first, step) = unsafe places(vector)
        var sum = 0.0
        for feature in 0..<width {
            let value = unsafe first[feature * step]
            // An absent feature is +0, a zero that the file has is -0.
            if skipsAbsent && value.bitPattern == 0 { continue }
            unsafe sum += x[feature] * value
        }
        return sum
    }

    func distance(_ vector: Int, _ x: UnsafePointer<Double>) -> Double {
        let (first, step) = unsafe places(vector)
        var sum = 0.0
        for feature in 0..<width {
            let difference = unsafe x[feature] - first[feature * step]
            sum += difference * difference
        }
        return sum
    }
}

extension SparseVectors {
    @inline(__always)
    func product(_ vector: Int, _ x: UnsafeMutablePointer<Double>) -> Double {
        var sum = 0.0
        forEach(vector) { feature, value in unsafe sum += x[feature] * value }
        return sum
    }

    /// The distance with one look at each feature of the vector: what is left of the input's
    /// `squares` is the difference of two sums, and as exact as those.
    @inline(__always)
    func nearDistance(
        _ vector: Int, _ x: UnsafeMutablePointer<Double>, squares: Double
    ) -> Double {
        var sum = 0.0
        var shared = 0.0
        forEach(vector) { feature, value in
            let other = unsafe x[feature]
            sum += (other - value) * (other - value)
            shared += other * other
        }
        return sum + max(0, squares - shared)
    }

    /// The distance with no difference of sums; for inputs of any size, infinite ones too.
    ///
    /// - Parameter saved: room for the longest vector.
    func distance(
        _ vector: Int, _ x: UnsafeMutablePointer<Double>, _ features: borrowing FeatureVector,
        saved: UnsafeMutablePointer<Double>
    ) -> Double {
        var sum = 0.0
        var position = 0
        forEach(vector) { feature, value in
            let other = unsafe x[feature]
            sum += (other - value) * (other - value)
            unsafe saved[position] = other
            unsafe x[feature] = 0
            position += 1
        }
        unsafe sum += features.knownSquares(x, width: width)
        position = 0
        forEach(vector) { feature, _ in
            unsafe x[feature] = saved[position]
            position += 1
        }
        return sum
    }

    @inline(__always)
    private func forEach(_ vector: Int, _ body: (Int, Double) -> Void) {
        unsafe starts.withUnsafeBufferPointer { starts in
            unsafe indices.withUnsafeBufferPointer { indices in
                unsafe values.withUnsafeBufferPointer { values in
                    for place in unsafe starts[vector]..<starts[vector + 1] {
                        unsafe body(Int(indices[place]), values[place])
                    }
                }
            }
        }
    }
}
