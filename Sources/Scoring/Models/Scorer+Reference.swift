extension Scorer {
    /// The one decision for `text` by the book, without any of the fast path; slow, allocates.
    ///
    /// Nil for models that no reference is written for. For checks from the outside: it agrees with
    /// `score` within the tolerance of the self-test.
    package func referenceScore(_ text: [UInt8]) -> Double? {
        guard let recipe = featurizer.spec.hashedNgrams, let linear = model.linear,
            linear.rows == 1
        else { return nil }
        let features = ReferenceFeatures.features(of: text, by: recipe)
        return features.reduce(0) { $0 + $1.value * linear.weights[$1.index] }
            + linear.intercepts[0]
    }

    /// The same, and the class that it means.
    package func referenceVerdict(_ text: [UInt8]) -> Verdict? {
        referenceScore(text).map { verdict($0) }
    }
}
