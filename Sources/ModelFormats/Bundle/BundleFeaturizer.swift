internal import Lifecycle
internal import Scoring

/// The featurizer of a bundle: the steps of a spec, with what is large in tensors.
enum BundleFeaturizer {
    static func parse(
        _ object: BundleObject, _ budget: BundleStep.Budget = BundleStep.Budget()
    ) throws(SwerveError) -> FeaturizerSpec {
        try spec(object, depth: 0, budget)
    }

    private static func spec(
        _ object: BundleObject, depth: Int, _ budget: BundleStep.Budget
    ) throws(SwerveError) -> FeaturizerSpec {
        try object.require(keys: ["steps"])
        guard let steps = object.value("steps")?.array,
            (1...Limits.featurizerSteps).contains(steps.count)
        else {
            throw object.wrong("steps", "is not a list of 1 to \(Limits.featurizerSteps) steps")
        }
        var source: FeatureSource?
        var transforms: [FeatureTransform] = []
        for (position, json) in steps.enumerated() {
            let place = "\(object.place).steps[\(position)]"
            let step = try BundleObject(json, place: place, tensors: object.tensors)
            guard step.fields.count == 1, let name = step.fields.keys.first else {
                throw SwerveError(
                    .invalid, act: object.tensors.act,
                    reason: "\(place) is not an object with one key, its name")
            }
            if source == nil {
                let read = try self.source(name, step, depth: depth, budget)
                source = read.source
                transforms += read.transforms
            } else {
                transforms.append(try transform(name, step, budget))
            }
        }
        guard let source else { throw object.wrong("steps", "is empty") }
        return FeaturizerSpec(source: source, transforms: transforms)
    }

    private static func source(
        _ name: String, _ step: BundleObject, depth: Int, _ budget: BundleStep.Budget
    ) throws(SwerveError) -> FeaturizerSpec {
        switch name {
        case "categories":
            let reader = BundleStep(object: try step.object(name), budget: budget)
            return FeaturizerSpec(
                source: .categories(try CategoryEncoder(reader, isSource: true)))
        case "tfidf_ngrams":
            let object = try step.object(name)
            let source = FeatureSource.tfidfNgrams(
                try tfidf(BundleStep(object: object, budget: budget)))
            guard object.value("field") != nil else { return FeaturizerSpec(source: source) }
            let field = try object.string("field")
            if let fault = FieldName.fault(ofText: field) { throw object.wrong("field", fault) }
            return FeaturizerSpec(source: .textField(field, source))
        case "union":
            guard depth < Limits.unionDepth, let parts = step.value(name)?.array,
                (1...Limits.featurizerSteps).contains(parts.count)
            else {
                throw step.wrong(
                    name, "is not a list of 1 to \(Limits.featurizerSteps) specs, or nested")
            }
            var specs: [FeaturizerSpec] = []
            for (position, json) in parts.enumerated() {
                // A step alone stands for a spec of one.
                let isSpec = json["steps"] != nil || json.object == nil
                let part = try BundleObject(
                    isSpec ? json : ["steps": [json]],
                    place: "\(step.place).union[\(position)]", tensors: step.tensors)
                specs.append(try spec(part, depth: depth + 1, budget))
            }
            return FeaturizerSpec(source: .union(specs))
        default:
            return try plain([.object(step.fields)], step)
        }
    }

    /// Steps without tensors, read as those of a spec of its own.
    private static func plain(
        _ steps: [JSONValue], _ step: BundleObject
    ) throws(SwerveError) -> FeaturizerSpec {
        try FeaturizerSpec(
            json: ["steps": .array(steps)], act: "\(step.tensors.act), \(step.place)")
    }

    private static func transform(
        _ name: String, _ step: BundleObject, _ budget: BundleStep.Budget
    ) throws(SwerveError) -> FeatureTransform {
        let object = try step.object(name)
        let reader = BundleStep(object: object, budget: budget)
        if let transform = try FeatureTransform(table: name, reader) { return transform }
        switch name {
        case "standard_scaler":
            try object.require(keys: ["mean", "scale"])
            let mean = try reader.list("mean")
            let scale = try reader.list("scale")
            guard scale?.contains(0) != true else { throw object.wrong("scale", "has a 0") }
            guard mean == nil || scale == nil || mean?.count == scale?.count else {
                throw object.wrong("mean", "and scale differ in length")
            }
            return .standardScaler(StandardScaler(mean: mean, scale: scale))
        case "min_max_scaler":
            try object.require(keys: ["scale", "min", "clip"])
            let scale = try reader.doubles("scale")
            return .minMaxScaler(
                MinMaxScaler(
                    scale: scale, min: try reader.doubles("min", count: scale.count),
                    clip: try clip(object)))
        default:
            let spec = try plain([["dense": [:]], .object(step.fields)], step)
            guard let transform = spec.transforms.first else {
                throw step.wrong(name, "is no step that changes features")
            }
            return transform
        }
    }

    private static func clip(_ object: BundleObject) throws(SwerveError) -> ClosedRange<Double>? {
        guard object.value("clip") != nil else { return nil }
        let bounds = try object.doubles("clip", count: 2)
        guard bounds[0] <= bounds[1] else { throw object.wrong("clip", "goes backwards") }
        return bounds[0]...bounds[1]
    }

    private static func norm(_ object: BundleObject) throws(SwerveError) -> HashedNgrams.Norm? {
        guard object.value("norm") != nil else { return nil }
        guard let norm = HashedNgrams.Norm(rawValue: try object.string("norm")) else {
            throw object.wrong("norm", "is not \"l1\", \"l2\" or null")
        }
        return norm
    }

    private static func tfidf(_ reader: BundleStep) throws(SwerveError) -> TfidfNgrams {
        let object = reader.object
        try object.require(
            keys: TextOptions.keys.union([
                "analyzer", "ngram_range", "lowercase", "norm", "sublinear_tf", "binary",
                "vocabulary", "idf", "field",
            ]))
        guard let analyzer = HashedNgrams.Analyzer(rawValue: try object.string("analyzer")) else {
            throw object.wrong("analyzer", "is not byte, char, char_wb or word")
        }
        guard case .array(let pair)? = object.value("ngram_range"), pair.count == 2,
            let first = pair[0].int, let last = pair[1].int, first >= 1, first <= last,
            last <= Limits.ngramLength
        else {
            throw object.wrong(
                "ngram_range",
                "is not two whole numbers, 1 <= first <= second <= \(Limits.ngramLength)")
        }
        let lowercase = try object.bool("lowercase")
        guard analyzer != .byte || !lowercase else {
            throw object.wrong("lowercase", "is true, but the byte analyzer lowers nothing")
        }
        let vocabulary = try vocabulary(reader, isText: analyzer != .byte)
        let options = try TextOptions(
            parsing: .object(object.fields), analyzer, place: object.place,
            act: object.tensors.act)
        return try TfidfNgrams(
            analyzer: analyzer, ngramRange: first...last,
            preprocessing: TfidfNgrams.Preprocessing(lowercase: lowercase, options: options),
            weighting: TfidfNgrams.Weighting(
                norm: try norm(object), sublinearTF: try object.bool("sublinear_tf"),
                binary: try object.bool("binary"),
                idf: object.value("idf") == nil
                    ? nil : try reader.doubles("idf", count: vocabulary.count)),
            vocabulary: vocabulary)
    }

    private static func vocabulary(
        _ reader: BundleStep, isText: Bool
    ) throws(SwerveError) -> [[UInt8]] {
        let place = try reader.object.object("vocabulary")
        try place.require(keys: ["terms", "offsets"])
        let name = try place.tensorName("terms")
        let offsets = try place.tensorName("offsets")
        // A term costs about a number for its place and one for each 8 of its bytes.
        let bytes = try place.tensors.shape(name).first ?? 0
        guard reader.budget.take(try place.tensors.shape(offsets).first ?? 0),
            reader.budget.take(bytes / 8)
        else {
            throw reader.tooLarge("vocabulary", "makes all steps hold too many terms together")
        }
        let terms = try place.tensors.strings(blob: name, offsets: offsets)
        guard (1...Limits.vocabularyTerms).contains(terms.count) else {
            throw place.wrong("offsets", "tell of \(terms.count) terms")
        }
        var seen = Set<ArraySlice<UInt8>>(minimumCapacity: terms.count)
        for (position, term) in terms.enumerated() {
            guard !term.isEmpty, !isText || String(validating: term, as: UTF8.self) != nil else {
                throw place.tensors.wrong(name, "its term \(position) is empty, or not UTF-8")
            }
            guard seen.insert(term).inserted else {
                throw place.tensors.wrong(name, "its term \(position) is there twice")
            }
        }
        return terms.map(Array.init)
    }
}
