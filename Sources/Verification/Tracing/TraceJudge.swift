package import Lifecycle
package import Scoring

/// A traced record, judged: who had to decide it, its score and why, and another version's view.
///
/// A value.
package struct JudgedTrace: Sendable {
    /// A prediction, held against its epoch, its bucket and the version's own score.
    package struct Answer: Sendable {
        package let answer: TracedRecord.Answer
        /// Nil for an epoch that nobody knows; then so are those below.
        package let epoch: EpochBook.Epoch?
        package internal(set) var decider: (version: Int, role: Role, bucket: Int)?
        /// Nil where the record is gone.
        package internal(set) var opinion: ScoreOpinion?

        package var isPrescribed: Bool? {
            decider.map {
                $0.version == answer.prediction.version && $0.role == answer.prediction.role
            }
        }

        /// Whether it has the record's key; nil where the record is gone.
        package internal(set) var isKeyRight: Bool?

        /// What a prediction says otherwise than it should.
        package enum Difference: String, Sendable, CaseIterable {
            case score, label, probability
            /// The class that score and probability speak of.
            case positive = "of"
            case id, key
        }

        /// All in which it differs from what is computed here, and from the record; by the rules of
        /// an audit.
        package var differences: [Difference] {
            var found: [Difference] = []
            switch opinion {
            case nil, .unknown: break
            // A worker writes a dead letter, and no score at all.
            case .unscorable: found.append(.score)
            case .scored(let expected, let id):
                found += answer.prediction.withBytes {
                    Self.differences($0, answer.prediction, expected, id)
                }
            }
            if isKeyRight == false { found.append(.key) }
            return found
        }

        private static func differences(
            _ said: PredictionBytes, _ prediction: Prediction, _ expected: ExpectedScore,
            _ id: [UInt8]?
        ) -> [Difference] {
            let quote = [UInt8(ascii: "\"")]
            let hasLabel =
                if let label = expected.label { said.hasLabel(quoted: quote + label + quote) } else
                {
                    prediction.label == nil
                }
            let hasID = InputRecord(key: [], id: id, value: []).isNamed(by: prediction.id)
            let agreements: [(Difference, Bool)] = [
                (.score, expected.agrees(with: prediction)), (.label, hasLabel),
                (.probability, expected.hasProbabilities(of: prediction)),
                (.positive, said.speaks(of: expected.positive)), (.id, hasID),
            ]
            return agreements.filter { !$0.1 }.map(\.0)
        }

        /// Whether it says what is computed here and what the record has; nil where neither is
        /// known.
        package var agrees: Bool? {
            guard differences.isEmpty else { return false }
            guard case .scored = opinion else { return nil }
            return true
        }
    }

    package struct Letter: Sendable {
        package let letter: TracedRecord.Letter
        package let epoch: EpochBook.Epoch?
        /// Who had to decide the record; nil for an epoch that nobody knows.
        package internal(set) var decider: (version: Int, role: Role, bucket: Int)?
        /// What that version says of it here; nil where the record is gone.
        package internal(set) var opinion: ScoreOpinion?
    }

    package struct Explained: Sendable {
        package let version: Int
        package let explanation: Explanation
        package let scorer: Scorer
    }

    package struct Against: Sendable {
        package let version: Int
        package let opinion: ScoreOpinion
        /// Nil where one of the two has no explanation.
        package internal(set) var change: VerdictChange?
    }

    package let traced: TracedRecord
    package internal(set) var answers: [Answer] = []
    package internal(set) var letters: [Letter] = []
    /// Of the version that decided; nil where it has no explanation, or is not at hand.
    package internal(set) var explained: Explained?
    package internal(set) var against: Against?
    /// Nil for records of other formats.
    package internal(set) var avro: AvroWords?

    package var isAnswered: Bool { !traced.answers.isEmpty || !traced.letters.isEmpty }
}

/// Judges traced records by what the registry knows.
///
/// One thread.
package struct TraceJudge {
    private let model: ModelName
    private let form: RecordForm
    private let book: EpochBook
    private let shelf: ScorerShelf
    private let scoring: EpochScorer
    private let top: Int
    private let mask: (Explanation) -> Explanation

    /// - Parameters:
    ///   - form: how workers read records.
    ///   - top: how many contributions and differences are told.
    ///   - mask: takes out of an explanation what people are not to see.
    package init(
        _ model: ModelName, form: RecordForm, book: EpochBook, artifacts: any ArtifactSource,
        top: Int, mask: @escaping (Explanation) -> Explanation
    ) throws(SwerveError) {
        self.model = model
        self.form = form
        self.book = book
        shelf = ScorerShelf(artifacts)
        scoring = try EpochScorer(form, shelf)
        self.top = top
        self.mask = mask
    }

    /// - Parameter other: a version that is asked besides.
    /// - Throws: where that version cannot be loaded.
    package func judge(
        _ traced: TracedRecord, against other: DeployedVersion?
    ) throws(SwerveError) -> JudgedTrace {
        var trace = JudgedTrace(traced: traced)
        trace.avro = try AvroWords(traced.value, schema: traced.schema, form)
        trace.answers = traced.answers.map { judged($0, traced) }
        trace.letters = traced.letters.map { judged($0, traced) }
        // The answer that stands: the last one.
        let epoch = traced.answers.last?.prediction.epoch ?? traced.letters.last?.letter.epoch
        guard traced.value != nil, let epoch, let deployment = book[epoch]?.deployment else {
            return trace
        }
        let decider = self.decider(traced.key, at: traced.place, deployment).version
        let version = traced.answers.last?.prediction.version ?? decider
        let decided = deployment.versions.first { $0.version == version }
        if let decided {
            // What is not at hand is told by the answer's opinion.
            trace.explained = try? explanation(decided, deployment, traced, top: top)
        }
        if let other {
            trace.against = try compare(decided, with: other, deployment, traced)
        }
        return trace
    }

    private func decider(
        _ key: [UInt8]?, at place: StreamPlace, _ deployment: Deployment
    ) -> (version: Int, role: Role, bucket: Int) {
        deployment.decider(key: key, partition: place.partition, offset: place.offset)
    }

    private func judged(
        _ answer: TracedRecord.Answer, _ traced: TracedRecord
    ) -> JudgedTrace.Answer {
        var judged = JudgedTrace.Answer(answer: answer, epoch: book[answer.prediction.epoch])
        // A record without a key and one with an empty key have the same on the output.
        if traced.isKept { judged.isKeyRight = (answer.key ?? []) == (traced.key ?? []) }
        guard let deployment = judged.epoch?.deployment else { return judged }
        let key = traced.isKept ? traced.key : answer.key
        judged.decider = decider(key, at: traced.place, deployment)
        guard traced.isKept else { return judged }
        judged.opinion = scoring.opinion(
            of: answer.prediction.version, in: deployment, value: traced.value,
            schema: traced.schema)
        return judged
    }

    private func judged(
        _ letter: TracedRecord.Letter, _ traced: TracedRecord
    ) -> JudgedTrace.Letter {
        var judged = JudgedTrace.Letter(letter: letter, epoch: book[letter.letter.epoch])
        guard traced.isKept, let deployment = judged.epoch?.deployment else { return judged }
        let decider = self.decider(traced.key, at: traced.place, deployment)
        judged.decider = decider
        judged.opinion = scoring.opinion(
            of: decider.version, in: deployment, value: traced.value, schema: traced.schema)
        return judged
    }

    private func explanation(
        _ deployed: DeployedVersion, _ deployment: Deployment, _ traced: TracedRecord, top: Int
    ) throws(SwerveError) -> JudgedTrace.Explained? {
        let scorer = try shelf.scorer(deployed, under: deployment.settings[deployed.version])
        return try RecordExplanation.of(
            traced.value ?? [], schema: traced.schema, by: scorer, form, top: top
        ).map {
            JudgedTrace.Explained(
                version: deployed.version, explanation: mask($0), scorer: scorer)
        }
    }

    /// What another version would have said under the same deployment's settings.
    private func compare(
        _ decided: DeployedVersion?, with other: DeployedVersion, _ deployment: Deployment,
        _ traced: TracedRecord
    ) throws(SwerveError) -> JudgedTrace.Against {
        let imagined = Deployment(
            model: model, epoch: deployment.epoch, stable: other, salt: deployment.salt,
            settings: deployment.settings)
        var against = JudgedTrace.Against(
            version: other.version,
            opinion: scoring.opinion(
                of: other.version, in: imagined, value: traced.value, schema: traced.schema))
        // All of both, so that nothing that differs hides in the rest.
        guard let decided,
            let here = try? explanation(decided, deployment, traced, top: Self.comparedMax),
            let there = try explanation(other, imagined, traced, top: Self.comparedMax)
        else { return against }
        against.change = VerdictChange(from: here.explanation, to: there.explanation, top: top)
        return against
    }

    private static let comparedMax = 5_000
}
