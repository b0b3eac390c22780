/// What a feature stands for in one input.
package enum FeatureOrigin: Sendable, Equatable {
    /// A feature with a name of its own: lexical features, fields, `x[3]`, `svm 4`.
    case named(String)
    /// The n-grams that count for it and occur in the input; more than one where hashes collide.
    case ngrams([NgramOrigin])
}
