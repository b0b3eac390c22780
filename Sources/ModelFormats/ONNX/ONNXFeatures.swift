import Lifecycle
import Scoring

/// Features on their way through the graph: where they come from, and what was done to them.
struct ONNXFeatures {
    /// Nil for numbers that come in as they are.
    var terms: ONNXTerms?
    var transforms: [FeatureTransform] = []
    /// How many; nil while nothing said it.
    var count: Int?
    /// Whether they are doubles; else float32, or whole numbers that become so.
    var isDouble = false
    /// Whether a sum or product is not rounded to float32 yet, as the tool does after each.
    private(set) var isUnrounded = false
    /// Whether they are true or false, on the way from counts to 1 and 0.
    var isFlags = false

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
    func spec() throws(SwerveError) -> FeaturizerSpec {
        let source: FeatureSource =
            if let terms { .tfidfNgrams(try terms.recipe()) } else { .dense(count: count) }
        return FeaturizerSpec(source: source, transforms: transforms)
    }
}
