extension FeatureScratch {
    /// The index of a feature that is NaN or infinite, the first one met; nil where all are finite.
    ///
    /// Counts are whole numbers, and their divisor is finite, so that form needs no look.
    var firstNotFinite: Int? {
        guard form != .counted else { return nil }
        let values = unsafe self.values.pointer
        for position in 0..<met where unsafe !values[position].isFinite {
            return form == .dense ? position : unsafe Int(indices.pointer[position])
        }
        return nil
    }

    /// The value at `position`, which is below `met`, of a form with indices.
    @inline(__always)
    func sparseValue(_ position: Int) -> Double {
        form == .counted
            ? unsafe Double(counts.pointer[position]) / divisor : unsafe values.pointer[position]
    }
}

extension FeatureScratch {
    /// Of the dense form: the sum of squares of the features from `first` on.
    @inline(__always)
    func squares(from first: Int) -> Double {
        var sum = 0.0
        for position in first..<max(first, met) {
            let value = unsafe values.pointer[position]
            sum += value * value
        }
        return sum
    }

    /// Writes each feature below `width` to its place in `x`, which is 0 elsewhere, and gives the
    /// sum of squares of the others.
    func spread(into x: UnsafeMutablePointer<Double>, width: Int) -> Double {
        var others = 0.0
        for position in 0..<met {
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
        for position in 0..<met {
            let index = place(position)
            if index < width { unsafe x[index] = 0 }
        }
    }

    /// The sum of squares in `x` at the places where `spread` wrote.
    func knownSquares(_ x: UnsafeMutablePointer<Double>, width: Int) -> Double {
        var sum = 0.0
        for position in 0..<met {
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
