import Lifecycle

/// scikit-learn's `RBFSampler`: sqrt(2 / outputs) cos(x·w + offset).
package struct RBFSampler: Sendable, Equatable {
    /// One row a feature that comes in, one column an output: `random_weights_`.
    package let weights: NumberTable
    package let offset: [Double]

    package var inputCount: Int { weights.rows }
    package var featureCount: Int { weights.columns }

    /// - Precondition: there is an offset for each column.
    package init(weights: NumberTable, offset: [Double]) {
        precondition(offset.count == weights.columns, "an offset for each output")
        self.weights = weights
        self.offset = offset
    }
}

extension RBFSampler {
    /// Reads the value of a step `rbf_sampler`.
    init(_ reader: some StepReading) throws(SwerveError) {
        try reader.requireKeys(["random_weights", "random_offset"])
        let weights = try reader.neededTable("random_weights")
        guard weights.columns <= Limits.denseFeatures else {
            throw reader.tooLarge("random_weights", "give more than \(Limits.denseFeatures)")
        }
        let offset = try reader.neededList("random_offset")
        guard offset.count == weights.columns else {
            throw reader.wrong(
                "random_offset",
                "has \(offset.count) numbers, random_weights "
                    + "\(weights.columns) columns")
        }
        self.init(weights: weights, offset: offset)
    }

    /// The value of the step.
    var json: JSONValue {
        ["random_weights": .table(weights), "random_offset": .numbers(offset)]
    }
}

extension FeatureVector {
    mutating func apply(_ sampler: RBFSampler) {
        makeSparse()
        // As in scikit-learn, and with the feature's own place.
        if let place = firstNotFinite { return refuse(.notFinite(feature: place)) }
        let isSparse = form == .sparse
        let given = count
        let width = sampler.featureCount
        let factor = (2 / Double(width)).squareRoot()
        unsafe replace(features: width) { values, indices, made in
            unsafe made.update(repeating: 0, count: width)
            unsafe sampler.weights.numbers.withUnsafeBufferPointer { columns in
                unsafe addColumns(columns, values, isSparse ? indices : nil, given, width, made)
            }
            for output in 0..<width {
                unsafe made[output] = factor * Cosine.of(made[output] + sampler.offset[output])
            }
        }
    }
}
