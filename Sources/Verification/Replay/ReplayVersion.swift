import Lifecycle
package import Scoring

/// A version that is asked about records, and which of its classes are alerts.
package struct ReplayVersion: Sendable {
    package let version: Int
    package let scorer: Scorer
    /// By class; empty for a regression, which has no alerts.
    package let alerts: [Bool]

    /// - Parameter labels: those that are alerts.
    package init(version: Int, scorer: Scorer, labels: [String]) {
        self.version = version
        self.scorer = scorer
        alerts = scorer.labels.map { labels.contains($0) }
    }

    package var hasAlerts: Bool { alerts.contains(true) }

    /// The labels of its classes that are alerts.
    var alertLabels: Set<String> {
        Set(zip(scorer.labels, alerts).filter(\.1).map(\.0))
    }

    /// Whether a higher score is nearer to an alert; nil where no threshold decides.
    package var highIsAlert: Bool? {
        guard scorer.model.rule == .single, alerts.indices.contains(scorer.model.positive) else {
            return nil
        }
        return alerts[scorer.model.positive]
    }

    /// The version, where it has none of the labels that are alerts with what is above its
    /// threshold as an alert.
    ///
    /// The rule of whoever holds versions against labels from elsewhere; workers know no such
    /// alerts.
    ///
    /// - Parameter labels: those that are alerts.
    /// - Returns: also what is to be told of that.
    package func alerting(insteadOf labels: [String]) -> (version: ReplayVersion, note: String?) {
        guard !hasAlerts else { return (self, nil) }
        let words = labels.map { "'\($0.shortened(to: 40))'" }.joined(separator: ", ")
        guard let positive = scorer.positiveLabel, scorer.model.task != .regression else {
            return (
                self, "version \(version) has no label \(words): nothing it says is an alert"
            )
        }
        return (
            ReplayVersion(version: version, scorer: scorer, labels: [positive]),
            "version \(version) has no label \(words): its alerts are those called '\(positive)'"
        )
    }
}
