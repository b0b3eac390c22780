import Lifecycle

/// The named fields of a featurizer, numbered in the order in which they are met.
struct FieldNumbers {
    private(set) var names: [String] = []
    private var numbers: [String: Int] = [:]

    mutating func number(of name: String) -> Int {
        if let known = numbers[name] { return known }
        numbers[name] = names.count
        names.append(name)
        return names.count - 1
    }
}

/// A spec made ready to run: sizes known, fields numbered.
struct FeaturePlan: Sendable {
    /// What a source does to the scratch.
    enum Source: Sendable {
        case hashedNgrams(HashedNgrams)
        case tfidfNgrams(TfidfNgrams)
        case lexical
        /// The positions of the fields among all that the featurizer wants.
        case fields(positions: [Int], missing: Double?)
        case dense(count: Int)
        case sparse(count: Int)
        case sparseFromZero(count: Int)
        case union(elements: [FeaturePlan], isDense: Bool)
    }

    let source: Source
    /// Which of the named texts that the featurizer wants an n-gram source reads; nil: the text of
    /// the request.
    let textField: Int?
    let transforms: [FeatureTransform]
    let featureCount: Int
    /// Whether what comes out has the form `dense`.
    let isDense: Bool
    let needs: InputViews
    /// Whether it tells the parts of a request apart.
    let readsParts: Bool

    /// - Parameters:
    ///   - modelFeatures: what fills a count that the spec leaves open.
    ///   - names: the numeric fields wanted so far, to which this plan adds its own.
    ///   - texts: the same of named texts.
    /// - Throws: `SwerveError.invalid` where steps do not fit each other, `.tooLarge` where the
    ///   features would stand in more memory than `Limits.denseFeatures`.
    init(
        _ spec: FeaturizerSpec, modelFeatures: Int?, names: inout FieldNumbers,
        texts: inout FieldNumbers
    ) throws(SwerveError) {
        let made = try Self.source(
            spec, spec.source, modelFeatures: modelFeatures, names: &names, texts: &texts)
        source = made.source
        textField = made.textField
        transforms = spec.transforms
        featureCount = made.count
        needs = made.needs
        readsParts = made.readsParts
        var isDense = made.isDense
        for (position, transform) in spec.transforms.enumerated() {
            try transform.check(takes: featureCount, step: position + 2)
            isDense = isDense || transform.makesDense
            guard !isDense || featureCount <= Limits.denseFeatures else {
                throw SwerveError(
                    .tooLarge, act: Self.act,
                    reason: "step \(position + 2), \(transform.name), makes every feature a "
                        + "number of its own: \(featureCount), the limit is "
                        + "\(Limits.denseFeatures)",
                    remedy: "scale without offsets, or hash to fewer features")
            }
        }
        self.isDense = isDense
    }

    /// A plan of hashed n-grams alone, which always fit.
    init(_ recipe: HashedNgrams) {
        source = .hashedNgrams(recipe)
        textField = nil
        transforms = []
        featureCount = recipe.featureCount
        isDense = false
        needs = .text
        readsParts = false
    }

    static let act = "building a featurizer"

    private struct Made {
        var source: Source
        var count: Int
        var isDense = false
        var needs = InputViews.text
        var readsParts = false
        var textField: Int?
    }

    private static func source(
        _ spec: FeaturizerSpec, _ source: FeatureSource, modelFeatures: Int?,
        names: inout FieldNumbers, texts: inout FieldNumbers
    ) throws(SwerveError) -> Made {
        switch source {
        case .hashedNgrams(let recipe):
            return Made(source: .hashedNgrams(recipe), count: recipe.featureCount)
        case .tfidfNgrams(let recipe):
            return Made(source: .tfidfNgrams(recipe), count: recipe.featureCount)
        case .textField(let name, let inner):
            var made = try Self.source(
                spec, inner, modelFeatures: modelFeatures, names: &names, texts: &texts)
            made.textField = texts.number(of: name)
            made.needs = .texts
            try check(texts)
            return made
        case .lexical:
            return Made(
                source: .lexical, count: LexicalFeatures.names.count, isDense: true,
                readsParts: true)
        case .fields(let list):
            let positions = list.names.map { names.number(of: $0) }
            try check(names)
            return Made(
                source: .fields(positions: positions, missing: list.missing),
                count: positions.count, isDense: true, needs: .fields)
        case .dense(let count):
            let count = try open(count, spec, modelFeatures, "dense")
            guard count <= Limits.denseFeatures else {
                throw SwerveError(
                    .tooLarge, act: act,
                    reason: "\(count) dense features, the limit is \(Limits.denseFeatures)")
            }
            return Made(source: .dense(count: count), count: count, isDense: true, needs: .dense)
        case .sparse(let count):
            let count = try open(count, spec, modelFeatures, "sparse")
            return Made(source: .sparse(count: count), count: count, needs: .sparse)
        case .sparseFromZero(let count):
            let count = try open(count, spec, modelFeatures, "sparse")
            return Made(source: .sparseFromZero(count: count), count: count, needs: .sparse)
        case .union(let specs): return try union(specs, names: &names, texts: &texts)
        }
    }

    private static func check(_ numbers: FieldNumbers) throws(SwerveError) {
        guard numbers.names.count <= Limits.namedFields else {
            throw SwerveError(
                .tooLarge, act: act, reason: "more than \(Limits.namedFields) named fields")
        }
    }

    /// The count of the spec, else of the first step that has one, else of the model.
    private static func open(
        _ count: Int?, _ spec: FeaturizerSpec, _ modelFeatures: Int?, _ name: String
    ) throws(SwerveError) -> Int {
        let found = count ?? spec.transforms.lazy.compactMap(\.featureCount).first ?? modelFeatures
        guard let found else {
            throw SwerveError(
                .invalid, act: act,
                reason: "nothing says how many features '\(name)' has",
                remedy: "write {\"\(name)\":{\"n_features\":30}}")
        }
        return found
    }

    private static func union(
        _ specs: [FeaturizerSpec], names: inout FieldNumbers, texts: inout FieldNumbers
    ) throws(SwerveError) -> Made {
        var elements: [FeaturePlan] = []
        for spec in specs {
            elements.append(
                try FeaturePlan(spec, modelFeatures: nil, names: &names, texts: &texts))
        }
        // Each is within the limit itself, and there are few: no sum overflows.
        let count = elements.reduce(0) { $0 + $1.featureCount }
        let isDense = elements.allSatisfy(\.isDense)
        let limit = isDense ? Limits.denseFeatures : Limits.unionFeatures
        guard count <= limit else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "the union has \(count) features, the limit is \(limit)",
                remedy: "hash to fewer features")
        }
        return Made(
            source: .union(elements: elements, isDense: isDense), count: count, isDense: isDense,
            needs: elements.reduce(into: InputViews()) { $0.formUnion($1.needs) },
            readsParts: elements.contains(where: \.readsParts))
    }

    /// Whether n-grams are made of a named text.
    var readsTextField: Bool {
        guard case .union(let elements, _) = source else { return textField != nil }
        return elements.contains(where: \.readsTextField)
    }

    var denseCount: Int? {
        switch source {
        case .dense(let count): count
        case .union(let elements, _): elements.lazy.compactMap(\.denseCount).first
        default: nil
        }
    }

    /// Whether one of its sources reads an index 0 of `"svm"`.
    var readsIndexZero: Bool {
        switch source {
        case .sparseFromZero: true
        case .union(let elements, _): elements.contains(where: \.readsIndexZero)
        default: false
        }
    }

    var sparseCount: Int? {
        switch source {
        case .sparse(let count), .sparseFromZero(let count): count
        case .union(let elements, _): elements.lazy.compactMap(\.sparseCount).max()
        default: nil
        }
    }
}
