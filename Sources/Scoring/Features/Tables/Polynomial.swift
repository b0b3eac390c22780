import Lifecycle

/// scikit-learn's `PolynomialFeatures` up to degree 2.
package struct Polynomial: Sendable, Equatable {
    package let inputCount: Int
    package let degrees: ClosedRange<Int>
    /// Without squares.
    package let interactionOnly: Bool
    /// Begins with a 1.
    package let includeBias: Bool

    package init(
        inputCount: Int, degrees: ClosedRange<Int> = 0...2, interactionOnly: Bool = false,
        includeBias: Bool = true
    ) {
        self.inputCount = inputCount
        self.degrees = degrees
        self.interactionOnly = interactionOnly
        self.includeBias = includeBias
    }

    private var hasSingles: Bool { degrees.contains(1) }
    private var hasProducts: Bool { degrees.contains(2) }
    private var productCount: Int {
        interactionOnly ? inputCount * (inputCount - 1) / 2 : inputCount * (inputCount + 1) / 2
    }

    package var featureCount: Int {
        (includeBias ? 1 : 0) + (hasSingles ? inputCount : 0) + (hasProducts ? productCount : 0)
    }

    /// The features that one is the product of; none for the 1.
    func factors(of feature: Int) -> [Int] {
        var rest = feature - (includeBias ? 1 : 0)
        if rest < 0 { return [] }
        if hasSingles {
            if rest < inputCount { return [rest] }
            rest -= inputCount
        }
        for first in 0..<inputCount {
            let own = inputCount - first - (interactionOnly ? 1 : 0)
            if rest < own { return [first, first + rest + (interactionOnly ? 1 : 0)] }
            rest -= own
        }
        return []
    }
}

extension Polynomial {
    /// Reads the value of a step `polynomial`.
    init(_ reader: some StepReading) throws(SwerveError) {
        try reader.requireKeys(["n_features", "degree", "interaction_only", "include_bias"])
        // Squared it stays far below what an Int holds.
        inputCount = try reader.neededWhole("n_features", in: 1...Limits.denseFeatures)
        if reader.value("degree")?.array != nil {
            let pair = try reader.wholes("degree", in: 0..<3, limit: 2) ?? []
            guard pair.count == 2, pair[0] <= pair[1], pair[1] > 0 else {
                throw reader.wrong("degree", "is not the lowest and the highest degree, up to 2")
            }
            degrees = pair[0]...pair[1]
        } else {
            degrees = 0...(try reader.neededWhole("degree", in: 1...2))
        }
        interactionOnly = try reader.flag("interaction_only", false)
        includeBias = try reader.flag("include_bias", true)
        guard (1...Limits.denseFeatures).contains(featureCount) else {
            throw reader.tooLarge(
                "n_features", "gives \(featureCount) products, not 1 to \(Limits.denseFeatures)")
        }
    }

    /// The value of the step.
    var json: JSONValue {
        [
            "n_features": .int(Int64(inputCount)),
            "degree": .wholes([degrees.lowerBound, degrees.upperBound]),
            "interaction_only": .bool(interactionOnly), "include_bias": .bool(includeBias),
        ]
    }

    func fill(_ made: UnsafeMutablePointer<Double>, from x: UnsafePointer<Double>) {
        var place = 0
        if includeBias {
            unsafe made[0] = 1
            place = 1
        }
        if hasSingles {
            unsafe (made + place).update(from: x, count: inputCount)
            place += inputCount
        }
        guard hasProducts else { return }
        for first in 0..<inputCount {
            let factor = unsafe x[first]
            for second in (interactionOnly ? first + 1 : first)..<inputCount {
                unsafe made[place] = factor * x[second]
                place += 1
            }
        }
    }
}

extension FeatureVector {
    mutating func apply(_ polynomial: Polynomial) {
        makeDense()
        unsafe replace(features: polynomial.featureCount) { x, _, made in
            unsafe polynomial.fill(made, from: x)
        }
    }
}
