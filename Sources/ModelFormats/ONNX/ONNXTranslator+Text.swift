import Lifecycle
import Scoring

/// From a text to counts of its n-grams.
extension ONNXTranslator {
    static func stringNormalizer(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(
            inputs: 1...1,
            attributes: ["case_change_action", "is_case_sensitive", "locale", "stopwords"])
        var text = try text(op, inputs, isSplit: false)
        guard try op.ranges("stopwords") ?? [] == [] else {
            throw op.wrong("stopwords are not supported")
        }
        if let locale = try op.string("locale"), !locale.hasPrefix("en_US") {
            throw op.wrong("locale '\(locale.shortened(to: 40))' is not supported")
        }
        switch try op.string("case_change_action") ?? "NONE" {
        case "NONE": break
        case "LOWER": text.lowercase = true
        case let other:
            throw op.wrong("case_change_action '\(other.shortened(to: 40))' is not supported")
        }
        return .text(text)
    }

    static func tokenizer(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(
            inputs: 1...1,
            attributes: ["mark", "mincharnum", "pad_value", "tokenexp", "separators"])
        var text = try text(op, inputs, isSplit: false)
        try op.expect("mark", 0)
        try op.expect("mincharnum", 1)
        // Either is the way to say: every character by itself.
        let separators = try op.ranges("separators") ?? []
        let expression = try op.string("tokenexp")
        guard
            expression == "." && separators.isEmpty
                || expression == nil && separators.count == 1 && separators[0].isEmpty
        else {
            throw op.wrong(
                "it splits into words, not characters",
                remedy: "train with analyzer='char', or export with swerve-export")
        }
        text.isSplit = true
        return .text(text)
    }

    private static func text(
        _ op: ONNXOperator, _ inputs: [ONNXValue], isSplit: Bool
    ) throws(SwerveError) -> ONNXText {
        guard case .text(let text)? = inputs.first, text.isSplit == isSplit else {
            throw op.wrong(
                "it takes \(inputs.first?.words ?? "nothing"), not a text"
                    + (isSplit ? " split into characters" : ""))
        }
        return text
    }

    static func tfidf(
        _ op: ONNXOperator, _ inputs: [ONNXValue]
    ) throws(SwerveError) -> ONNXValue {
        try op.expect(
            inputs: 1...1,
            attributes: [
                "max_gram_length", "min_gram_length", "max_skip_count", "mode", "ngram_counts",
                "ngram_indexes", "pool_strings", "weights",
            ])
        let text = try text(op, inputs, isSplit: true)
        try op.expect("max_skip_count", 0)
        guard let least = try op.int("min_gram_length"), let most = try op.int("max_gram_length"),
            least >= 1, least <= most, most <= Limits.ngramLength
        else { throw op.wrong("n-grams of this length are not supported") }
        let vocabulary = try ONNXVocabulary(op, lengths: Int(least)...Int(most)).terms
        let weights = try op.floats("weights")
        guard weights == nil || weights?.count == vocabulary.count else {
            throw op.wrong("\(weights?.count ?? 0) weights for \(vocabulary.count) n-grams")
        }
        let mode = try op.string("mode") ?? ""
        guard ["TF", "IDF", "TFIDF"].contains(mode) else {
            throw op.wrong("mode '\(mode.shortened(to: 40))' is not supported")
        }
        var features = ONNXFeatures()
        features.count = vocabulary.count
        features.terms = ONNXTerms(
            ngramRange: Int(least)...Int(most), lowercase: text.lowercase, vocabulary: vocabulary,
            field: text.field, binary: mode == "IDF", idf: mode == "TF" ? nil : weights,
            act: "\(op.act): \(op.words)")
        return .features(features)
    }
}
