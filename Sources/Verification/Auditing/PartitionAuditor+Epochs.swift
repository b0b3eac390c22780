import Lifecycle

/// Answers under older epochs than others before them.
extension PartitionAuditor {
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
        guard waitsForLedger, isAgain else {
            return findings.note(.epochWentBack, span.partition, offsets, words)
        }
        guard older.count < Self.olderMax else {
            return findings.note(.bounded, span.partition, offsets)
        }
        older.append(answer)
    }

    private var waitsForLedger: Bool {
        if case .atLeastOnce = terms.delivery { terms.ledger != nil } else { false }
    }

    // MARK: - Who went back

    /// An answer under a newer epoch than all before it, and those behind it under older ones.
    struct EpochRaise: Sendable {
        let offset: Int64
        let epoch: Int64
        /// The newest before it.
        let before: Int64
        /// Whether the record has another answer under an older epoch, which was noted.
        let isNoted: Bool
        var behind: [OlderAnswer] = []
    }

    /// Epochs of records only grow with their offsets.
    ///
    /// Where one goes back, either it is wrong or the one before it that was the first under a
    /// newer epoch: a single answer that many behind it contradict accuses itself, and not them.
    mutating func settleEpoch(of entry: Entry) {
        let (offset, epoch, newest) = (entry.offset, entry.epoch, runs.highest)
        // It was told as what it is, and says nothing of others.
        guard isKnown(epoch) else { return }
        if entry.isReplayed, epoch > newest, entry.answers == 1 {
            counts.replayed += 1
            return findings.note(.cutAnswers, span.partition, offset..<offset + 1)
        }
        if runs.note(offset, epoch) {
            judgeRaise()
            if newest > 0, epoch > newest {
                raise = EpochRaise(
                    offset: offset, epoch: epoch, before: newest, isNoted: entry.hasOlder)
            }
            return
        }
        let answer = OlderAnswer(offset: offset, epoch: epoch)
        // Answered again under the newer one, it may have been on its way for long.
        guard entry.newestEpoch < newest else { return noteOlder(answer, isAgain: true) }
        guard let raise, epoch >= raise.behind.last?.epoch ?? raise.before else {
            judgeRaise()
            return noteOlder(answer, isAgain: false)
        }
        self.raise?.behind.append(answer)
        guard raise.behind.count + 1 >= Self.neighbours else { return }
        self.raise = nil
        runs.lower(to: epoch)
        noteContradicted(raise)
    }

    private mutating func noteContradicted(_ raise: EpochRaise) {
        if raise.isNoted {
            // Once is enough, whether it was told at once or waits for the end.
            guard waitsForLedger else { return }
            older.removeAll { $0.offset == raise.offset }
        }
        findings.note(
            .epochWentBack, span.partition, raise.offset..<raise.offset + 1,
            "epoch \(raise.epoch), and all behind it have epoch \(raise.before) still")
    }

    /// Too few contradict the answer under the newer epoch: they are wrong themselves.
    mutating func judgeRaise() {
        for answer in raise?.behind ?? [] { noteOlder(answer, isAgain: false) }
        raise = nil
    }

    private mutating func noteOlder(_ answer: OlderAnswer, isAgain: Bool) {
        noteOlder(answer, isAgain: isAgain, "epoch \(answer.epoch) behind a newer one")
    }

    /// So many such answers are kept for the end.
    private static var olderMax: Int { 10_000 }
    /// So many neighbours contradict one answer.
    private static var neighbours: Int { 8 }
}
