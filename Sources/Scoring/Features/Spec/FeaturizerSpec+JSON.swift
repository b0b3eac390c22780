package import Lifecycle

extension FeaturizerSpec {
    /// The spec with every default written out: equal specs have equal documents.
    package var json: JSONValue {
        ["steps": .array([source.json] + transforms.map(\.json))]
    }
}

extension FeatureSource {
    /// The step as a spec has it.
    var json: JSONValue {
        switch self {
        case .hashedNgrams(let recipe): ["hashed_ngrams": recipe.json]
        case .tfidfNgrams(let recipe): ["tfidf_ngrams": recipe.json]
        case .lexical: ["lexical": [:]]
        case .fields(let list):
            [
                "fields": [
                    "names": .array(list.names.map { .string($0) }),
                    "missing": list.missing.map { .double($0) } ?? .null,
                ]
            ]
        case .dense(let count): ["dense": Self.json(count)]
        case .sparse(let count): ["sparse": Self.json(count)]
        case .union(let specs): ["union": .array(specs.map(\.json))]
        }
    }

    private static func json(_ count: Int?) -> JSONValue {
        .object(count.map { ["n_features": .int(Int64($0))] } ?? [:])
    }
}

extension FeatureTransform {
    /// The step as a spec has it.
    var json: JSONValue {
        func list(_ numbers: [Double]) -> JSONValue { .array(numbers.map { .double($0) }) }
        switch self {
        case .standardScaler(let scaler):
            return [
                "standard_scaler": [
                    "mean": scaler.mean.map(list) ?? .null,
                    "scale": scaler.scale.map(list) ?? .null,
                ]
            ]
        case .minMaxScaler(let scaler):
            var fields: [String: JSONValue] = [
                "scale": list(scaler.scale), "min": list(scaler.min),
            ]
            fields["clip"] = scaler.clip.map { list([$0.lowerBound, $0.upperBound]) }
            return ["min_max_scaler": .object(fields)]
        case .svmScale(let scale): return ["svm_scale": scale.json]
        case .normalizer(let norm): return ["normalizer": ["norm": .string(norm.rawValue)]]
        case .maxNormalizer: return ["normalizer": ["norm": "max"]]
        case .single: return ["float32": [:]]
        }
    }
}

extension SVMScale {
    /// The value of an `svm_scale` step; features that it leaves out have no range.
    var json: JSONValue {
        let ranges = bounds.enumerated().compactMap { index, bounds -> JSONValue? in
            guard let bounds else { return nil }
            return [.int(Int64(index + 1)), .double(bounds.lowest), .double(bounds.highest)]
        }
        return ["lower": .double(lower), "upper": .double(upper), "ranges": .array(ranges)]
    }
}

extension HashedNgrams {
    /// The value of a `hashed_ngrams` step, every key written out.
    package var json: JSONValue {
        [
            "analyzer": .string(analyzer.rawValue),
            "ngram_range": [
                .int(Int64(ngramRange.lowerBound)), .int(Int64(ngramRange.upperBound)),
            ],
            "n_features": .int(Int64(featureCount)), "alternate_sign": .bool(alternateSign),
            "lowercase": .bool(lowercase), "binary": .bool(binary),
            "norm": norm.map { .string($0.rawValue) } ?? .null,
        ]
    }
}
