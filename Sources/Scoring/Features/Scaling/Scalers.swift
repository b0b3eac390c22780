import Lifecycle

/// scikit-learn's `StandardScaler`: (x - mean) / scale.
package struct StandardScaler: Sendable, Equatable {
    /// Nil with `with_mean=False`.
    package let mean: [Double]?
    /// Nil with `with_std=False`.
    package let scale: [Double]?

    package init(mean: [Double]?, scale: [Double]?) {
        self.mean = mean
        self.scale = scale
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

/// scikit-learn's `MinMaxScaler`: x * scale + min, and with `clip` bounded by the range.
package struct MinMaxScaler: Sendable, Equatable {
    package let scale: [Double]
    package let min: [Double]
    /// The range to clip to; nil with `clip=False`.
    package let clip: ClosedRange<Double>?

    package init(scale: [Double], min: [Double], clip: ClosedRange<Double>?) {
        self.scale = scale
        self.min = min
        self.clip = clip
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
