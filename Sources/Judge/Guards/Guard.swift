/// What a candidate is held to in one respect.
///
/// A value; which harm counts, how much of it is allowed, and what follows from it.
package struct Guard: Sendable, Equatable {
    /// Where a guard's table comes from.
    package enum Source: String, Sendable, CaseIterable {
        /// Pairs: did each version alert?
        case alerts
        /// One unit a cell with pairs in a block: did either version alert there at all?
        case incidents
        /// Which version could not score the record.
        case errors
        /// Votes of slots on times.
        case latency
        /// Votes of slots on scores.
        case score
        /// Records labelled normal: did each version call them an attack?
        case normal
        /// Records labelled attack: did each version call them normal?
        case attack

        /// Whether it counts records whose label is known.
        package var isLabels: Bool { self == .normal || self == .attack }

        /// Whether its table is counted in cells of record keys.
        var hasCells: Bool { self == .alerts || self == .incidents || self == .errors }
    }

    /// Which direction is harm.
    package enum Kind: String, Sendable, CaseIterable {
        case up, down, votes
    }

    package let name: String
    package let source: Source
    package let kind: Kind
    /// Allowed harm as a share of the records that the stable version calls bad.
    package var rel = 0.0
    /// Allowed harm as a share of all records, on top.
    package var abs = 0.0
    /// Of `latency`: how many times the stable version's time is too slow.
    package var ratio = 1.0
    /// Of `score`: how many spreads of the stable version's scores are too far.
    package var spreads = 0.0
    /// Whether it can fail the candidate; else it is watched and told.
    package var isEnforced = true
    /// Whether it has to pass before the candidate does; only where it is enforced.
    package var isRequired = true

    package init(name: String, source: Source, kind: Kind) {
        self.name = name
        self.source = source
        self.kind = kind
    }

    /// Whether the candidate can pass only with it.
    package var isNeeded: Bool { isEnforced && isRequired }

    /// Whether its blocks are also counted by cell.
    var hasCells: Bool { kind != .votes && source.hasCells }

    /// Harm of one record for the outcomes 00, 01, 10, 11 (stable bad?, candidate bad?).
    static func harm(_ kind: Kind) -> Outcomes {
        kind == .down ? Outcomes(0, -1, 1, 0) : Outcomes(0, 1, -1, 0)
    }

    /// Harm minus allowance of one record, by outcome.
    static func excess(_ kind: Kind, rel: Double, abs: Double) -> Outcomes {
        let harm = harm(kind)
        guard kind != .votes else { return harm }
        return Outcomes(
            harm.n00 - abs, harm.n01 - abs, harm.n10 - (rel + abs), harm.n11 - (rel + abs))
    }

    /// Why margins make no sense; nil where they do.
    package static func refusal(of kind: Kind, rel: Double, abs: Double) -> String? {
        if rel < 0 || abs < 0 { return "a margin is negative" }
        switch kind {
        case .up where abs >= 1:
            return "abs is \(abs): no candidate could be worse than that (below 1 is)"
        case .down where rel + abs >= 1:
            return "rel and abs come to \(rel + abs): no candidate could be worse than that "
                + "(below 1 is)"
        case .up, .down, .votes: return nil
        }
    }
}

extension Guard {
    /// Those that a plan changes by name, with their margins, in the order in which they are told.
    ///
    /// A loss of half of the alerts is allowed, since fewer false ones are often the purpose;
    /// shifts of scores are only watched, since two models may score on different scales and agree
    /// on every label.
    package static let defaults: [Guard] = [
        margins("alerts-up", .alerts, .up, 0.2, 1e-4),
        margins("alerts-down", .alerts, .down, 0.5, 1e-4),
        margins("incidents-up", .incidents, .up, 0.2, 1e-3),
        margins("incidents-down", .incidents, .down, 0.5, 1e-3),
        margins("errors", .errors, .up, 0, 1e-4),
        latency, score,
        margins("false-positives", .normal, .up, 0.2, 1e-3, isRequired: false),
        margins("missed-attacks", .attack, .up, 0.2, 1e-2, isRequired: false),
    ]

    private static let latency: Guard = {
        var rule = Guard(name: "latency", source: .latency, kind: .votes)
        rule.ratio = 2
        return rule
    }()

    private static let score: Guard = {
        var rule = Guard(name: "score", source: .score, kind: .votes)
        rule.spreads = 0.5
        rule.isEnforced = false
        rule.isRequired = false
        return rule
    }()

    private static func margins(
        _ name: String, _ source: Source, _ kind: Kind, _ rel: Double, _ abs: Double,
        isRequired: Bool = true
    ) -> Guard {
        var rule = Guard(name: name, source: source, kind: kind)
        rule.rel = rel
        rule.abs = abs
        rule.isRequired = isRequired
        return rule
    }
}
