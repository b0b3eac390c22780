/// A step that changes features, feature by feature or over the whole vector.
package enum FeatureTransform: Sendable, Equatable {
    case standardScaler(StandardScaler)
    case minMaxScaler(MinMaxScaler)
    case svmScale(SVMScale)
    /// scikit-learn's `Normalizer`: divided by the norm, a vector of norm 0 left as it is.
    case normalizer(HashedNgrams.Norm)
}
