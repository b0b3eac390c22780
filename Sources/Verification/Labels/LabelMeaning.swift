import Scoring

/// What labels from elsewhere mean to the versions that are held against them: a value.
///
/// The one rule of a replay, of a join of labels and of a rollout.
package struct LabelMeaning: Sendable {
    private let alerts: Set<String>
    private let versions: [ReplayVersion]

    /// - Parameters:
    ///   - alerts: the labels that are alerts, whichever version has them.
    ///   - versions: with alerts of their own; where two mean different things by a label, the
    ///     first counts.
    package init(alerts: [String], _ versions: [ReplayVersion]) {
        self.alerts = Set(alerts)
        self.versions = versions
    }

    /// Whether a label is one of an alert; nil for one that no version knows, which says nothing:
    /// it is no normal record for that.
    package func isAttack(_ label: String) -> Bool? {
        if alerts.contains(label) { return true }
        for version in versions {
            guard
                let index = version.scorer.labels.firstIndex(of: label)
                    ?? version.scorer.model.classes.firstIndex(of: label),
                version.alerts.indices.contains(index)
            else { continue }
            return version.alerts[index]
        }
        return label == Self.normal ? false : nil
    }

    private static let normal = "normal"
}
