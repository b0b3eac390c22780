package import Lifecycle

extension FeaturizerSpec {
    /// The spec with every default written out: equal specs have equal documents.
    package var json: JSONValue {
        ["steps": .array([source.json])]
    }
}

extension FeatureSource {
    /// The step as a spec has it.
    var json: JSONValue {
        switch self {
        case .hashedNgrams(let recipe): ["hashed_ngrams": recipe.json]
        default: [:]
        }
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
