extension Scorer {
    /// The decision for `text` by the book, without any of the fast path; slow, allocates.
    ///
    /// For checks from the outside: it agrees with `score` within the tolerance of the self-test.
    package func referenceScore(_ text: [UInt8]) -> Double {
        let features = ReferenceFeatures.features(of: text, by: featurizer.spec.hashedNgrams)
        return features.reduce(0) { $0 + $1.value * model.weights[$1.index] } + model.intercept
    }
}
