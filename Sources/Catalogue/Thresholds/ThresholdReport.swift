package import Lifecycle

/// What thresholds do to a file of requests, and which one keeps within a budget.
package struct ThresholdReport: Sendable {
    package struct Row: Sendable, Equatable {
        package let point: ThresholdCurve.Point
        /// Whether it is the one that the budget chooses.
        package let isChosen: Bool
        /// Whether the version decides by it now.
        package let isPresent: Bool
    }

    package let version: VersionReference
    /// The class that an alert means.
    package let className: String
    /// Requests that were scored; those whose class is known, by it.
    package let requests: Int
    package let positives: Int
    package let negatives: Int
    /// Lines that were left out, and why the first was.
    package let failures: Int
    package let firstFailure: String?
    /// Lines whose label is no class of the version, and what is told of the first.
    package let strangeLabels: Int
    package let firstStrangeLabel: String?
    /// Of the stream; nil where nobody said.
    package let requestsPerDay: Double?
    package let budget: ThresholdBudget?
    /// Nil without a budget.
    package let choice: ThresholdChoice?
    /// The highest threshold first.
    package let rows: [Row]

    /// - Parameters:
    ///   - present: what the version decides by now.
    ///   - requestsPerDay: above 0.
    package init(
        _ sampled: ThresholdSampler.Sampled, of version: VersionReference, className: String,
        present: Double, requestsPerDay: Double?, budget: ThresholdBudget?
    ) {
        let curve = ThresholdCurve(sampled.sample)
        self.version = version
        self.className = className
        self.requestsPerDay = requestsPerDay
        self.budget = budget
        requests = curve.count
        positives = curve.positives
        negatives = curve.negatives
        failures = sampled.failures
        firstFailure = sampled.firstFailure
        strangeLabels = sampled.strangeLabels
        firstStrangeLabel = sampled.firstStrangeLabel
        choice = budget.map { curve.choice(within: $0) }
        var chosen: ThresholdCurve.Point?
        if case .met(let point) = choice { chosen = point }
        var points = curve.overview()
        for point in [chosen, curve.point(at: present)].compactMap(\.self)
        where !points.contains(where: { $0.threshold == point.threshold }) {
            points.append(point)
        }
        rows = points.sorted { $0.threshold > $1.threshold }.map { point in
            Row(
                point: point, isChosen: point.threshold == chosen?.threshold,
                isPresent: point.threshold == present)
        }
    }

    package var areLabelled: Bool { positives + negatives > 0 }

    /// Of the requests, those that alert.
    package func alertRate(_ point: ThresholdCurve.Point) -> Proportion {
        Proportion(point.alerts, of: requests)
    }

    /// Of the alerts whose class is known, those that are of the class.
    package func precision(_ point: ThresholdCurve.Point) -> Proportion {
        Proportion(point.truePositives, of: point.truePositives + point.falsePositives)
    }

    /// Of the requests of the class, those that alert.
    package func recall(_ point: ThresholdCurve.Point) -> Proportion {
        Proportion(point.truePositives, of: positives)
    }

    /// Of the requests that are not of the class, those that alert.
    package func falsePositiveRate(_ point: ThresholdCurve.Point) -> Proportion {
        Proportion(point.falsePositives, of: negatives)
    }

    /// The document of `swerve threshold --json`.
    package var json: JSONValue {
        var fields: [String: JSONValue] = [
            "model": .string(version.model.description), "version": .int(Int64(version.version)),
            "class": .string(className), "requests": .int(Int64(requests)),
            "positives": .int(Int64(positives)), "negatives": .int(Int64(negatives)),
            "not_scored": .int(Int64(failures)),
            "requests_per_day": requestsPerDay.map { .double($0) } ?? .null,
            "candidates": .array(rows.map { .object(json($0)) }),
            "budget": budget?.json ?? .null, "met": .null, "threshold": .null,
        ]
        switch choice {
        case nil: break
        case .met(let point):
            fields["met"] = true
            fields["threshold"] = .double(point.threshold)
        case .unmet(let reason):
            fields["met"] = false
            fields["reason"] = .string(reason)
        }
        return .object(fields)
    }

    private func json(_ row: Row) -> [String: JSONValue] {
        let point = row.point
        var fields: [String: JSONValue] = [
            "threshold": .double(point.threshold), "alerts": .int(Int64(point.alerts)),
            "chosen": .bool(row.isChosen), "present": .bool(row.isPresent),
        ]
        Self.add("alert_rate", alertRate(point), to: &fields)
        if let requestsPerDay {
            Self.add("alerts_per_day", alertRate(point), times: requestsPerDay, to: &fields)
        }
        guard areLabelled else { return fields }
        fields["true_positives"] = .int(Int64(point.truePositives))
        fields["false_positives"] = .int(Int64(point.falsePositives))
        Self.add("precision", precision(point), to: &fields)
        Self.add("recall", recall(point), to: &fields)
        Self.add("false_positive_rate", falsePositiveRate(point), to: &fields)
        return fields
    }

    private static func add(
        _ name: String, _ share: Proportion, times factor: Double = 1,
        to fields: inout [String: JSONValue]
    ) {
        fields[name] =
            share.whole > 0
            ? .double(Double(share.part) * factor / Double(share.whole)) : .null
        fields["\(name)_95"] =
            share.interval.map {
                .array([.double($0.lowerBound * factor), .double($0.upperBound * factor)])
            } ?? .null
    }
}
