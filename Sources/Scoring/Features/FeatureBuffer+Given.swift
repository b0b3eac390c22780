/// Features that come from elsewhere than a featurizer of this room.
extension FeatureBuffer {
    /// Replaces what is in the buffer by `values`, one a feature; allocates as it grows.
    package func put(dense values: [Double]) {
        scratch.putValues(values, form: .dense, space: values.count, tailSquares: 0)
    }

    /// Replaces what is in the buffer by `features`, indices from 0, in a space of `space`.
    ///
    /// Those beyond it count in distances alone. Allocates as it grows.
    package func put(sparse features: [Feature], space: Int) {
        let known = features.filter { $0.index < space }
        let squares = features.filter { $0.index >= space }
            .reduce(0) { $0 + $1.value * $1.value }
        scratch.putValues(
            known.map(\.value), form: .sparse, space: space, tailSquares: squares)
        scratch.indices.reserve(known.count)
        for (position, feature) in known.enumerated() {
            unsafe scratch.indices.pointer[position] = UInt32(feature.index)
        }
    }
}

extension FeatureScratch {
    fileprivate mutating func putValues(
        _ given: [Double], form: Form, space: Int, tailSquares: Double
    ) {
        self.form = form
        self.space = space
        self.tailSquares = tailSquares
        fault = nil
        divisor = 1
        met = given.count
        values.reserve(given.count)
        for (position, value) in given.enumerated() {
            unsafe values.pointer[position] = value
        }
    }
}
