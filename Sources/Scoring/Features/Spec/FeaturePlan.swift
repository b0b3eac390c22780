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
///
/// A class, so that whoever runs it copies nothing for a record. Immutable.
final class FeaturePlan: Sendable {
    /// What a source does to the scratch.
    enum Source: Sendable {
        case hashedNgrams(HashedNgrams)
        case tfidfNgrams(TfidfNgrams)
        case lexical
        /// The positions of the fields among all that the featurizer wants.
        case fields(positions: [Int], missing: Double?)
        /// Where each column's field is among the texts or the fields that the featurizer wants.
        case categories(CategoryEncoder, positions: [Int])
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
    /// How many features the source gives.
    let sourceCount: Int
    /// How many come out of the last step.
    let featureCount: Int
    /// Whether what comes out has the form `dense`.
    let isDense: Bool
    let needs: InputViews
    /// Whether it tells the parts of a request apart.
    let readsParts: Bool
    /// Whether a missing value may come out, as NaN.
    let mayBeMissing: Bool
    /// How many numbers the steps write for one input, those of a union's elements too.
    let writtenCount: Int

    /// - Parameters:
    ///   - modelFeatures: what fills a count that the spec leaves open.
    ///   - names: the numeric fields wanted so far, to which this plan adds its own.
    ///   - texts: the same of named texts.
    ///   - selected: how many features the selections so far choose from, the same.
    /// - Throws: `SwerveError.invalid` where steps do not fit each other, `.tooLarge` where the
    ///   features would stand in more memory than `Limits.denseFeatures`.
    init(
        _ spec: FeaturizerSpec, modelFeatures: Int?, names: inout FieldNumbers,
        texts: inout FieldNumbers, selected: inout Int
    ) throws(SwerveError) {
        let made = try Self.source(
            spec, spec.source, modelFeatures: modelFeatures, names: &names, texts: &texts,
            selected: &selected)
        source = made.source
        textField = made.textField
        var transforms: [FeatureTransform] = []
        sourceCount = made.count
        needs = made.needs
        readsParts = made.readsParts
        var count = made.count
        var isDense = made.isDense
        var mayBeMissing = made.mayBeMissing
        var written = made.writtenCount
        for (position, transform) in spec.transforms.enumerated() {
            try transform.check(takes: count, step: position + 2)
            let most =
                isDense || transform.takesDense
                ? max(count, transform.featureCount(of: count)) : 0
            guard most <= Limits.denseFeatures else {
                throw SwerveError(
                    .tooLarge, act: Self.act,
                    reason: "step \(position + 2), \(transform.name), makes every feature a "
                        + "number of its own: \(most), the limit is "
                        + "\(Limits.denseFeatures)",
                    remedy: "scale without offsets, or hash to fewer features")
            }
            written += most
            count = transform.featureCount(of: count)
            isDense = transform.isDense(after: isDense)
            mayBeMissing = try Self.missing(mayBeMissing, transform, step: position + 2)
            transforms.append(try Self.ready(transform, &selected))
        }
        self.transforms = transforms
        guard count > 0 else {
            throw SwerveError(.invalid, act: Self.act, reason: "the steps give no feature")
        }
        featureCount = count
        self.isDense = isDense
        self.mayBeMissing = mayBeMissing
        // What is written may be left out again, so that features alone bound no work.
        guard written <= Limits.unionFeatures else {
            throw SwerveError(
                .tooLarge, act: Self.act,
                reason: "all steps together write \(written) numbers for one record, the limit is "
                    + "\(Limits.unionFeatures)",
                remedy: "use fewer features, or select them before they are multiplied")
        }
        writtenCount = written
    }

    /// A plan of hashed n-grams alone, which always fit.
    init(_ recipe: HashedNgrams) {
        source = .hashedNgrams(recipe)
        textField = nil
        transforms = []
        sourceCount = recipe.featureCount
        featureCount = recipe.featureCount
        isDense = false
        needs = .text
        readsParts = false
        mayBeMissing = false
        writtenCount = 0
    }

    /// A step with the memory that it runs with.
    private static func ready(
        _ transform: FeatureTransform, _ selected: inout Int
    ) throws(SwerveError) -> FeatureTransform {
        guard case .select(let selection) = transform else { return transform }
        selected += selection.inputCount
        guard selected <= Limits.selectedFeatures else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "all selections together choose from \(selected) features, the limit is "
                    + "\(Limits.selectedFeatures)",
                remedy: "select once, or hash to fewer features")
        }
        return .select(selection.ready)
    }

    /// Whether missing values may come out of a step.
    ///
    /// - Throws: where they go into one that would make something else of them.
    private static func missing(
        _ mayBeMissing: Bool, _ transform: FeatureTransform, step: Int
    ) throws(SwerveError) -> Bool {
        switch transform.missing {
        case .pass: return mayBeMissing
        case .fill: return false
        case .give: return true
        case .refuse:
            guard mayBeMissing else { return false }
            throw SwerveError(
                .invalid, act: act,
                reason: "step \(step), \(transform.name), takes no missing values, and a field "
                    + "may be missing",
                remedy: "put an imputer before it, or say what a missing field counts as")
        }
    }

    static let act = "building a featurizer"

    private struct Made {
        var source: Source
        var count: Int
        var isDense = false
        var needs = InputViews.text
        var readsParts = false
        var textField: Int?
        var mayBeMissing = false
        var writtenCount = 0
    }

    private static func source(
        _ spec: FeaturizerSpec, _ source: FeatureSource, modelFeatures: Int?,
        names: inout FieldNumbers, texts: inout FieldNumbers, selected: inout Int
    ) throws(SwerveError) -> Made {
        switch source {
        case .hashedNgrams(let recipe):
            if recipe.analyzer != .byte { recipe.options.loadTables() }
            return Made(source: .hashedNgrams(recipe), count: recipe.featureCount)
        case .tfidfNgrams(let recipe):
            if recipe.analyzer != .byte { recipe.options.loadTables() }
            return Made(source: .tfidfNgrams(recipe), count: recipe.featureCount)
        case .textField(let name, let inner):
            var made = try Self.source(
                spec, inner, modelFeatures: modelFeatures, names: &names, texts: &texts,
                selected: &selected)
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
                count: positions.count, isDense: true, needs: .fields,
                mayBeMissing: list.missing?.isNaN ?? false)
        case .categories(let encoder):
            return try categories(encoder, names: &names, texts: &texts)
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
        case .union(let specs):
            return try union(specs, names: &names, texts: &texts, selected: &selected)
        }
    }

    private static func categories(
        _ encoder: CategoryEncoder, names: inout FieldNumbers, texts: inout FieldNumbers
    ) throws(SwerveError) -> Made {
        var needs = InputViews()
        var positions: [Int] = []
        for column in encoder.columns {
            let field = column.field ?? ""
            positions.append(column.isText ? texts.number(of: field) : names.number(of: field))
            needs.formUnion(column.isText ? .texts : .fields)
        }
        try check(names)
        try check(texts)
        return Made(
            source: .categories(encoder, positions: positions), count: encoder.featureCount,
            isDense: encoder.encoding == .ordinal, needs: needs,
            mayBeMissing: encoder.mayGiveMissing)
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
        _ specs: [FeaturizerSpec], names: inout FieldNumbers, texts: inout FieldNumbers,
        selected: inout Int
    ) throws(SwerveError) -> Made {
        var elements: [FeaturePlan] = []
        for spec in specs {
            elements.append(
                try FeaturePlan(
                    spec, modelFeatures: nil, names: &names, texts: &texts, selected: &selected))
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
            readsParts: elements.contains(where: \.readsParts),
            mayBeMissing: elements.contains(where: \.mayBeMissing),
            writtenCount: elements.reduce(0) { $0 + $1.writtenCount })
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
