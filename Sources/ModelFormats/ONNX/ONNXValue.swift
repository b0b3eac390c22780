import Lifecycle
import Scoring

/// What a tensor of the graph means for one input.
enum ONNXValue {
    case constant(ONNXTensor)
    case text(ONNXText)
    case features(ONNXFeatures)
    /// A number a column, computed from the model's decisions.
    case row([ONNXFormula])
    /// The index of the largest of these, the first among equals.
    case largest([ONNXFormula])
    /// 1, -1 or 0, by the sign.
    case sign(ONNXFormula)
    case label(ONNXLabel)
    /// Columns with the names of their classes, as ZipMap gives them.
    case named([ONNXFormula], classes: [String])
    /// What no meaning here fits: why, in the words of the node that made it.
    case unknown(SwerveError)

    /// What it is called in errors.
    var words: String {
        switch self {
        case .constant: "a constant"
        case .text: "a text"
        case .features: "features"
        case .row: "decisions"
        case .largest: "the index of a class"
        case .sign: "a sign"
        case .label: "a label"
        case .named: "named decisions"
        case .unknown: "what is not understood"
        }
    }
}

/// A text on its way to be counted.
struct ONNXText {
    /// The field that it is, where the graph has other inputs beside it.
    var field: String?
    var lowercase = false
    /// Whether it is split into its characters.
    var isSplit = false
}

/// The class that the graph chooses.
struct ONNXLabel {
    enum Choice {
        /// By the votes of pairs, as the classifier with this first decision does itself.
        case votes(decision: Int)
        case largest([ONNXFormula])
    }

    let classes: [String]
    let choice: Choice
}
