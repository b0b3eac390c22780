import Lifecycle

/// Answers to records that have one, that are settled, or that the input does not have.
extension PartitionAuditor {
    mutating func unfounded(_ offset: Int64, isLetter: Bool = false) {
        if away.contains(offset) { return }
        guard away.isWhole || offset >= next else {
            return findings.note(.bounded, span.partition, offset..<offset + 1)
        }
        if offset < span.kept.upperBound, terms.isCompacted != false {
            findings.note(.compacted, span.partition, offset..<offset + 1)
        } else {
            findings.note(
                isLetter ? .wrongLetter : .unfounded, span.partition, offset..<offset + 1,
                "the input has no such record")
        }
    }

    mutating func noteAgain(
        _ offset: Int64, epoch: Int64, first: Int64?, answers: Int
    ) {
        if answers == 1, !again.contains(offset) {
            again.add(offset)
        } else if oftener.count < Self.oftenerMax || oftener[offset] != nil {
            oftener[offset, default: 2] += 1
        } else {
            findings.note(.bounded, span.partition, offset..<offset + 1)
        }
        if let first, epoch < first, isKnown(first), isKnown(epoch) {
            noteOlder(
                OlderAnswer(offset: offset, epoch: epoch), isAgain: true,
                "answered again under epoch \(epoch), after \(first)")
        }
    }

    /// An answer to a record that is settled.
    mutating func late(
        _ offset: Int64, epoch: Int64, _ prediction: PredictionBytes?, _ record: RecordBytes?
    ) {
        // Whether it is the first one, nobody can say.
        if away.contains(offset) { return }
        if gaps.contains(offset) {
            return unfounded(offset, isLetter: prediction == nil)
        }
        if unanswered.remove(offset) {
            answered += 1
            highestAnswered = max(highestAnswered, offset)
            findings.note(.late, span.partition, offset..<offset + 1)
            if let prediction, let record {
                if let rule = rule(prediction) { checkDecider(prediction, record, rule) }
            } else {
                lettered.add(offset)
            }
            return
        }
        guard gaps.isWhole, away.isWhole, unanswered.isWhole else {
            return findings.note(.bounded, span.partition, offset..<offset + 1)
        }
        if terms.lettersReplayed, prediction == nil || lettered.contains(offset) {
            wrongLetters.remove(offset)
            counts.replayed += 1
            return
        }
        noteAgain(
            offset, epoch: epoch, first: runs.epoch(at: offset),
            answers: again.contains(offset) ? 2 : 1)
    }

    private static var oftenerMax: Int { 10_000 }
}
