/// What a deployment says of one version that its artifact says otherwise: threshold, labels, and
/// the rule that chooses a label.
///
/// They change without a new version. Unknown fields survive a round trip.
package struct VersionSettings: Sendable, Hashable {
    /// A decision above it means the positive label; nil leaves the artifact's.
    package var threshold: Double?
    /// Name of a label to the model's own class; nil leaves the artifact's.
    package var labels: [String: String]?
    /// Nil leaves the artifact's.
    package var labelRule: LabelRule?
    private var others: [String: JSONValue] = [:]

    package init(
        threshold: Double? = nil, labels: [String: String]? = nil, labelRule: LabelRule? = nil
    ) {
        self.threshold = threshold
        self.labels = labels
        self.labelRule = labelRule
    }

    package var isEmpty: Bool { !changesScorer && others.isEmpty }

    /// Whether a scorer decides or speaks otherwise under them than its artifact says.
    package var changesScorer: Bool { threshold != nil || labels != nil || labelRule != nil }

    package var json: JSONValue {
        var fields = others
        fields["threshold"] = threshold.map(JSONValue.double)
        fields["labels"] = labels.map { .object($0.mapValues { .string($0) }) }
        fields["label_rule"] = labelRule.map { .string($0.rawValue) }
        return .object(fields)
    }

    /// - Throws: `.invalid` where a known field is malformed.
    package init(_ json: JSONValue, act: String) throws(SwerveError) {
        guard case .object(var fields) = json else {
            throw SwerveError(.invalid, act: act, reason: "a version's settings are not an object")
        }
        if let value = fields.removeValue(forKey: "threshold"), value != .null {
            guard let number = value.double, number.isFinite else {
                throw SwerveError(
                    .invalid, act: act, reason: "settings: the threshold is not a finite number")
            }
            threshold = number
        }
        if let value = fields.removeValue(forKey: "labels"), value != .null {
            guard let given = value.object, given.count <= Limits.labels else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "settings: labels are not an object of at most \(Limits.labels)")
            }
            labels = try Self.labels(given, act: act)
        }
        if let value = fields.removeValue(forKey: "label_rule"), value != .null {
            guard let rule = value.string.flatMap(LabelRule.init(rawValue:)) else {
                throw SwerveError(
                    .invalid, act: act, reason: "settings: label_rule is not votes or probability")
            }
            labelRule = rule
        }
        others = fields
    }

    private static func labels(
        _ given: [String: JSONValue], act: String
    ) throws(SwerveError) -> [String: String] {
        var labels: [String: String] = [:]
        for (name, value) in given {
            guard let text = value.string else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "settings: label '\(name.shortened(to: 80))' is not a string")
            }
            labels[name] = text
        }
        return labels
    }

    /// These settings with what `change` names on top.
    package func overlaid(with change: VersionSettings) -> VersionSettings {
        var result = self
        result.threshold = change.threshold ?? threshold
        result.labels = change.labels ?? labels
        result.labelRule = change.labelRule ?? labelRule
        result.others.merge(change.others) { _, new in new }
        return result
    }
}

extension VersionSettings: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(try JSONValue(from: decoder), act: "reading settings")
    }

    package func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}
