import Lifecycle

/// The features that are kept, in the order in which they are named: what scikit-learn's selections
/// do.
package struct Selection: Sendable, Equatable {
    package let inputCount: Int
    package let indices: [Int]
    /// By the feature that comes in, its place among those kept; -1 where it is dropped.
    ///
    /// Empty as it is read: a spec announces any number of features in a few bytes.
    private var places: [Int32] = []

    /// - Precondition: indices are below `inputCount`, and none is there twice.
    package init(inputCount: Int, indices: [Int]) {
        self.inputCount = inputCount
        self.indices = indices
    }

    /// The same with its table, as a plan runs it.
    var ready: Selection {
        var selection = self
        selection.places = [Int32](repeating: -1, count: inputCount)
        for (place, index) in indices.enumerated() { selection.places[index] = Int32(place) }
        return selection
    }

    package static func == (one: Selection, other: Selection) -> Bool {
        one.inputCount == other.inputCount && one.indices == other.indices
    }
}

extension Selection {
    /// Reads the value of a step `select`.
    init(_ reader: some StepReading) throws(SwerveError) {
        try reader.requireKeys(["n_features", "indices"])
        let count = try reader.neededWhole("n_features", in: 1...Limits.unionFeatures)
        guard let indices = try reader.wholes("indices", in: 0..<count, limit: count),
            !indices.isEmpty
        else { throw reader.wrong("indices", "is missing or empty") }
        guard Set(indices).count == indices.count else {
            throw reader.wrong("indices", "names a feature twice")
        }
        self.init(inputCount: count, indices: indices)
    }

    /// The value of the step.
    var json: JSONValue {
        ["n_features": .int(Int64(inputCount)), "indices": .wholes(indices)]
    }

    @inline(__always)
    func place(of feature: Int) -> Int32 { places[feature] }
}

extension FeatureVector {
    mutating func apply(_ selection: Selection) {
        makeSparse()
        guard form == .sparse else {
            unsafe replace(features: selection.indices.count) { x, _, made in
                for (place, index) in selection.indices.enumerated() {
                    unsafe made[place] = x[index]
                }
            }
            return
        }
        let given = count
        let indices = unsafe self.indices.pointer
        let values = unsafe self.values.pointer
        beginPicking(features: selection.indices.count)
        for position in 0..<given {
            let place = unsafe selection.place(of: Int(indices[position]))
            // What is written stands before what is read.
            if place >= 0 { pick(UInt32(place), unsafe values[position]) }
        }
    }
}
