package import Lifecycle

/// What alerts may cost: the bound that a threshold is chosen by.
package enum ThresholdBudget: Sendable, Equatable {
    /// At most so many alerts, where so many requests come; both a day, above 0.
    case alerts(perDay: Double, ofRequests: Double)
    /// At most this share of the requests that are not of the class alert.
    case falsePositiveRate(Double)
    /// At least this share of the alerts is of the class.
    case precision(Double)

    /// Whether it can only be held against requests whose class is known.
    package var needsLabels: Bool {
        if case .alerts = self { return false }
        return true
    }

    package var json: JSONValue {
        switch self {
        case .alerts(let perDay, _): ["alerts_per_day": .double(perDay)]
        case .falsePositiveRate(let rate): ["false_positive_rate": .double(rate)]
        case .precision(let share): ["precision": .double(share)]
        }
    }

    /// `at most 100 alerts a day`.
    package var words: String {
        switch self {
        case .alerts(let perDay, _): "at most \(JSONValue.double(perDay).text) alerts a day"
        case .falsePositiveRate(let rate):
            "a false positive rate of at most \(JSONValue.double(rate).text)"
        case .precision(let share): "a precision of at least \(JSONValue.double(share).text)"
        }
    }
}

/// What a budget comes to.
package enum ThresholdChoice: Sendable, Equatable {
    /// The threshold that catches most within it.
    case met(ThresholdCurve.Point)
    /// No threshold gives an alert within it, for this reason.
    case unmet(reason: String)
}

extension ThresholdCurve {
    /// The threshold with most alerts that keeps within `budget`; of a precision, the one that
    /// finds most requests of the class, and of those the one with fewest false positives.
    ///
    /// A threshold without any alert keeps within every budget and is no choice.
    package func choice(within budget: ThresholdBudget) -> ThresholdChoice {
        var best: Cut?
        var first: Cut?
        forEachCut { cut in
            guard cut.alerts > 0 else { return true }
            if first == nil { first = cut }
            switch budget {
            case .alerts(let perDay, let requests):
                guard Double(cut.alerts) * requests <= perDay * Double(count) else { return false }
                best = cut
            case .falsePositiveRate(let rate):
                // Divided as whoever counts divides: a product misses what is met exactly.
                let isWithin =
                    negatives == 0 || Double(cut.falsePositives) / Double(negatives) <= rate
                guard isWithin else { return false }
                best = cut
            case .precision(let share):
                let known = cut.truePositives + cut.falsePositives
                let isPrecise = known > 0 && Double(cut.truePositives) / Double(known) >= share
                if isPrecise, cut.truePositives > best?.truePositives ?? 0 { best = cut }
            }
            return true
        }
        if let best { return .met(point(of: best)) }
        return .unmet(reason: reason(budget, first))
    }

    /// - Parameter first: the fewest alerts that there are; nil without requests.
    private func reason(_ budget: ThresholdBudget, _ first: Cut?) -> String {
        guard let first else { return "there are no requests" }
        let requests = "\(first.alerts) of \(count) request\(count == 1 ? "" : "s")"
        let fewest = first.alerts == 1 ? "the highest score" : "the highest score, which is shared,"
        switch budget {
        case .alerts(_, let perDay):
            let alerts = Double(first.alerts) * perDay / Double(count)
            return "\(fewest) is that of \(requests), which is "
                + "\(JSONValue.double((alerts * 10).rounded() / 10).text) alerts a day already"
        case .falsePositiveRate:
            return "\(fewest) is that of \(requests), and \(first.falsePositives) of the "
                + "\(negatives) that are not of the class are among them"
        case .precision:
            return "at no threshold is so large a share of the alerts of the class"
        }
    }
}
