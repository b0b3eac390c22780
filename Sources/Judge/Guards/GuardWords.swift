extension Guard {
    /// What is allowed, in words.
    package var limitText: String {
        switch kind {
        case .votes where source == .latency: return "at most \(Rate.exact(ratio)) times as slow"
        case .votes: return "scores at most \(Rate.exact(spreads)) spreads away"
        case .up, .down:
            let direction = kind == .up ? "more" : "fewer"
            return "at most \(Rate.exact(rel * 100)) % \(direction) \(unit.plural), and "
                + "\(Rate.text(abs)) in 10,000 \(unit.of)"
        }
    }

    /// What it counts as bad, and of what.
    var unit: (plural: String, of: String) {
        switch source {
        case .alerts: ("alerts", "records")
        case .incidents: ("places with alerts", "places")
        case .errors: ("records without a score", "records")
        case .latency, .score: ("votes against", "votes")
        case .normal: ("false positives", "records labelled normal")
        case .attack: ("missed attacks", "records labelled attack")
        }
    }
}
