import Lifecycle

/// What another version says of a record, beside the prediction that stands.
package enum RescoredVerdict: Sendable, Equatable {
    /// Whether the verdict is another: the label, or where there are none the score.
    case scored(ExpectedScore, differs: Bool)
    /// It would be a dead letter, with this code.
    case unscorable(code: String)
    /// Retention has taken the record away.
    case gone
    /// There is no record at that place: the prediction is nobody's, or the record was compacted
    /// away or taken back.
    case absent
    /// Nobody here can say, and why.
    case unknown(String)

    package init(_ opinion: ScoreOpinion, beside prediction: Prediction) {
        switch opinion {
        case .scored(let score, _):
            self = .scored(score, differs: Self.differs(score, prediction))
        case .unscorable(let code): self = .unscorable(code: code)
        case .unknown(let why): self = .unknown(why)
        }
    }

    private static func differs(_ score: ExpectedScore, _ prediction: Prediction) -> Bool {
        guard score.label == nil, prediction.label == nil else {
            return score.label != prediction.label
        }
        return !ExpectedScore.agree(score.score, prediction.score)
    }

    package var differs: Bool {
        if case .scored(_, let differs) = self { differs } else { false }
    }
}

/// What became of verdicts in another version's eyes: a value.
package struct RescoreCounts: Sendable, Equatable {
    /// From one label to another.
    package struct Change: Sendable, Hashable {
        package let from: String
        package let to: String
    }

    package internal(set) var same: Int64 = 0
    package internal(set) var differing: Int64 = 0
    package internal(set) var changes: [Change: Int64] = [:]
    /// Differing verdicts by the hour in which they were given, in milliseconds since 1970.
    package internal(set) var byHour: [Int64: Int64] = [:]
    package internal(set) var unscorable: [String: Int64] = [:]
    package internal(set) var gone: Int64 = 0
    package internal(set) var absent: Int64 = 0
    package internal(set) var unknown: Int64 = 0
    /// Why, of the first of them.
    package internal(set) var firstUnknown: String?
    /// Of dead letters: those that this version would score, by label, and those it would not.
    package internal(set) var lettersScored: [String: Int64] = [:]
    package internal(set) var lettersUnscored: Int64 = 0

    package init() {}

    /// Those that could not be held beside another verdict.
    package var undecided: Int64 { gone + absent + unknown }

    mutating func add(_ verdict: RescoredVerdict, beside answer: StandingAnswer) {
        switch verdict {
        case .scored(_, differs: false): same += 1
        case .scored(let score, differs: true):
            differing += 1
            let change = Change(
                from: ImpactCounts.words(answer.prediction.label)
                    .shortened(to: ImpactCounts.nameScalars),
                to: ImpactCounts.words(score.label))
            if changes[change] != nil || changes.count < Self.changesMax {
                changes[change, default: 0] += 1
            }
            if let hour = ImpactCounts.hour(answer.atMs),
                byHour[hour] != nil || byHour.count < ImpactCounts.hoursMax
            {
                byHour[hour, default: 0] += 1
            }
        case .unscorable(let code): unscorable[code, default: 0] += 1
        case .gone: gone += 1
        case .absent: absent += 1
        case .unknown(let why):
            unknown += 1
            firstUnknown = firstUnknown ?? why
        }
    }

    mutating func add(letter opinion: ScoreOpinion) {
        if case .scored(let score, _) = opinion {
            lettersScored[ImpactCounts.words(score.label), default: 0] += 1
        } else {
            lettersUnscored += 1
        }
    }

    private static let changesMax = 10_000
}
