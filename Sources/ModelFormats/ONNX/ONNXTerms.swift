import Lifecycle
import Scoring

/// Counts of n-grams of characters on their way through the graph.
struct ONNXTerms {
    let ngramRange: ClosedRange<Int>
    let lowercase: Bool
    /// The n-grams in the order of their features, UTF-8.
    let vocabulary: [[UInt8]]
    /// The named text that they are counted in; nil for the text of the request.
    var field: String?
    var binary: Bool
    var idf: [Double]?
    var norm: HashedNgrams.Norm?
    /// What is being read, with the node, for errors.
    let act: String

    /// The recipe, with the tool's own ways: no folding of white space, and each character lowered
    /// for itself.
    func recipe() throws(SwerveError) -> TfidfNgrams {
        try TfidfNgrams(
            analyzer: .char, ngramRange: ngramRange,
            preprocessing: TfidfNgrams.Preprocessing(
                lowercase: lowercase, foldsWhiteSpace: false, simpleLowercase: lowercase),
            weighting: TfidfNgrams.Weighting(norm: norm, binary: binary, idf: idf),
            vocabulary: vocabulary, act: act)
    }
}
