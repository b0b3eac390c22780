import Lifecycle

/// What came of holding a prediction against a score of its record.
package struct ScoreCheck: Sendable, Equatable {
    package enum Score: Sendable, Equatable {
        case right
        case otherScore(Double)
        case otherLabel
        /// Its probability is none that the version gives.
        case otherProbability
        /// Its `of` is not the class that a high score of the version means.
        case otherClass
        /// A worker writes a dead letter, with this code.
        case unscorable(code: String)
        /// Nobody here can say, and why.
        case unknown(String)
    }

    package let score: Score
    package var isIDRight = true

    init(score: Score, isIDRight: Bool = true) {
        self.score = score
        self.isIDRight = isIDRight
    }

    init(_ prediction: PredictionBytes, against opinion: ScoreOpinion) {
        switch opinion {
        case .unknown(let why): self.init(score: .unknown(why))
        case .unscorable(let code): self.init(score: .unscorable(code: code))
        case .scored(let expected, let id):
            let quote = [UInt8(ascii: "\"")]
            let own = prediction.owned
            self = unsafe (id ?? []).withUnsafeBufferPointer { bytes in
                unsafe ScoreCheck(
                    prediction, score: expected.score, agrees: expected.agrees(with: own),
                    hasProbability: expected.hasProbabilities(of: own),
                    label: expected.label.map { quote + $0 + quote },
                    positive: expected.positive, id: id == nil ? nil : bytes)
            }
        }
    }

    /// The one way in which what a prediction says is held against the record's.
    ///
    /// - Parameters:
    ///   - score: what the version gives, for people.
    ///   - agrees: whether the prediction has it.
    ///   - hasProbability: whether it has those that the version gives, or none where there are
    ///     none.
    ///   - label: with its quotes; nil for a regression.
    ///   - positive: the class that a high score means, with its quotes; nil where there is none.
    ///   - id: the record's own, as it stands between quotes; nil where it has none.
    @inline(__always)
    init(
        _ prediction: PredictionBytes, score: Double, agrees: Bool, hasProbability: Bool,
        label: [UInt8]?, positive: [UInt8]?, id: UnsafeBufferPointer<UInt8>?
    ) {
        isIDRight = unsafe prediction.hasID(id)
        guard agrees else {
            self.score = .otherScore(score)
            return
        }
        let hasLabel =
            if let label { prediction.hasLabel(quoted: label) } else {
                unsafe prediction.label == nil
            }
        guard hasLabel else {
            self.score = .otherLabel
            return
        }
        guard hasProbability else {
            self.score = .otherProbability
            return
        }
        self.score = prediction.speaks(of: positive) ? .right : .otherClass
    }
}

extension ScoreCheck {
    /// Counts the score, and notes what is wrong.
    func note(
        of prediction: PredictionBytes, _ counts: inout AuditCounts,
        _ findings: inout AuditFindings
    ) {
        let place = prediction.source
        if case .unknown(let why) = score { return findings.note(.unscored, at: place, why) }
        counts.scored += 1
        switch score {
        case .right, .unknown: break
        case .unscorable(let code):
            return findings.note(.wrongScore, at: place, "it has no score: \(code)")
        case .otherScore(let expected):
            findings.note(
                .wrongScore, at: place,
                "\(prediction.score), and version \(prediction.version) gives \(expected)")
        case .otherLabel: findings.note(.wrongLabel, at: place)
        case .otherProbability:
            findings.note(
                .wrongScore, at: place,
                "its probability is none that version \(prediction.version) gives")
        case .otherClass:
            findings.note(
                .wrongLabel, at: place,
                "its \"of\" is no class that a high score of version \(prediction.version) means")
        }
        if !isIDRight { findings.note(.wrongID, at: place) }
    }
}
