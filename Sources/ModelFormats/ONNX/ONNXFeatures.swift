import Lifecycle
import Scoring

/// Features on their way through the graph: where they come from, and what was done to them.
struct ONNXFeatures {
    /// Where they come from.
    enum Source {
        /// `"x"`: the numbers come in as they are.
        case numbers
        /// One input of the graph a feature: fields of a record by their names.
        case fields([String])
        /// Several side by side.
        case union([FeaturizerSpec])
        case projection(ONNXProjection)
    }

    var source = Source.numbers
    /// Counts of n-grams, where they come of a text.
    var terms: ONNXTerms?
    var transforms: [FeatureTransform] = []
    /// How many; nil while nothing said it.
    var count: Int?
    /// How many came in, where only some of them were picked.
    var pickedFrom: Int?
    /// Whether they are doubles; else float32, or whole numbers that become so.
    var isDouble = false
    /// Whether a sum or product is not rounded to float32 yet, as the tool does after each.
    private(set) var isUnrounded = false
    /// Whether they are true or false, on the way from counts to 1 and 0.
    var isFlags = false
    /// How many unions stand inside one another in it.
    var unionDepth = 0
    /// How many specs are in it.
    var size = 1

    /// Rounds to float32 what would be so in the tool.
    mutating func round() {
        if isUnrounded && !isDouble { transforms.append(.single) }
        isUnrounded = false
    }

    mutating func append(_ transform: FeatureTransform) {
        transforms.append(transform)
        isUnrounded = true
    }

    /// Whether the last step can still be joined with a next one.
    var isOpen: Bool { isUnrounded }

    mutating func replaceLast(_ transform: FeatureTransform) {
        transforms[transforms.count - 1] = transform
    }

    /// The recipe.
    ///
    /// - Throws: in the words of the node, where no recipe has so much.
    func spec() throws(SwerveError) -> FeaturizerSpec {
        let source: FeatureSource
        if let terms {
            let counted = FeatureSource.tfidfNgrams(try terms.recipe())
            source = terms.field.map { .textField($0, counted) } ?? counted
        } else {
            switch self.source {
            case .numbers: source = .dense(count: pickedFrom ?? count)
            case .fields(let names): source = .fields(FieldList(names: names, missing: nil))
            case .union(let specs): source = .union(specs)
            case .projection(let projection):
                let made = try projection.spec()
                return FeaturizerSpec(
                    source: made.source, transforms: made.transforms + transforms)
            }
        }
        return FeaturizerSpec(source: source, transforms: transforms)
    }
}
