/// One thread's scratch for featurizing, and the features of the text last put into it.
///
/// Not `Sendable`: each thread owns its own. Any featurizers may take turns with one buffer. After
/// the first few texts nothing is allocated any more; a text longer, or a feature space larger,
/// than any before grows it once.
package final class FeatureBuffer {
    // Why one struct: the runtime checks the exclusivity of each access to a class's property, so
    // the hot path takes this one access a text, and works on the struct.
    var scratch = FeatureScratch()

    package init() {}

    /// Why the last input has no features; nil where it has.
    package var fault: InputFault? { scratch.fault }

    /// How many features the last text has, stored zeros included.
    package var featureCount: Int { scratch.met }

    /// The features of the last text, index ascending, values normalised, stored zeros included.
    ///
    /// Allocates; for `swerve featurize` and tests, not for the hot path.
    package func sortedFeatures() -> [Feature] {
        var features: [Feature] = []
        features.reserveCapacity(scratch.met)
        for position in 0..<scratch.met {
            features.append(scratch.feature(position))
        }
        features.sort { $0.index < $1.index }
        return features
    }
}
