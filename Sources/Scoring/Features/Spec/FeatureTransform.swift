/// A step that changes features, feature by feature or over the whole vector.
package enum FeatureTransform: Sendable, Equatable {
    case standardScaler(StandardScaler)
    case minMaxScaler(MinMaxScaler)
    case svmScale(SVMScale)
    /// scikit-learn's `Normalizer`: divided by the norm, a vector of norm 0 left as it is.
    case normalizer(HashedNgrams.Norm)
    /// The same with `norm='max'`: divided by the largest magnitude.
    case maxNormalizer
    /// Rounded to float32, as a tool sees features that takes those: `float32` in a spec.
    case single
}
