import Scoring

/// What labels from elsewhere mean to a pair of versions, by the rule of `swerve replay`: a value.
struct LabelMeaning: Sendable {
    /// The classes of one version: their labels, and the names that its model has for them.
    struct Names: Sendable {
        let labels: [String]
        let classes: [String]
    }

    private let alerts: Set<String>
    private let versions: [Names]

    /// - Parameter alerts: the labels that are alerts.
    init(alerts: [String], _ versions: [Names]) {
        self.alerts = Set(alerts)
        self.versions = versions
    }

    /// Whether a label is one of an alert; nil for one that neither version knows, which says
    /// nothing: it is no normal record for that.
    func isAttack(_ label: String) -> Bool? {
        if alerts.contains(label) { return true }
        for names in versions {
            guard
                let index = names.labels.firstIndex(of: label)
                    ?? names.classes.firstIndex(of: label),
                names.labels.indices.contains(index)
            else { continue }
            return alerts.contains(names.labels[index])
        }
        return label == Self.normal ? false : nil
    }

    private static let normal = "normal"
}

extension LabelMeaning.Names {
    init(_ scorer: Scorer) { self.init(labels: scorer.labels, classes: scorer.model.classes) }
}
