package import Lifecycle

/// The steps for tables and projections: what they are read from, and what they do to the number of
/// features and to missing values.
extension FeatureTransform {
    /// Reads the value of the step `table`; nil where it is none of these.
    ///
    /// - Throws: `SwerveError.invalid` that names the place, `.tooLarge` above a limit.
    package init?(table name: String, _ reader: some StepReading) throws(SwerveError) {
        switch name {
        case "imputer": self = .imputer(try Imputer(reader))
        case "categories":
            self = .categories(try CategoryEncoder(reader, isSource: false))
        case "kbins": self = .kbins(try KBins(reader))
        case "polynomial": self = .polynomial(try Polynomial(reader))
        case "function": self = .function(try ElementFunction(reader))
        case "select": self = .select(try Selection(reader))
        case "multiply":
            try reader.requireKeys(["factor"])
            self = .multiply(try reader.neededFinite("factor"))
        case "matrix": self = .matrix(try MatrixProduct(reader))
        case "rbf_sampler": self = .rbfSampler(try RBFSampler(reader))
        case "nystroem": self = .nystroem(try Nystroem(reader))
        default: return nil
        }
    }

    /// The value of one of these steps as a spec has it.
    var tableJSON: JSONValue {
        switch self {
        case .imputer(let imputer): imputer.json
        case .categories(let encoder): encoder.json
        case .kbins(let bins): bins.json
        case .polynomial(let polynomial): polynomial.json
        case .function(let function): ["func": .string(function.rawValue)]
        case .select(let selection): selection.json
        case .multiply(let factor): ["factor": .double(factor)]
        case .matrix(let matrix): matrix.json
        case .rbfSampler(let sampler): sampler.json
        case .nystroem(let nystroem): nystroem.json
        case .standardScaler, .minMaxScaler, .svmScale, .normalizer, .maxNormalizer, .single: [:]
        }
    }

    /// How many features come out where `count` go in.
    func featureCount(of count: Int) -> Int {
        switch self {
        case .imputer(let imputer): count + imputer.indicators.count
        case .categories(let encoder): encoder.featureCount
        case .kbins(let bins): bins.featureCount
        case .polynomial(let polynomial): polynomial.featureCount
        case .select(let selection): selection.indices.count
        case .matrix(let matrix): matrix.featureCount
        case .rbfSampler(let sampler): sampler.featureCount
        case .nystroem(let nystroem): nystroem.featureCount
        case .standardScaler, .minMaxScaler, .svmScale, .normalizer, .maxNormalizer, .single,
            .function, .multiply:
            count
        }
    }

    /// Whether the form is `dense` behind it, where it was before or not.
    func isDense(after wasDense: Bool) -> Bool {
        switch self {
        case .categories(let encoder): encoder.encoding == .ordinal
        case .kbins(let bins): bins.encoding != .oneHot
        default: wasDense || makesDense
        }
    }

    /// Whether every feature that goes in is written to memory.
    var takesDense: Bool {
        switch self {
        case .categories, .kbins: true
        default: makesDense
        }
    }

    /// What becomes of missing values, which are NaN.
    enum Missing {
        case pass, fill, refuse
        /// It makes some of its own.
        case give
    }

    var missing: Missing {
        switch self {
        case .imputer(let imputer): imputer.missingValue == nil ? .fill : .refuse
        case .categories(let encoder): encoder.mayGiveMissing ? .give : .fill
        case .standardScaler, .minMaxScaler, .single, .function, .select, .multiply: .pass
        case .svmScale, .normalizer, .maxNormalizer, .kbins, .polynomial, .matrix, .rbfSampler,
            .nystroem:
            .refuse
        }
    }
}
