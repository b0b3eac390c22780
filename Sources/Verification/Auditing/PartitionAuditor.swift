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
    var runs = EpochRuns()
    /// Offsets without a record.
    private(set) var gaps: OffsetSet
    /// Records that retention took away before they were read: nothing is known of them.
    private(set) var away: OffsetSet
    var unanswered: OffsetSet
    /// Settled records without an answer that no version scores, where such get no letter.
    private(set) var dropped: OffsetSet
    /// Settled records that have a letter, and those whose letter is wrong unless it was replayed.
    var lettered: OffsetSet
    var wrongLetters: OffsetSet
    /// Answered more than once; and of those answered more than twice, how often.
    var again: OffsetSet
    /// Behind what the input had at the beginning, by answers.
    private(set) var claimed: OffsetSet
    private(set) var claimedByLetters: OffsetSet
    var oftener: [Int64: Int] = [:]
    /// Answered more than once, and once under an older epoch than one before.
    var older: [OlderAnswer] = []
    /// The answer that was the first under the newest epoch, and those behind it that are under
    /// older ones: whose fault that is, the next ones tell.
    var raise: EpochRaise?
    var highestAnswered: Int64 = -1
    /// Whether dead letters may be gone from their topic.
    var lettersAreCut = false
    /// Records that have an answer.
    package internal(set) var answered: Int64 = 0
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
        (claimed, claimedByLetters, away) = (empty, empty, empty)
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
        passGap(to: lost.lowerBound)
        findings.note(.cutInput, span.partition, lost)
        away.add(lost)
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
        if entry.answers > 0 { return settleEpoch(of: entry) }
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

    /// - Returns: whether it is the first.
    private mutating func noteAnswer(_ place: Int, epoch: Int64, isLetter: Bool) -> Bool {
        let before = entries[place]
        if isLetter { entries[place].letters += 1 } else { entries[place].predictions += 1 }
        guard before.answers > 0 else {
            answered += 1
            entries[place].epoch = epoch
            entries[place].newestEpoch = isKnown(epoch) ? epoch : 0
            entries[place].isReplayed =
                !isLetter && lettersAreCut && terms.lettersReplayed
                && before.offset < highestAnswered
            return true
        }
        if isKnown(epoch) {
            entries[place].newestEpoch = max(before.newestEpoch, epoch)
            // One under an epoch that is none says nothing of the record's.
            if before.newestEpoch == 0 { entries[place].epoch = epoch }
        }
        if terms.lettersReplayed, before.letters > 0 || isLetter {
            // The letter was first, whichever topic is read first.
            entries[place].epoch = min(before.epoch, epoch)
            wrongLetters.remove(before.offset)
            counts.replayed += 1
            return false
        }
        let isOlder = epoch < before.epoch && isKnown(epoch) && isKnown(before.epoch)
        if isOlder { entries[place].hasOlder = true }
        noteAgain(before.offset, epoch: epoch, first: before.epoch, answers: Int(before.answers))
        return false
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

    /// Whether an epoch can be compared with others: announced, or of before the registry.
    func isKnown(_ epoch: Int64) -> Bool {
        if let current, current.epoch == epoch { return true }
        return book[epoch] != nil || isEarlier(epoch)
    }

    /// Whether an epoch is of before the registry knew the model.
    func isEarlier(_ epoch: Int64) -> Bool {
        epoch > 0 && book.first.map { epoch < $0 } ?? false
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
        judgeRaise()
        tally.flush(&counts)
        if let cut = span.cut { findings.note(.cutInput, span.partition, cut) }
    }
}
