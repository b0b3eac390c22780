package import Lifecycle
package import Scoring

extension Explanation {
    /// The explanation as `swerve score --explain` prints it.
    ///
    /// - Parameter scorer: whose it is.
    package func json(_ scorer: Scorer) -> JSONValue {
        var fields: [String: JSONValue] = [
            "bias": .double(bias), "rest": .double(rest), "rest_count": .int(Int64(restCount)),
            "decision": .double(decision),
            "contributions": .array(contributions.map(\.json)),
        ]
        fields["of"] = scorer.words(forDecision: decisionIndex).map { .string($0) }
        return .object(fields)
    }
}

extension Explanation.Contribution {
    fileprivate var json: JSONValue {
        var fields: [String: JSONValue] = ["value": .double(value)]
        switch subject {
        case .feature(let index, let amount, let weight, let origin):
            fields["feature"] = .int(Int64(index))
            fields["feature_value"] = .double(amount)
            fields["weight"] = .double(weight)
            switch origin {
            case .named(let name): fields["name"] = .string(name)
            case .ngrams(let ngrams): fields["ngrams"] = .array(ngrams.map(\.json))
            }
        case .vector(let index, let weight, let kernel, let className):
            fields["support_vector"] = .int(Int64(index))
            fields["weight"] = .double(weight)
            fields["kernel"] = .double(kernel)
            fields["class"] = className.map { .string($0) }
        }
        return .object(fields)
    }
}

extension NgramOrigin {
    fileprivate var json: JSONValue {
        var fields: [String: JSONValue] = [
            "text": .string(text), "count": .int(Int64(count)),
            "at": .array(
                places.map { ["part": .string($0.part), "offset": .int(Int64($0.offset))] }),
        ]
        if isNegative { fields["sign"] = .int(-1) }
        return .object(fields)
    }
}

extension Scorer {
    /// Which class, or pair of classes, a decision is about; nil where there is only one.
    fileprivate func words(forDecision index: Int) -> String? {
        switch model.rule {
        case .single: return positiveLabel
        case .oneVsRest: return labels[index]
        case .oneVsOne, .oneVsOneAsRest:
            var position = 0
            for first in labels.indices {
                for second in labels.indices.dropFirst(first + 1) {
                    if position == index { return "\(labels[first]) against \(labels[second])" }
                    position += 1
                }
            }
            return nil
        }
    }
}
