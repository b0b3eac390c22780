import Lifecycle

/// Where features come from: the first step of a featurizer spec.
package indirect enum FeatureSource: Sendable, Equatable {
    case hashedNgrams(HashedNgrams)
    case tfidfNgrams(TfidfNgrams)
    /// N-grams of a named text of the record in place of the request's text.
    case textField(String, FeatureSource)
    /// The 30 lexical features of a request, in `LexicalFeatures.names`' order.
    case lexical
    case fields(FieldList)
    /// Categories of named fields, texts or numbers.
    case categories(CategoryEncoder)
    /// `"x"`; how many numbers, where the spec says it, else what the next step or the model takes.
    case dense(count: Int?)
    /// `"svm"`; how many features, as for `dense`.
    case sparse(count: Int?)
    /// The same, with indices that begin at 0: index `i` is feature `i`.
    case sparseFromZero(count: Int?)
    /// Several side by side: the features of each follow those of the ones before.
    case union([FeaturizerSpec])
}

/// Named numeric fields of a record.
package struct FieldList: Sendable, Equatable {
    package let names: [String]
    /// What an absent or null field counts as; nil: such a record cannot be scored.
    ///
    /// NaN: it is missing, and a step behind this one fills it.
    package let missing: Double?

    package init(names: [String], missing: Double?) {
        self.names = names
        self.missing = missing
    }

    package static func == (one: FieldList, other: FieldList) -> Bool {
        // By bits: NaN is one of the values.
        one.names == other.names && one.missing?.bitPattern == other.missing?.bitPattern
    }
}

extension FeatureSource {
    /// Reads the first step of a list, which stands at `place`.
    ///
    /// - Throws: `SwerveError.invalid` that names the step and the key.
    init(_ step: SpecStep, place: SpecPlace) throws(SwerveError) {
        switch step.name {
        case "hashed_ngrams":
            self = try Self.ofText(step) { (json) throws(SwerveError) in
                .hashedNgrams(try HashedNgrams(parsing: json, act: step.act))
            }
        case "tfidf_ngrams":
            self = try Self.ofText(step) { (json) throws(SwerveError) in
                .tfidfNgrams(try TfidfNgrams(parsing: json, act: step.act))
            }
        case "lexical":
            try step.reader.requireObject(keys: [])
            self = .lexical
        case "fields": self = .fields(try Self.fields(step))
        case "categories":
            self = .categories(try CategoryEncoder(step.reader, isSource: true))
        case "dense": self = .dense(count: try Self.count(step, limit: Limits.denseFeatures))
        case "sparse":
            let count = try Self.count(
                step, limit: Limits.sparseFeatures, besides: ["zero_based"])
            let isZeroBased = try step.reader.bool("zero_based") ?? false
            self = isZeroBased ? .sparseFromZero(count: count) : .sparse(count: count)
        case "union": self = .union(try Self.union(step, place: place))
        default: throw step.misplaced(SpecStep.sources)
        }
    }

    private static func count(
        _ step: SpecStep, limit: Int, besides keys: Set<String> = []
    ) throws(SwerveError) -> Int? {
        try step.reader.requireObject(keys: keys.union(["n_features"]))
        return try step.reader.int("n_features", in: 1...limit)
    }

    /// N-grams by `recipe`, of the text that the step's key `field` names; without, the request's.
    private static func ofText(
        _ step: SpecStep, _ recipe: (JSONValue) throws(SwerveError) -> FeatureSource
    ) throws(SwerveError) -> FeatureSource {
        guard var keys = step.value.object, let field = keys.removeValue(forKey: "field") else {
            return try recipe(step.value)
        }
        guard field != .null else { return try recipe(.object(keys)) }
        guard let name = field.string else { throw step.reader.wrong("field", "is not a string") }
        if let fault = FieldName.fault(ofText: name) {
            throw step.reader.wrong("field", fault)
        }
        return .textField(name, try recipe(.object(keys)))
    }

    private static func fields(_ step: SpecStep) throws(SwerveError) -> FieldList {
        let list: [JSONValue]
        var missing: Double?
        if let names = step.value.array {
            list = names
        } else {
            try step.reader.requireObject(keys: ["names", "missing"])
            guard let names = step.value["names"]?.array else {
                throw step.reader.missing("names", "write {\"fields\":[\"bytes\",\"user.age\"]}")
            }
            list = names
            missing =
                step.value["missing"] == .string("nan")
                ? .nan : try step.reader.number("missing")
        }
        var seen: Set<String> = []
        var names: [String] = []
        for (position, value) in list.enumerated() {
            let place = "\(step.place), fields[\(position)]"
            guard let name = value.string else {
                throw SwerveError(.invalid, act: step.act, reason: "\(place) is not a string")
            }
            if let fault = FieldName.fault(ofNumber: name) {
                throw SwerveError(.invalid, act: step.act, reason: "\(place) \(fault)")
            }
            guard seen.insert(name).inserted else {
                throw SwerveError(
                    .invalid, act: step.act,
                    reason: "\(place) names '\(name.shortened(to: 64))' again")
            }
            names.append(name)
        }
        guard !names.isEmpty, names.count <= Limits.namedFields else {
            throw SwerveError(
                .invalid, act: step.act,
                reason: "\(step.place), fields has \(names.count) names, not 1 to "
                    + "\(Limits.namedFields)")
        }
        return FieldList(names: names, missing: missing)
    }

    /// Each element is a spec, or one step that gives features.
    private static func union(
        _ step: SpecStep, place: SpecPlace
    ) throws(SwerveError) -> [FeaturizerSpec] {
        guard let elements = step.value.array else {
            throw SwerveError(
                .invalid, act: step.act, reason: "\(step.place), union is not a list",
                remedy: "write {\"union\":[{\"lexical\":{}},{\"steps\":[…]}]}")
        }
        guard !elements.isEmpty, elements.count <= Limits.featurizerSteps else {
            throw SwerveError(
                .invalid, act: step.act,
                reason: "\(step.place), union has \(elements.count) elements, not 1 to "
                    + "\(Limits.featurizerSteps)")
        }
        guard place.depth < Limits.unionDepth else {
            throw SwerveError(
                .invalid, act: step.act,
                reason: "\(step.place): more than \(Limits.unionDepth) unions inside one another")
        }
        var specs: [FeaturizerSpec] = []
        for (position, element) in elements.enumerated() {
            let inner = place.element(position + 1)
            if element["steps"] != nil {
                specs.append(try FeaturizerSpec(json: element, place: inner, act: step.act))
            } else {
                let only = try SpecStep(element, at: inner.spec, act: step.act)
                specs.append(FeaturizerSpec(source: try FeatureSource(only, place: inner)))
            }
        }
        return specs
    }
}
