/// Support vectors with few features each, one after the other.
package struct SparseVectors: Sendable, Equatable {
    /// One more than the largest feature index; 0 where no vector has a feature.
    package let width: Int
    /// Where each vector begins in `indices` and `values`, and the end of the last.
    package let starts: [Int]
    /// Counted from 0, ascending within a vector.
    package let indices: [UInt32]
    package let values: [Double]

    /// - Precondition: `starts` begins with 0, ascends, and ends with the count of the values;
    ///   indices ascend within each vector.
    package init(starts: [Int], indices: [UInt32], values: [Double]) {
        precondition(
            starts.first == 0 && starts.last == values.count && indices.count == values.count,
            "rows and values do not go together")
        for row in 1..<max(1, starts.count) {
            precondition(starts[row - 1] <= starts[row], "rows out of order")
            for place in starts[row - 1]..<max(starts[row - 1], starts[row] - 1) {
                precondition(indices[place] < indices[place + 1], "indices out of order")
            }
        }
        width = indices.max().map { Int($0) + 1 } ?? 0
        self.starts = starts
        self.indices = indices
        self.values = values
    }

    package var count: Int { starts.count - 1 }

    /// The most features that one vector has.
    var longest: Int {
        (0..<count).reduce(0) { max($0, starts[$1 + 1] - starts[$1]) }
    }
}

/// Products and distances of one support vector, by the formula: features ascending, one sum.
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
