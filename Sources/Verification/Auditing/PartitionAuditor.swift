import Lifecycle

/// Holds what answers one partition of the input against its records, in one pass: a value that
/// knows neither Kafka nor time.
///
/// Tell it records in their order, each before its answers, and answers in the order in which they
/// stand on their topics. The newest `windowRecords` records are held with what is known of them;
/// an older one is settled, and of it only is remembered whether it was answered, and under which
/// epoch. So memory is bounded whatever the range, and an answer that comes later than that is
/// still counted rightly, but not compared with its record: that is told as a doubt.
///
/// ```
///            fed                answered             window is full
///   (gap) ───────► waiting ─────────────► answered ─────────────────► settled
///                     │                      ▲ │ again: doubled, placed or replayed
///                     │ window is full       │ └───────────────┐
///                     └───────► unanswered ──┘ late            ▼
/// ```
package struct PartitionAuditor {
    let terms: AuditTerms
    private(set) var span: PartitionSpan
    private(set) var book: EpochBook
    let scoring: any EpochScoring

    private var entries: [Entry] = []
    private var head = 0
    /// The oldest entry whose contents are held.
    private var contentHead = 0
    private(set) var held: HeldRecords
    /// The next offset of the input that may come.
    private(set) var next: Int64

    var counts = AuditCounts()
    var findings = AuditFindings()
    private(set) var runs = EpochRuns()
    /// Offsets without a record.
    private(set) var gaps: OffsetSet
    private(set) var unanswered: OffsetSet
    /// Settled records without an answer that no version scores, where such get no letter.
    private(set) var dropped: OffsetSet
    /// Settled records that have a letter, and those whose letter is wrong unless it was replayed.
    private(set) var lettered: OffsetSet
    private(set) var wrongLetters: OffsetSet
    /// Answered more than once; and of those answered more than twice, how often.
    private(set) var again: OffsetSet
    /// Behind what the input had at the beginning, by answers.
    private var claimed: OffsetSet
    private var claimedByLetters: OffsetSet
    private(set) var oftener: [Int64: Int] = [:]
    /// Answered more than once, and once under an older epoch than one before.
    var older: [OlderAnswer] = []
    private(set) var highestAnswered: Int64 = -1
    /// Records that have an answer.
    package private(set) var answered: Int64 = 0
    private var tally = EpochTally()
    private var current: EpochRule?

    /// - Parameter span: the records of one partition that are audited.
    package init(
        _ terms: AuditTerms, span: PartitionSpan, book: EpochBook, scoring: any EpochScoring
    ) {
        self.terms = terms
        self.span = span
        self.book = book
        self.scoring = scoring
        next = span.offsets.lowerBound
        held = HeldRecords(capacity: terms.windowBytes)
        let empty = OffsetSet(rangesMax: terms.rangesMax)
        (gaps, dropped, lettered, wrongLetters, again) = (empty, empty, empty, empty, empty)
        (claimed, claimedByLetters) = (empty, empty)
        unanswered = OffsetSet(rangesMax: terms.unansweredMax)
        entries.reserveCapacity(min(terms.windowRecords, 4_096))
    }

    /// The first offset that is held in the window; `next` where none is.
    package var windowStart: Int64 { head < entries.count ? entries[head].offset : next }

    /// Whether records behind what the input had at the beginning were answered, so that where it
    /// ends is to be asked again.
    var hasClaims: Bool { !claimed.isEmpty || !claimedByLetters.isEmpty }

    /// Whether a record that was fed waits for its answer.
    package var hasUnanswered: Bool {
        !unanswered.isEmpty || entries[head...].contains { $0.answers == 0 }
    }

    // MARK: - Records

    /// Takes memory for contents from whoever has some, who gets it back by a second call: before
    /// the first record, and once all were told.
    ///
    /// What a thread has written to already is near; what is new has to be made page by page.
    mutating func exchangeMemory(with other: inout HeldRecords) {
        other.begin(capacity: terms.windowBytes)
        swap(&held, &other)
    }

    /// Whether an answer to the record at `offset` can be judged as it comes.
    func isTold(_ offset: Int64) -> Bool { offset < next && span.offsets.contains(offset) }

    /// Whether the value of a record at `offset` is wanted beside its key.
    package func wantsValue(at offset: Int64) -> Bool {
        terms.isSampled(StreamPlace(partition: span.partition, offset: offset))
    }

    /// A record of the input.
    ///
    /// - Parameter record: without its value where that is not wanted.
    package mutating func fed(_ offset: Int64, _ record: RecordBytes) {
        guard span.offsets.contains(offset), offset >= next else { return }
        passGap(to: offset)
        next = offset + 1
        counts.records += 1
        let count = record.count
        if !held.canHold(count) {
            // Larger than all that is held: it is held alone.
            while contentHead < entries.count { dropContents() }
            held.grow(to: count)
        }
        while contentHead < entries.count,
            !held.hasRoom(count, beside: entries[contentHead].bytes)
        {
            dropContents()
        }
        entries.append(
            Entry(offset: offset, bytes: held.put(record), isSampled: wantsValue(at: offset)))
        if entries.count - head > terms.windowRecords { settleOldest() }
    }

    /// Retention took away what was to be read next.
    package mutating func cutAway(_ offsets: Range<Int64>) {
        let lost = offsets.clamped(to: next..<max(next, span.offsets.upperBound))
        guard !lost.isEmpty else { return }
        findings.note(.cutInput, span.partition, lost)
        next = lost.upperBound
    }

    private mutating func passGap(to offset: Int64) {
        guard next < offset else { return }
        gaps.add(next..<offset)
        counts.gaps += offset - next
    }

    private mutating func dropContents() {
        entries[contentHead].isHeld = false
        contentHead += 1
    }

    private mutating func settleOldest() {
        settle(entries[head])
        if contentHead == head { dropContents() }
        head += 1
        if head > 8_192, head * 2 > entries.count {
            entries.removeFirst(head)
            contentHead -= head
            head = 0
        }
    }

    private mutating func settle(_ entry: Entry) {
        if entry.letters > 0 { lettered.add(entry.offset) }
        if entry.epoch > 0 {
            let newest = runs.highest
            if !runs.note(entry.offset, entry.epoch) {
                // Answered again under the newer one, it may have been on its way for long.
                noteOlder(
                    OlderAnswer(offset: entry.offset, epoch: entry.epoch),
                    isAgain: entry.newestEpoch >= newest,
                    "epoch \(entry.epoch) behind a newer one")
            }
            return
        }
        if entry.isHeld, entry.isSampled, terms.dropsUnscorable, isUnscorable(entry) {
            return dropped.add(entry.offset)
        }
        unanswered.add(entry.offset)
    }

    /// Whether a record without an answer is one that no version scores.
    private mutating func isUnscorable(_ entry: Entry) -> Bool {
        guard let epoch = runs.runs.last?.epoch, let rule = rule(epoch) else { return false }
        let place = StreamPlace(partition: span.partition, offset: entry.offset)
        counts.scored += 1
        guard case .unscorable = opinion(of: entry, at: place, under: rule) else { return false }
        return true
    }

    // MARK: - Answers

    /// A prediction for a record of the partition, which was fed where the input has it.
    ///
    /// - Parameter record: of the output.
    package mutating func predicted(_ prediction: Prediction, _ record: RecordBytes) {
        prediction.withBytes { predicted($0, record) }
    }

    mutating func predicted(_ prediction: PredictionBytes, _ record: RecordBytes) {
        let offset = prediction.offset
        guard span.offsets.contains(offset) else { return judgeBeside(prediction) }
        counts.predictions += 1
        tally.note(prediction, &counts)
        guard let place = place(of: offset) else {
            return late(offset, epoch: prediction.epoch, prediction, record)
        }
        guard place >= 0 else { return unfounded(offset) }
        let isFirst = noteAnswer(place, epoch: prediction.epoch, isLetter: false)
        if isFirst { highestAnswered = max(highestAnswered, offset) }
        check(prediction, record, against: entries[place])
    }

    /// What a prediction says of a record beside the range.
    private mutating func judgeBeside(_ prediction: PredictionBytes) {
        guard prediction.offset >= span.kept.upperBound else { return }
        Self.claim(prediction.offset, in: &claimed)
    }

    /// Keeps an offset behind what the input had when the audit began: the service goes on
    /// meanwhile, so whether the input has it is asked in the end.
    private static func claim(_ offset: Int64, in set: inout OffsetSet) {
        if !set.contains(offset) { set.add(offset) }
    }

    /// A dead letter for a record of the partition, which was fed where the input has it.
    package mutating func letter(_ letter: DeadLetter) {
        let offset = letter.source.offset
        guard span.offsets.contains(offset) else {
            if offset >= span.kept.upperBound { Self.claim(offset, in: &claimedByLetters) }
            return
        }
        counts.letters += 1
        guard let place = place(of: offset) else {
            return late(offset, epoch: letter.epoch, nil, nil)
        }
        guard place >= 0 else { return unfounded(offset, isLetter: true) }
        let isFirst = noteAnswer(place, epoch: letter.epoch, isLetter: true)
        if isFirst { highestAnswered = max(highestAnswered, offset) }
        check(letter, against: entries[place])
    }

    private mutating func unfounded(_ offset: Int64, isLetter: Bool = false) {
        if offset < span.kept.upperBound, terms.isCompacted != false {
            findings.note(.compacted, span.partition, offset..<offset + 1)
        } else {
            findings.note(
                isLetter ? .wrongLetter : .unfounded, span.partition, offset..<offset + 1,
                "the input has no such record")
        }
    }

    /// - Returns: whether it is the first.
    private mutating func noteAnswer(_ place: Int, epoch: Int64, isLetter: Bool) -> Bool {
        let before = entries[place]
        if isLetter { entries[place].letters += 1 } else { entries[place].predictions += 1 }
        guard before.answers > 0 else {
            answered += 1
            entries[place].epoch = epoch
            entries[place].newestEpoch = epoch
            return true
        }
        entries[place].newestEpoch = max(before.newestEpoch, epoch)
        if terms.lettersReplayed, before.letters > 0 || isLetter {
            // The letter was first, whichever topic is read first.
            entries[place].epoch = min(before.epoch, epoch)
            wrongLetters.remove(before.offset)
            counts.replayed += 1
            return false
        }
        noteAgain(before.offset, epoch: epoch, first: before.epoch, answers: Int(before.answers))
        return false
    }

    private mutating func noteAgain(
        _ offset: Int64, epoch: Int64, first: Int64?, answers: Int
    ) {
        if answers == 1, !again.contains(offset) {
            again.add(offset)
        } else if oftener.count < Self.oftenerMax || oftener[offset] != nil {
            oftener[offset, default: 2] += 1
        } else {
            findings.note(.bounded, span.partition, offset..<offset + 1)
        }
        if let first, epoch < first {
            noteOlder(
                OlderAnswer(offset: offset, epoch: epoch), isAgain: true,
                "answered again under epoch \(epoch), after \(first)")
        }
    }

    /// An answer to a record that is settled.
    private mutating func late(
        _ offset: Int64, epoch: Int64, _ prediction: PredictionBytes?, _ record: RecordBytes?
    ) {
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
        guard gaps.isWhole, unanswered.isWhole else {
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

    /// Where the record of an offset is held; -1 where the input has none there, nil where it is
    /// settled.
    private func place(of offset: Int64) -> Int? {
        guard offset >= windowStart else { return nil }
        guard head < entries.count, let last = entries.last, offset <= last.offset else {
            return -1
        }
        // Without gaps it is there; with gaps it is before.
        let guess = Int64(head) + (offset - entries[head].offset)
        var upper = Int(min(guess, Int64(entries.count - 1)))
        if entries[upper].offset == offset { return upper }
        var lower = head
        while lower < upper {
            let middle = (lower + upper) / 2
            if entries[middle].offset < offset { lower = middle + 1 } else { upper = middle }
        }
        return entries[lower].offset == offset ? lower : -1
    }

    /// The deployment of an epoch, which is nearly always that of the record before; nil where
    /// nobody knows it.
    mutating func rule(_ epoch: Int64) -> EpochRule? {
        if let current, current.epoch == epoch { return current }
        guard let deployment = book[epoch]?.deployment else { return nil }
        let rule = EpochRule(deployment)
        current = rule
        return rule
    }

    mutating func noteWrongLetter(_ offset: Int64) {
        if !wrongLetters.contains(offset) { wrongLetters.add(offset) }
    }

    /// An epoch that the registry did not have when the audit began.
    mutating func learn(_ epoch: EpochBook.Epoch) { book.learn(epoch) }

    // MARK: - The end

    /// What was told so far is all of the range, and each record of it had to be answered.
    mutating func close() {
        let told = span.offsets.lowerBound..<next
        span = PartitionSpan(
            partition: span.partition, offsets: told, kept: told, committed: next)
    }

    /// All of the input and its answers were told.
    /// - Parameter inputEnd: of the partition, asked after everything else was read.
    package mutating func finish(inputEnd: Int64 = 0) {
        for (breach, set) in [(Breach.unfounded, claimed), (.wrongLetter, claimedByLetters)] {
            for range in set.ranges {
                let part = range.clamped(to: max(inputEnd, span.kept.upperBound)..<Int64.max)
                guard !part.isEmpty else { continue }
                findings.note(breach, span.partition, part, "the input has no such record")
            }
        }
        passGap(to: span.offsets.upperBound)
        next = max(next, span.offsets.upperBound)
        while head < entries.count { settleOldest() }
        tally.flush(&counts)
        if let cut = span.cut { findings.note(.cutInput, span.partition, cut) }
    }

    private static let oftenerMax = 10_000
}
