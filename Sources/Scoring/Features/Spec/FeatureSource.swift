/// Where features come from: the first step of a featurizer spec.
package indirect enum FeatureSource: Sendable, Equatable {
    case hashedNgrams(HashedNgrams)
    case tfidfNgrams(TfidfNgrams)
    /// The 30 lexical features of a request, in `LexicalFeatures.names`' order.
    case lexical
    case fields(FieldList)
    /// `"x"`; how many numbers, where the spec says it, else what the next step or the model takes.
    case dense(count: Int?)
    /// `"svm"`; how many features, as for `dense`.
    case sparse(count: Int?)
    /// Several side by side: the features of each follow those of the ones before.
    case union([FeaturizerSpec])
}
