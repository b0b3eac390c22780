import Lifecycle

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
        default: throw step.misplaced(SpecStep.transforms)
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

extension StandardScaler {
    init(_ reader: SpecReader) throws(SwerveError) {
        try reader.requireObject(keys: ["mean", "scale"])
        mean = try reader.numbers("mean")
        scale = try reader.numbers("scale")
        if let mean, let scale, mean.count != scale.count {
            throw reader.wrong("mean", "has \(mean.count) numbers, scale has \(scale.count)")
        }
        if let zero = scale?.firstIndex(of: 0) {
            throw reader.wrong("scale[\(zero)]", "is 0, and features are divided by it")
        }
    }
}

extension MinMaxScaler {
    /// Reads scikit-learn's `scale_` and `min_`, or what it was fitted with.
    init(_ reader: SpecReader) throws(SwerveError) {
        let keys: Set<String> = ["scale", "min", "clip", "data_min", "data_max", "feature_range"]
        try reader.requireObject(keys: keys)
        let fitted: Set<String> = ["data_min", "data_max", "feature_range"]
        let isFitted = reader.json.object?.keys.contains(where: fitted.contains) ?? false
        let range = try reader.range("feature_range") ?? 0...1
        if !isFitted {
            scale = try Self.list(reader, "scale")
            min = try Self.list(reader, "min")
        } else {
            for key in ["scale", "min"] where reader.json[key] != nil {
                throw reader.wrong(key, "stands beside data_min and data_max; give either")
            }
            let lowest = try Self.list(reader, "data_min")
            let highest = try Self.list(reader, "data_max")
            guard lowest.count == highest.count else {
                throw reader.wrong(
                    "data_min", "has \(lowest.count) numbers, data_max has \(highest.count)")
            }
            let scale = zip(lowest, highest).map { low, high in
                // scikit-learn takes a feature that is almost constant for one that is.
                let width = high - low
                return (range.upperBound - range.lowerBound)
                    / (width < 10 * Double.ulpOfOne ? 1 : width)
            }
            self.scale = scale
            min = zip(lowest, scale).map { range.lowerBound - $0 * $1 }
        }
        guard scale.count == min.count else {
            throw reader.wrong("scale", "has \(scale.count) numbers, min has \(min.count)")
        }
        clip =
            switch reader.json["clip"] {
            case nil, .null?, .bool(false)?: nil
            case .bool(true)? where isFitted: range
            default: try reader.range("clip")
            }
    }

    private static func list(_ reader: SpecReader, _ key: String) throws(SwerveError) -> [Double] {
        guard let numbers = try reader.numbers(key, limit: Limits.denseFeatures) else {
            throw reader.missing(key, "give scale and min, or data_min and data_max")
        }
        return numbers
    }
}
