import Lifecycle

/// The rules by which an answer is right, and what they look at.
extension PartitionAuditor {
    /// A record of the input and what is known of it so far.
    struct Entry {
        let offset: Int64
        /// Key, and value and schema where they are wanted, as long as `isHeld`.
        let bytes: HeldRecords.Place
        /// Whether its score is to be computed again.
        let isSampled: Bool
        /// Whether key and value are there still.
        var isHeld = true
        /// Of the first answer, and the newest of all that can be compared; 0 before.
        var epoch: Int64 = 0
        var newestEpoch: Int64 = 0
        var predictions: UInt32 = 0
        var letters: UInt32 = 0
        /// Whether it was answered again under an older epoch than first.
        var hasOlder = false
        /// Whether the first may be of a replay, whose letter is gone.
        var isReplayed = false

        var answers: UInt32 { predictions + letters }
    }

    /// A prediction against the record that it answers.
    mutating func check(
        _ prediction: PredictionBytes, _ record: RecordBytes, against entry: Entry
    ) {
        let known = rule(prediction)
        guard entry.isHeld else {
            if let known { checkDecider(prediction, record, known) }
            if known != nil, entry.isSampled { findings.note(.late, at: prediction.source) }
            return
        }
        counts.keysCompared += 1
        let isSampled = entry.isSampled && known?.has(prediction.version) == true
        let found = held.with(entry.bytes) { input in
            (
                hasKey: input.hasKey(of: record),
                wanted: known?.decider(input, at: prediction.source),
                score: isSampled
                    ? known.flatMap { scoring.check(prediction, under: $0, input) } : nil
            )
        }
        // A record without a key and one with an empty key have the same on the output.
        if !found.hasKey { findings.note(.wrongKey, at: prediction.source) }
        if let wanted = found.wanted { judge(prediction, wanted) }
        found.score?.note(of: prediction, &counts, &findings)
    }

    /// The deployment of a prediction's epoch; where nobody knows it, that is noted.
    mutating func rule(_ prediction: PredictionBytes) -> EpochRule? {
        if let rule = rule(prediction.epoch) { return rule }
        noteUnknown(prediction.epoch, at: prediction.source)
        return nil
    }

    /// The version and role that epoch and bucket prescribe.
    mutating func checkDecider(
        _ prediction: PredictionBytes, _ record: RecordBytes, _ rule: EpochRule
    ) {
        judge(prediction, rule.decider(record, at: prediction.source))
    }

    private mutating func judge(
        _ prediction: PredictionBytes, _ wanted: (version: Int, role: Role)
    ) {
        guard wanted != (prediction.version, prediction.role) else { return }
        findings.note(
            .wrongVersion, at: prediction.source,
            "version \(prediction.version), and epoch \(prediction.epoch) prescribes "
                + "\(wanted.version)")
    }

    /// What the version that has to decide a record says of it, which is held.
    func opinion(of entry: Entry, at place: StreamPlace, under rule: EpochRule) -> ScoreOpinion {
        held.with(entry.bytes) { input in
            scoring.opinion(
                of: rule.decider(input, at: place).version, in: rule.deployment,
                value: input.valueArray, schema: input.schemaArray)
        }
    }

    private mutating func noteUnknown(_ epoch: Int64, at place: StreamPlace) {
        if isEarlier(epoch) {
            findings.note(.earlierEpoch, at: place, "epoch \(epoch)")
        } else {
            findings.note(.unknownEpoch, at: place, "epoch \(epoch)")
        }
    }

    /// A dead letter against its record: right where the version that had to decide cannot score
    /// it.
    mutating func check(_ letter: DeadLetter, against entry: Entry) {
        guard let rule = rule(letter.epoch) else {
            return noteUnknown(letter.epoch, at: letter.source)
        }
        guard entry.isHeld else { return findings.note(.late, at: letter.source) }
        counts.keysCompared += 1
        // A stub has neither the value nor a long key.
        let (hasKey, hasValue) = held.with(entry.bytes) { input in
            (input.hasKey(letter.key), input.hasValue(letter.value))
        }
        if !letter.isStub, !hasKey {
            return findings.note(.wrongLetter, at: letter.source, "it has another key")
        }
        guard entry.isSampled else { return }
        if !letter.isStub, !hasValue {
            return findings.note(.wrongLetter, at: letter.source, "it is another record")
        }
        switch opinion(of: entry, at: letter.source, under: rule) {
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
}
