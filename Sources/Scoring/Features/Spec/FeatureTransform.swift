import Lifecycle

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
    /// Missing numbers become statistics.
    case imputer(Imputer)
    /// Numbers become categories.
    case categories(CategoryEncoder)
    case kbins(KBins)
    case polynomial(Polynomial)
    case function(ElementFunction)
    /// Features are left out, or put in another order.
    case select(Selection)
    /// Every feature times one number: `transformer_weights`.
    case multiply(Double)
    case matrix(MatrixProduct)
    case rbfSampler(RBFSampler)
    case nystroem(Nystroem)
}

extension FeatureTransform {
    /// The step's name in a spec.
    var name: String {
        switch self {
        case .standardScaler: "standard_scaler"
        case .minMaxScaler: "min_max_scaler"
        case .svmScale: "svm_scale"
        case .normalizer, .maxNormalizer: "normalizer"
        case .single: "float32"
        case .imputer: "imputer"
        case .categories: "categories"
        case .kbins: "kbins"
        case .polynomial: "polynomial"
        case .function: "function"
        case .select: "select"
        case .multiply: "multiply"
        case .matrix: "matrix"
        case .rbfSampler: "rbf_sampler"
        case .nystroem: "nystroem"
        }
    }

    /// Whether a feature of 0 need not stay 0, so that every one gets a value of its own.
    var makesDense: Bool {
        switch self {
        case .standardScaler(let scaler): scaler.mean != nil
        case .minMaxScaler, .svmScale: true
        case .normalizer, .maxNormalizer, .single, .function, .select, .multiply: false
        case .imputer(let imputer): imputer.makesDense
        case .categories(let encoder): encoder.encoding == .ordinal
        case .kbins(let bins): bins.encoding != .oneHot
        case .polynomial, .matrix, .rbfSampler, .nystroem: true
        }
    }

    /// How many features it was fitted on; nil where it takes any number.
    var featureCount: Int? {
        switch self {
        case .standardScaler(let scaler): (scaler.mean ?? scaler.scale)?.count
        case .minMaxScaler(let scaler): scaler.scale.count
        case .svmScale(let scale): scale.featureCount
        case .normalizer, .maxNormalizer, .single, .function, .multiply: nil
        case .imputer(let imputer): imputer.statistics.count
        case .categories(let encoder): encoder.columns.count
        case .kbins(let bins): bins.inputCount
        case .polynomial(let polynomial): polynomial.inputCount
        case .select(let selection): selection.inputCount
        case .matrix(let matrix): matrix.inputCount
        case .rbfSampler(let sampler): sampler.inputCount
        case .nystroem(let nystroem): nystroem.inputCount
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
            case .svmScale(let scale): [max(count, scale.featureCount)]
            default: [featureCount].compactMap { $0 }
            }
        guard let other = counts.first(where: { $0 != count }) else { return }
        throw SwerveError(
            .invalid, act: FeaturePlan.act,
            reason: "step \(step), \(name), is for \(other) features, and there are \(count)",
            remedy: "use the steps of one training")
    }
}

extension FeatureTransform {
    /// Reads a step behind the first.
    ///
    /// - Throws: `SwerveError.invalid` that names the step and the key.
    init(_ step: SpecStep) throws(SwerveError) {
        switch step.name {
        case "standard_scaler": self = .standardScaler(try StandardScaler(step.reader))
        case "min_max_scaler": self = .minMaxScaler(try MinMaxScaler(step.reader))
        case "svm_scale": self = .svmScale(try SVMScale(step.reader))
        case "normalizer": self = try Self.normalizer(step.reader)
        case "float32":
            try step.reader.requireObject(keys: [])
            self = .single
        default:
            guard let table = try FeatureTransform(table: step.name, step.reader) else {
                throw step.misplaced(SpecStep.transforms)
            }
            self = table
        }
    }

    private static func normalizer(_ reader: SpecReader) throws(SwerveError) -> FeatureTransform {
        try reader.requireObject(keys: ["norm"])
        switch try reader.string("norm") {
        case "l2", nil: return .normalizer(.l2)
        case "l1": return .normalizer(.l1)
        case "max": return .maxNormalizer
        default: throw reader.wrong("norm", "is not \"l1\", \"l2\" or \"max\"")
        }
    }
}
