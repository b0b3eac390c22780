/// The forms `sparse` and `dense`: filling them, and turning one into another.
extension FeatureScratch {
    /// Readies the memory for one value a feature; the values there are unspecified.
    mutating func beginDense(features: Int) {
        form = .dense
        fault = nil
        tailSquares = 0
        space = features
        values.reserve(features)
        met = features
    }

    /// Readies the memory for at most `capacity` calls of `append`.
    mutating func beginSparse(features: Int, capacity: Int) {
        form = .sparse
        fault = nil
        tailSquares = 0
        space = features
        indices.reserve(capacity)
        values.reserve(capacity)
        met = 0
    }

    /// Adds a feature to the form `sparse`; no index comes twice.
    @inline(__always)
    mutating func append(_ index: UInt32, _ value: Double) {
        unsafe indices.pointer[met] = index
        unsafe values.pointer[met] = value
        met &+= 1
    }

    /// The input has no features, for this reason.
    mutating func refuse(_ fault: InputFault) {
        self.fault = fault
        tailSquares = 0
        met = 0
    }

    /// The sum of weight times value over the features of the forms `sparse` and `dense`.
    func dotValues(_ weights: UnsafePointer<Double>) -> Double {
        let indices = unsafe self.indices.pointer
        let values = unsafe self.values.pointer
        var sum = 0.0
        if form == .dense {
            for position in 0..<met { unsafe sum += values[position] * weights[position] }
        } else {
            for position in 0..<met {
                unsafe sum += values[position] * weights[Int(indices[position])]
            }
        }
        return sum
    }

    /// Counts become values.
    mutating func makeSparse() {
        guard form == .counted else { return }
        values.reserve(met)
        let values = unsafe self.values.pointer
        let counts = unsafe self.counts.pointer
        for position in 0..<met {
            unsafe values[position] = Double(counts[position]) / divisor
        }
        form = .sparse
    }

    /// One value for each feature of the space, 0 for those that were not met.
    mutating func makeDense() {
        makeSparse()
        guard form == .sparse else { return }
        spare.reserve(space)
        let dense = unsafe spare.pointer
        let indices = unsafe self.indices.pointer
        let values = unsafe self.values.pointer
        unsafe dense.update(repeating: 0, count: space)
        for position in 0..<met {
            unsafe dense[Int(indices[position])] = values[position]
        }
        swap(&self.values, &spare)
        form = .dense
        met = space
    }

    // MARK: - Unions

    /// Puts the features at hand beside those of the union's elements before it.
    mutating func collect(offset: Int) {
        makeSparse()
        let total = collected + met
        collectedIndices.reserve(total, keeping: collected)
        collectedValues.reserve(total, keeping: collected)
        let values = unsafe self.values.pointer
        let keptIndices = unsafe collectedIndices.pointer + collected
        let keptValues = unsafe collectedValues.pointer + collected
        unsafe keptValues.update(from: values, count: met)
        let first = UInt32(truncatingIfNeeded: offset)
        switch form {
        case .dense:
            for position in 0..<met {
                unsafe keptIndices[position] = first &+ UInt32(truncatingIfNeeded: position)
            }
        case .sparse, .counted:
            let indices = unsafe self.indices.pointer
            for position in 0..<met { unsafe keptIndices[position] = first &+ indices[position] }
        }
        collected = total
    }

    /// Makes what was collected since `mark` the features at hand.
    ///
    /// - Parameter isDense: every element gave all of its features.
    mutating func takeCollected(since mark: Int, features: Int, isDense: Bool, tail: Double) {
        let count = collected - mark
        if isDense {
            beginDense(features: features)
        } else {
            beginSparse(features: features, capacity: count)
            let kept = unsafe collectedIndices.pointer + mark
            unsafe indices.pointer.update(from: kept, count: count)
        }
        unsafe values.pointer.update(from: collectedValues.pointer + mark, count: count)
        met = count
        tailSquares = tail
        collected = mark
    }
}
