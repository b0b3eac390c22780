import Lifecycle

extension FeatureTransform {
    /// The step's name in a spec.
    var name: String {
        switch self {
        case .standardScaler: "standard_scaler"
        case .minMaxScaler: "min_max_scaler"
        case .svmScale: "svm_scale"
        case .normalizer, .maxNormalizer: "normalizer"
        case .single: "float32"
        }
    }

    /// Whether a feature of 0 need not stay 0, so that every one gets a value of its own.
    var makesDense: Bool {
        switch self {
        case .standardScaler(let scaler): scaler.mean != nil
        case .minMaxScaler, .svmScale: true
        case .normalizer, .maxNormalizer, .single: false
        }
    }

    /// How many features it was fitted on; nil where it takes any number.
    var featureCount: Int? {
        switch self {
        case .standardScaler(let scaler): (scaler.mean ?? scaler.scale)?.count
        case .minMaxScaler(let scaler): scaler.scale.count
        case .svmScale(let scale): scale.bounds.count
        case .normalizer, .maxNormalizer, .single: nil
        }
    }

    /// Refuses a number of features that the step was not fitted on.
    ///
    /// A range file leaves out features, so one for fewer is not wrong.
    func check(takes count: Int, step: Int) throws(SwerveError) {
        let counts: [Int] =
            switch self {
            case .standardScaler(let scaler):
                [scaler.mean?.count, scaler.scale?.count].compactMap { $0 }
            case .minMaxScaler(let scaler): [scaler.scale.count, scaler.min.count]
            case .svmScale(let scale): [max(count, scale.bounds.count)]
            case .normalizer, .maxNormalizer, .single: []
            }
        guard let other = counts.first(where: { $0 != count }) else { return }
        throw SwerveError(
            .invalid, act: FeaturePlan.act,
            reason: "step \(step), \(name), is for \(other) features, and there are \(count)",
            remedy: "use the steps of one training")
    }
}
