extension Calibration {
    /// scikit-learn lets a probability be above 1 by so much, and takes it for 1.
    private static let excess = 1e-5

    /// Writes what is told of one input: one probability of `positive` for two classes, one a class
    /// for more.
    ///
    /// Allocates nothing.
    /// - Parameters:
    ///   - raw: the decisions of the members, one member after the other.
    ///   - told: room for as many as are told.
    ///   - work: room for one number a class.
    func tell(
        _ raw: UnsafePointer<Double>, classes: Int, positive: Int,
        into told: UnsafeMutablePointer<Double>, work: UnsafeMutablePointer<Double>
    ) {
        if classes == 2 {
            unsafe told[0] = mean(raw, positive: positive)
            return
        }
        for index in 0..<classes { unsafe told[index] = 0 }
        for member in 0..<members {
            unsafe probabilities(of: member, raw + member * classes, classes: classes, into: work)
            for index in 0..<classes { unsafe told[index] += work[index] }
        }
        for index in 0..<classes { unsafe told[index] /= Double(members) }
    }

    /// The mean probability of `positive` of two classes.
    ///
    /// scikit-learn compares the means of both classes, and rounding may make both larger or both
    /// smaller than a half: where a half as the threshold would say otherwise than that comparison,
    /// the probability is moved by one unit in the last place.
    private func mean(_ raw: UnsafePointer<Double>, positive: Int) -> Double {
        var first = 0.0
        var second = 0.0
        for member in 0..<members {
            let pair = unsafe probabilities(of: member, raw[member])
            first += Self.capped(pair.first)
            second += Self.capped(pair.second)
        }
        first /= Double(members)
        second /= Double(members)
        let threshold = Self.threshold(positive: positive)
        let (told, isPositive) =
            positive == 1 ? (second, second > first) : (first, !(second > first))
        guard told.isFinite, isPositive != (told > threshold) else { return told }
        return isPositive ? threshold.nextUp : threshold
    }

    /// Both classes' probabilities by one member, from its decision.
    func probabilities(
        of member: Int, _ decision: Double
    ) -> (first: Double, second: Double) {
        guard decision.isFinite else { return (.nan, .nan) }
        switch curves {
        case .sigmoid(let a, let b):
            let second = Exponential.logistic(-(a[member] * decision + b[member]))
            return (1 - second, second)
        case .isotonic(let tables):
            let second = tables.value(member, decision)
            return (1 - second, second)
        case .temperature(let beta):
            let scaled = beta[member] * decision
            let first = Exponential.exp(-scaled - scaled.magnitude)
            let second = Exponential.exp(scaled - scaled.magnitude)
            return (first / (first + second), second / (first + second))
        }
    }

    /// Writes what one member says of more than two classes.
    func probabilities(
        of member: Int, _ raw: UnsafePointer<Double>, classes: Int,
        into told: UnsafeMutablePointer<Double>
    ) {
        var areFinite = true
        for index in 0..<classes {
            areFinite = unsafe areFinite && raw[index].isFinite
            unsafe told[index] = raw[index]
        }
        guard areFinite else {
            for index in 0..<classes { unsafe told[index] = .nan }
            return
        }
        switch curves {
        case .sigmoid(let a, let b):
            for index in 0..<classes {
                let curve = member * classes + index
                unsafe told[index] = Exponential.logistic(-(a[curve] * raw[index] + b[curve]))
            }
            unsafe Normalization.divide(told, classes, evenWhereNone: true)
        case .isotonic(let tables):
            for index in 0..<classes {
                unsafe told[index] = tables.value(member * classes + index, raw[index])
            }
            unsafe Normalization.divide(told, classes, evenWhereNone: true)
        case .temperature(let beta):
            for index in 0..<classes { unsafe told[index] *= beta[member] }
            unsafe Normalization.softmax(told, classes)
        }
        for index in 0..<classes { unsafe told[index] = Self.capped(told[index]) }
    }

    private static func capped(_ probability: Double) -> Double {
        probability > 1 && probability <= 1 + excess ? 1 : probability
    }
}

/// How numbers of several classes become probabilities, in place.
enum Normalization {
    /// Divides by the sum; where that is 0, all become the same (`evenWhereNone`) or stay.
    @inline(__always)
    static func divide(
        _ numbers: UnsafeMutablePointer<Double>, _ count: Int, evenWhereNone: Bool
    ) {
        var sum = 0.0
        for index in 0..<count { unsafe sum += numbers[index] }
        if sum == 0 {
            guard evenWhereNone else { return }
            for index in 0..<count { unsafe numbers[index] = 1 / Double(count) }
            return
        }
        for index in 0..<count { unsafe numbers[index] /= sum }
    }

    /// scikit-learn's softmax: the largest is subtracted first, so that none is too large.
    @inline(__always)
    static func softmax(_ numbers: UnsafeMutablePointer<Double>, _ count: Int) {
        var largest = unsafe numbers[0]
        for index in 1..<max(1, count) where unsafe numbers[index] > largest {
            unsafe largest = numbers[index]
        }
        for index in 0..<count {
            unsafe numbers[index] = Exponential.exp(numbers[index] - largest)
        }
        unsafe divide(numbers, count, evenWhereNone: true)
    }
}
