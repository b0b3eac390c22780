package import Lifecycle

/// The recipe that says how an input becomes numbers: a source, and steps that change what it
/// gives.
///
/// Two featurizers with equal specs give the same features for every input, so that one
/// featurization serves both.
package struct FeaturizerSpec: Sendable, Equatable {
    package let source: FeatureSource
    package let transforms: [FeatureTransform]

    package init(source: FeatureSource, transforms: [FeatureTransform] = []) {
        self.source = source
        self.transforms = transforms
    }

    package init(hashedNgrams: HashedNgrams) {
        self.init(source: .hashedNgrams(hashedNgrams))
    }

    /// The recipe of hashed n-grams, where that is all there is.
    package var hashedNgrams: HashedNgrams? {
        guard case .hashedNgrams(let recipe) = source, transforms.isEmpty else { return nil }
        return recipe
    }

    /// Reads a spec; `file` names it in errors.
    ///
    /// - Throws: `SwerveError.tooLarge` above `Limits.featurizerSpecBytes`, else `.invalid` that
    ///   names the step and the key.
    package init(parsing bytes: [UInt8], file: String) throws(SwerveError) {
        let act = "reading featurizer spec \(file)"
        let json = try JSONValue(
            parsing: bytes, act: act, limit: Limits.featurizerSpecBytes,
            depth: Limits.featurizerSpecDepth, values: Limits.featurizerSpecValues)
        try self.init(json: json, act: act)
    }

    /// Reads a spec that is JSON already; `act` says where it comes from.
    ///
    /// - Throws: `SwerveError.invalid` that names the step and the key.
    package init(json: JSONValue, act: String) throws(SwerveError) {
        try self.init(json: json, place: SpecPlace(), act: act)
    }

    init(json: JSONValue, place: SpecPlace, act: String) throws(SwerveError) {
        try SpecReader(json: json, place: place.spec, act: act).requireObject(keys: ["steps"])
        guard let steps = json["steps"]?.array else {
            throw SwerveError(
                .invalid, act: act, reason: "\(place.spec) has no list 'steps'",
                remedy: "write {\"steps\":[{\"hashed_ngrams\":{…}}]}")
        }
        guard let first = steps.first else {
            throw SwerveError(
                .invalid, act: act, reason: "\(place.prefix)the list 'steps' is empty")
        }
        guard steps.count <= Limits.featurizerSteps else {
            throw SwerveError(
                .invalid, act: act,
                reason: "\(place.prefix)\(steps.count) steps, the limit is "
                    + "\(Limits.featurizerSteps)")
        }
        source = try FeatureSource(SpecStep(first, at: place.step(1), act: act), place: place)
        var transforms: [FeatureTransform] = []
        for (position, step) in steps.enumerated().dropFirst() {
            transforms.append(
                try FeatureTransform(SpecStep(step, at: place.step(position + 1), act: act)))
        }
        self.transforms = transforms
    }
}

extension FeaturizerSpec {
    /// The same with indices of `"svm"` that begin at 0.
    package var zeroBased: FeaturizerSpec {
        switch source {
        case .sparse(let count):
            FeaturizerSpec(source: .sparseFromZero(count: count), transforms: transforms)
        case .union(let specs):
            FeaturizerSpec(source: .union(specs.map(\.zeroBased)), transforms: transforms)
        default: self
        }
    }
}

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
        case .textField(let name, let source): source.json.with(field: name)
        case .lexical: ["lexical": [:]]
        case .fields(let list):
            [
                "fields": [
                    "names": .array(list.names.map { .string($0) }),
                    "missing": list.missing.map { $0.isNaN ? "nan" : .double($0) } ?? .null,
                ]
            ]
        case .categories(let encoder): ["categories": encoder.json]
        case .dense(let count): ["dense": Self.json(count)]
        case .sparse(let count): ["sparse": Self.json(count)]
        case .sparseFromZero(let count): ["sparse": Self.json(count, isZeroBased: true)]
        case .union(let specs): ["union": .array(specs.map(\.json))]
        }
    }

    private static func json(_ count: Int?, isZeroBased: Bool = false) -> JSONValue {
        var fields = count.map { ["n_features": JSONValue.int(Int64($0))] } ?? [:]
        if isZeroBased { fields["zero_based"] = true }
        return .object(fields)
    }
}

extension JSONValue {
    /// The step of n-grams that this is, of a named text.
    fileprivate func with(field name: String) -> JSONValue {
        guard let (step, value) = object?.first, var keys = value.object else { return self }
        keys["field"] = .string(name)
        return .object([step: .object(keys)])
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
        default: return [name: tableJSON]
        }
    }
}

extension SVMScale {
    /// The value of an `svm_scale` step; features that it leaves out have no range.
    var json: JSONValue {
        let ranges = zip(features, bounds).map { feature, bounds -> JSONValue in
            [.int(Int64(feature + 1)), .double(bounds.lowest), .double(bounds.highest)]
        }
        return ["lower": .double(lower), "upper": .double(upper), "ranges": .array(ranges)]
    }
}

extension HashedNgrams {
    /// The value of a `hashed_ngrams` step, every key written out but those of options not used.
    package var json: JSONValue {
        let fields: [String: JSONValue] = [
            "analyzer": .string(analyzer.rawValue),
            "ngram_range": [
                .int(Int64(ngramRange.lowerBound)), .int(Int64(ngramRange.upperBound)),
            ],
            "n_features": .int(Int64(featureCount)), "alternate_sign": .bool(alternateSign),
            "lowercase": .bool(lowercase), "binary": .bool(binary),
            "norm": norm.map { .string($0.rawValue) } ?? .null,
        ]
        return .object(fields.merging(options.json) { own, _ in own })
    }
}
