/// One thread's scratch for featurizing, and the features of the text last put into it.
///
/// Not `Sendable`: each thread owns its own. Any featurizers may take turns with one buffer. After
/// the first few texts nothing is allocated any more; a text longer, or a feature space larger,
/// than any before grows it once.
@safe
package final class FeatureBuffer {
    // Why behind an address: the runtime checks the exclusivity of each access to a class's
    // property, which costs a table's record as much as its decision. A buffer is one thread's, and
    // nothing that works on its memory is handed the buffer. What only reads, once a
    // record, takes the address itself: an accessor that is not inlined allocates its frame.
    let place: UnsafeMutablePointer<FeatureScratch>

    var scratch: FeatureScratch {
        _read { yield unsafe place.pointee }
        _modify { yield unsafe &place.pointee }
    }

    package init() {
        unsafe place = .allocate(capacity: 1)
        unsafe place.initialize(to: FeatureScratch())
    }

    deinit {
        unsafe place.deinitialize(count: 1)
        unsafe place.deallocate()
    }

    /// Why the last input has no features; nil where it has.
    package var fault: InputFault? { scratch.features.fault }

    /// How many features the last text has, stored zeros included.
    package var featureCount: Int { scratch.features.count }

    /// The features of the last text, index ascending, values normalised, stored zeros included.
    ///
    /// Allocates; for `swerve featurize` and tests, not for the hot path.
    package func sortedFeatures() -> [Feature] {
        var features: [Feature] = []
        features.reserveCapacity(scratch.features.count)
        for position in 0..<scratch.features.count {
            features.append(scratch.features.feature(position))
        }
        features.sort { $0.index < $1.index }
        return features
    }

    // MARK: - Features that come from elsewhere than a featurizer

    /// Replaces what is in the buffer by `values`, one a feature; allocates as it grows.
    package func put(dense values: [Double]) {
        scratch.features.beginDense(features: values.count)
        for (position, value) in values.enumerated() {
            unsafe scratch.features.values.pointer[position] = value
        }
    }

    /// Replaces what is in the buffer by `features`, indices from 0, in a space of `space`.
    ///
    /// Those beyond it count in distances alone. Allocates as it grows.
    package func put(sparse features: [Feature], space: Int) {
        scratch.features.beginSparse(features: space, capacity: features.count)
        var tailSquares = 0.0
        for feature in features {
            if feature.index < space {
                scratch.features.append(UInt32(feature.index), feature.value)
            } else {
                tailSquares += feature.value * feature.value
            }
        }
        scratch.features.endSparse(tailSquares: tailSquares)
    }
}

/// One cell of a sparse feature vector.
package struct Feature: Sendable, Equatable {
    /// Counted from 0; LIBSVM's and LIBLINEAR's feature ids are one more.
    package let index: Int
    package let value: Double

    package init(index: Int, value: Double) {
        self.index = index
        self.value = value
    }
}
