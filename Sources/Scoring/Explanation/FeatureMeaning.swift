/// What a feature behind a step is made of: the features before the step, and words for it.
struct FeatureMeaning {
    /// Those that it is made of; where it is one of them unchanged in meaning, that one alone.
    let features: [Int]
    /// Its name, from theirs; nil: it has the origin of its one feature.
    let name: ((_ names: [String]) -> String)?

    static func same(_ feature: Int) -> FeatureMeaning {
        FeatureMeaning(features: [feature], name: nil)
    }

    /// The origin of the feature, where `origins` are those of the features before.
    func origin(_ origins: [Int: FeatureOrigin]) -> FeatureOrigin? {
        guard let name else { return features.first.flatMap { origins[$0] } }
        let names = features.map { feature in
            switch origins[feature] {
            case .named(let name)?: name
            case .ngrams(let ngrams)?:
                ngrams.first.map { "'\($0.text)'" } ?? "feature \(feature)"
            case nil: "feature \(feature)"
            }
        }
        return .named(name(names))
    }
}

extension FeatureTransform {
    /// What the feature `index` behind this step is made of.
    func meaning(of index: Int) -> FeatureMeaning {
        switch self {
        case .standardScaler, .minMaxScaler, .svmScale, .normalizer, .maxNormalizer, .single,
            .multiply:
            return .same(index)
        case .imputer(let imputer):
            guard index >= imputer.statistics.count else { return .same(index) }
            let feature = imputer.indicators[index - imputer.statistics.count]
            return FeatureMeaning(features: [feature]) { "missing(\($0[0]))" }
        case .categories(let encoder):
            let (column, code) = encoder.place(of: index)
            return FeatureMeaning(features: [column]) {
                encoder.columns[column].name(of: code, encoder.encoding, in: $0[0])
            }
        case .kbins(let bins):
            guard bins.encoding != .ordinal else { return .same(index) }
            let (feature, bin) = bins.place(of: index)
            return FeatureMeaning(features: [feature]) {
                "\($0[0]) \(bins.words(bin, of: feature))"
            }
        case .polynomial(let polynomial):
            let factors = polynomial.factors(of: index)
            return FeatureMeaning(features: Array(Set(factors)).sorted()) { names in
                switch (factors.count, names.count) {
                case (0, _): "1"
                case (2, 1): "\(names[0])^2"
                default: names.joined(separator: " ")
                }
            }
        case .function(let function):
            return FeatureMeaning(features: [index]) { "\(function.rawValue)(\($0[0]))" }
        case .select(let selection): return .same(selection.indices[index])
        case .matrix, .rbfSampler, .nystroem:
            return FeatureMeaning(features: []) { _ in "\(name) \(index)" }
        }
    }
}

extension KBins {
    /// The range of a bin, as `[0.5, 2)`.
    fileprivate func words(_ bin: Int, of feature: Int) -> String {
        let (start, end) = (starts[feature], starts[feature + 1])
        let low = bin == 0 ? "-inf" : "\(edges[start + bin - 1])"
        let high = start + bin == end ? "inf" : "\(edges[start + bin])"
        return "[\(low), \(high))"
    }
}
