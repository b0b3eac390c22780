/// What models read of the features.
extension FeatureVector {
    /// The sum of weight times value over all features.
    ///
    /// `weights` has one for each feature of the space. Four sums, because one would wait for
    /// itself; the order of the terms differs from LIBLINEAR's by less than the tolerance.
    @inline(__always)
    func dot(_ weights: UnsafePointer<Double>) -> Double {
        guard form == .counted else { return unsafe dotValues(weights) }
        let indices = unsafe self.indices.pointer
        let counts = unsafe self.counts.pointer
        var sums = (0.0, 0.0, 0.0, 0.0)
        let whole = count & ~3
        var position = 0
        while position < whole {
            unsafe sums.0 += Double(counts[position]) * weights[Int(indices[position])]
            unsafe sums.1 += Double(counts[position &+ 1]) * weights[Int(indices[position &+ 1])]
            unsafe sums.2 += Double(counts[position &+ 2]) * weights[Int(indices[position &+ 2])]
            unsafe sums.3 += Double(counts[position &+ 3]) * weights[Int(indices[position &+ 3])]
            position &+= 4
        }
        while position < count {
            unsafe sums.0 += Double(counts[position]) * weights[Int(indices[position])]
            position &+= 1
        }
        return ((sums.0 + sums.1) + (sums.2 + sums.3)) / divisor
    }

    /// A feature in the order of first appearance, normalised; `position` is below `count`.
    func feature(_ position: Int) -> Feature {
        precondition(position >= 0 && position < count, "no such feature")
        switch form {
        case .counted:
            let count = unsafe Double(counts.pointer[position])
            return unsafe Feature(index: Int(indices.pointer[position]), value: count / divisor)
        case .sparse:
            return unsafe Feature(
                index: Int(indices.pointer[position]), value: values.pointer[position])
        case .dense:
            return unsafe Feature(index: position, value: values.pointer[position])
        case .none: preconditionFailure("a feature of an input that has none")
        }
    }

    /// The sum of weight times value over the features of the forms `sparse` and `dense`.
    func dotValues(_ weights: UnsafePointer<Double>) -> Double {
        let indices = unsafe self.indices.pointer
        let values = unsafe self.values.pointer
        var sum = 0.0
        if form == .dense {
            for position in 0..<count { unsafe sum += values[position] * weights[position] }
        } else {
            for position in 0..<count {
                unsafe sum += values[position] * weights[Int(indices[position])]
            }
        }
        return sum
    }

    /// The index of a feature that is NaN or infinite, the first one met; nil where all are finite.
    ///
    /// Counts are whole numbers, and their divisor is finite, so that form needs no look.
    var firstNotFinite: Int? {
        guard form != .counted else { return nil }
        let values = unsafe self.values.pointer
        for position in 0..<count where unsafe !values[position].isFinite {
            return form == .dense ? position : unsafe Int(indices.pointer[position])
        }
        return nil
    }

    /// The value at `position`, which is below `count`, of a form with indices.
    @inline(__always)
    func sparseValue(_ position: Int) -> Double {
        form == .counted
            ? unsafe Double(counts.pointer[position]) / divisor : unsafe values.pointer[position]
    }

    /// Of the dense form: the sum of squares of the features from `first` on.
    @inline(__always)
    func squares(from first: Int) -> Double {
        var sum = 0.0
        for position in first..<max(first, count) {
            let value = unsafe values.pointer[position]
            sum += value * value
        }
        return sum
    }

    /// Writes each feature below `width` to its place in `x`, which is 0 elsewhere, and gives the
    /// sum of squares of the others.
    func spread(into x: UnsafeMutablePointer<Double>, width: Int) -> Double {
        var others = 0.0
        for position in 0..<count {
            let index = place(position)
            let value = form == .dense ? unsafe values.pointer[position] : sparseValue(position)
            if index < width {
                unsafe x[index] = value
            } else {
                others += value * value
            }
        }
        return others
    }

    /// Makes `x` 0 again where `spread` wrote.
    func clear(_ x: UnsafeMutablePointer<Double>, width: Int) {
        for position in 0..<count {
            let index = place(position)
            if index < width { unsafe x[index] = 0 }
        }
    }

    /// The sum of squares in `x` at the places where `spread` wrote.
    func knownSquares(_ x: UnsafeMutablePointer<Double>, width: Int) -> Double {
        var sum = 0.0
        for position in 0..<count {
            let index = place(position)
            if index < width { unsafe sum += x[index] * x[index] }
        }
        return sum
    }

    @inline(__always)
    private func place(_ position: Int) -> Int {
        form == .dense ? position : unsafe Int(indices.pointer[position])
    }
}
