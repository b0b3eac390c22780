import Lifecycle

/// The rules by which an answer is right.
extension PartitionAuditor {
    /// A prediction against the record that it answers.
    mutating func check(_ prediction: Prediction, key: [UInt8]?, against entry: Entry) {
        let known = checkDecider(prediction, key: entry.isHeld ? entry.key : key)
        if entry.isHeld {
            counts.keysCompared += 1
            // A record without a key and one with an empty key have the same on the output.
            if key ?? [] != entry.key ?? [] { findings.note(.wrongKey, at: prediction.source) }
        }
        guard let deployment = known, entry.isSampled else { return }
        guard entry.isHeld else { return findings.note(.late, at: prediction.source) }
        guard deployment.versions.contains(where: { $0.version == prediction.version }) else {
            return
        }
        let opinion = scoring.opinion(
            of: prediction.version, in: deployment, value: entry.value, schema: entry.schema)
        switch opinion {
        case .unknown(let why): findings.note(.unscored, at: prediction.source, why)
        case .unscorable(let code):
            counts.scored += 1
            findings.note(.wrongScore, at: prediction.source, "it has no score: \(code)")
        case .scored(let expected, let id):
            counts.scored += 1
            hold(prediction, against: expected, id: id)
        }
    }

    private mutating func hold(
        _ prediction: Prediction, against expected: ExpectedScore, id: [UInt8]?
    ) {
        if !expected.agrees(with: prediction) {
            findings.note(
                .wrongScore, at: prediction.source,
                "\(prediction.score), and version \(prediction.version) gives \(expected.score)")
        } else if expected.label != prediction.label {
            findings.note(.wrongLabel, at: prediction.source)
        }
        if id != prediction.id,
            !InputRecord(key: [], id: id, value: []).isNamed(by: prediction.id)
        {
            findings.note(.wrongID, at: prediction.source)
        }
    }

    /// The version and role that epoch and bucket prescribe.
    ///
    /// - Returns: the deployment; nil where nobody knows the epoch.
    @discardableResult
    mutating func checkDecider(_ prediction: Prediction, key: [UInt8]?) -> Deployment? {
        guard let (deployment, hasCanary) = deployment(prediction.epoch) else {
            noteUnknown(prediction.epoch, at: prediction.source)
            return nil
        }
        let wanted: (version: Int, role: Role)
        if hasCanary {
            let decider = deployment.decider(key: key, at: prediction.source)
            wanted = (decider.version, decider.role)
        } else {
            wanted = (deployment.stable.version, .stable)
        }
        if wanted != (prediction.version, prediction.role) {
            findings.note(
                .wrongVersion, at: prediction.source,
                "version \(prediction.version), and epoch \(prediction.epoch) prescribes "
                    + "\(wanted.version)")
        }
        return deployment
    }

    private mutating func noteUnknown(_ epoch: Int64, at place: StreamPlace) {
        if let first = book.first, epoch < first {
            findings.note(.earlierEpoch, at: place, "epoch \(epoch)")
        } else {
            findings.note(.unknownEpoch, at: place, "epoch \(epoch)")
        }
    }

    /// A dead letter against its record: right where the version that had to decide cannot score
    /// it.
    mutating func check(_ letter: DeadLetter, against entry: Entry) {
        guard let (deployment, _) = deployment(letter.epoch) else {
            return noteUnknown(letter.epoch, at: letter.source)
        }
        guard entry.isHeld else { return findings.note(.late, at: letter.source) }
        counts.keysCompared += 1
        // A stub has neither the value nor a long key.
        if !letter.isStub, letter.key != entry.key ?? [] {
            return findings.note(.wrongLetter, at: letter.source, "it has another key")
        }
        guard entry.isSampled else { return }
        if !letter.isStub, letter.value != entry.value ?? [] {
            return findings.note(.wrongLetter, at: letter.source, "it is another record")
        }
        let version = deployment.decider(key: entry.key, at: letter.source).version
        switch scoring.opinion(
            of: version, in: deployment, value: entry.value, schema: entry.schema)
        {
        case .unknown(let why): findings.note(.unscored, at: letter.source, why)
        case .unscorable: counts.scored += 1
        case .scored:
            counts.scored += 1
            // What only the service could see: a process that died, a topic's bound.
            switch DeadLetterCode(rawValue: letter.code) {
            case .crashedWorker, .tooLarge:
                findings.note(.unscored, at: letter.source, "its letter says \(letter.code)")
            default: noteWrongLetter(letter.source.offset)
            }
        }
    }

    // MARK: - Epochs that go back

    /// An answer under an older epoch than one that stands before it.
    struct OlderAnswer: Sendable, Equatable {
        let offset: Int64
        let epoch: Int64
    }

    /// An answer under an older epoch than one before it.
    ///
    /// With at-least-once delivery a worker that stood still while others took its partitions may
    /// have had answers on their way: what the ledger says of that is asked at the end.
    /// - Parameter isAgain: whether the record has another answer, under the newer epoch.
    mutating func noteOlder(_ answer: OlderAnswer, isAgain: Bool, _ words: String) {
        let offsets = answer.offset..<answer.offset + 1
        guard case .atLeastOnce = terms.delivery, terms.ledger != nil, isAgain else {
            return findings.note(.epochWentBack, span.partition, offsets, words)
        }
        guard older.count < Self.olderMax else {
            return findings.note(.bounded, span.partition, offsets)
        }
        older.append(answer)
    }

    /// So many such answers are kept for the end.
    private static let olderMax = 10_000
}
