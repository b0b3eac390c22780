import Lifecycle

/// Records that were answered again, and the process that took them up again.
package struct RepeatedRecords: Sendable, Equatable {
    package let partition: Int32
    package let offsets: ClosedRange<Int64>
    /// Who took them the second time: slot, host and process, and when, by its clock.
    package let slot: String
    package let host: String
    package let pid: Int32
    package let atMs: Int64
}

/// What came of auditing one partition; a value that needs no more of the stream.
package struct PartitionOutcome: Sendable {
    package var counts: AuditCounts
    package var findings: AuditFindings
    package let span: PartitionSpan
    package private(set) var runs: EpochRuns
    /// Not answered on any topic so far.
    package var unanswered: OffsetSet
    package var repeated: [RepeatedRecords] = []
    /// Answers to records of other partitions that stand on this one of their topic.
    package var strayed: [StreamPlace] = []
    private var gaps: OffsetSet
    private var away: OffsetSet
    private var dropped: OffsetSet
    private var again: OffsetSet
    private var oftener: [Int64: Int]
    /// Of those answered again, what no start explains.
    private var unexplained: [Range<Int64>] = []
    private var older: [PartitionAuditor.OlderAnswer]
    private let highestAnswered: Int64
    /// Answers to records before it may be gone from their topics; nil where none are.
    private let cutAnswersBefore: Int64?

    /// - Parameters:
    ///   - auditor: finished.
    ///   - droppedLetters: records with a dead letter that could not be looked at.
    package init(
        _ auditor: PartitionAuditor, cutAnswersBefore: Int64?, droppedLetters: OffsetSet? = nil
    ) {
        counts = auditor.counts
        findings = auditor.findings
        span = auditor.span
        runs = auditor.runs
        unanswered = auditor.unanswered
        gaps = auditor.gaps
        away = auditor.away
        dropped = auditor.dropped
        again = auditor.again
        oftener = auditor.oftener
        older = auditor.older
        highestAnswered = auditor.highestAnswered
        self.cutAnswersBefore = cutAnswersBefore
        for range in auditor.wrongLetters.ranges {
            findings.note(.wrongLetter, span.partition, range, "the record can be scored")
        }
        for set in [
            gaps, away, unanswered, dropped, again, auditor.lettered, auditor.wrongLetters,
            auditor.claimed, auditor.claimedByLetters,
        ] where !set.isWhole {
            findings.note(
                .bounded, span.partition, span.offsets, count: max(1, set.count - set.keptCount),
                "too many separate offsets to remember")
        }
        if !runs.isWhole {
            findings.note(
                .bounded, span.partition, span.offsets, count: runs.left,
                "too many changes of epoch to remember")
        }
        if let droppedLetters { leaveUnjudged(droppedLetters) }
    }

    /// Records with a letter that could not be looked at have an answer: none of them is missing.
    private mutating func leaveUnjudged(_ dropped: OffsetSet) {
        guard !dropped.isEmpty else { return }
        findings.note(
            .bounded, span.partition, span.offsets, count: dropped.count,
            "dead letters for records far ahead")
        if dropped.isWhole {
            unanswered.remove(dropped.ranges)
        } else {
            // Any of those without an answer may be one of them.
            unanswered = OffsetSet()
        }
    }

    /// Judges what is too many, and what the ledger says, once the partition was read.
    ///
    /// n log n in what was found and what the ledger has: both may be a stranger's making.
    ///
    /// - Parameter ledger: nil where there is none.
    package mutating func judge(_ terms: AuditTerms, ledger: LedgerBook?) {
        let starts = ledger.map {
            LedgerStarts($0[span.partition], silent: $0.silent(span.partition))
        }
        judgeRepeated(terms, ledger, starts)
        judgeOlder(terms, ledger, starts)
        guard let ledger, let starts, terms.ledger != nil, counts.records > 0, !runs.runs.isEmpty
        else { return }
        judgeBoundaries(terms, ledger, starts)
    }

    // MARK: - What is missing

    /// Lets go of all that was judged and handed on, so that what is missing is left alone.
    mutating func keepUnansweredAlone() {
        (gaps, away, dropped, again) = (OffsetSet(), OffsetSet(), OffsetSet(), OffsetSet())
        oftener = [:]
        older = []
        (findings, counts, runs) = (AuditFindings(), AuditCounts(), EpochRuns())
        (repeated, strayed, unexplained) = ([], [], [])
        unanswered.trim()
    }

    /// Judges what is missing, once all partitions were read.
    ///
    /// - Parameter elsewhere: records of the partition whose answer stands on another.
    package mutating func judgeMissing(_ terms: AuditTerms, answered elsewhere: [Int64] = []) {
        unanswered.remove(elsewhere)
        for range in unanswered.ranges { judgeMissing(range, terms) }
    }

    private mutating func judgeMissing(_ range: Range<Int64>, _ terms: AuditTerms) {
        let (partition, whole) = (span.partition, range)
        let cut = whole.clamped(to: Int64.min..<(cutAnswersBefore ?? Int64.min))
        if !cut.isEmpty { findings.note(.cutAnswers, partition, cut) }
        let rest = max(range.lowerBound, cut.isEmpty ? range.lowerBound : cut.upperBound)
        guard rest < range.upperBound else { return }
        let done = span.committed ?? highestAnswered
        let lost = rest..<max(rest, min(range.upperBound, done))
        let open = lost.upperBound..<range.upperBound
        if !open.isEmpty { findings.note(.open, partition, open) }
        guard !lost.isEmpty else { return }
        if terms.passesOver || terms.dropsUnscorable && terms.sample != 1 {
            findings.note(.passedOver, partition, lost)
        } else {
            findings.note(.lost, partition, lost)
        }
    }

    // MARK: - What is too many

    private mutating func judgeRepeated(
        _ terms: AuditTerms, _ ledger: LedgerBook?, _ starts: LedgerStarts?
    ) {
        guard !again.isEmpty else { return }
        let partition = span.partition
        guard case .atLeastOnce = terms.delivery else { return noteDoubled() }
        guard let ledger, let starts, terms.ledger != nil else {
            for range in again.ranges {
                findings.note(.unplaced, partition, range, count: extras(in: range))
            }
            return
        }
        let others = OtherGroups(
            ledger.others(on: partition), within: span.offsets, again: again.ranges)
        let silent = OffsetSpans([gaps, away, dropped, unanswered].flatMap(\.ranges))
        for run in joined(again.ranges, silent) {
            // It may have begun with a record that is gone.
            let behind = away.ranges.partitioningPlace { $0.upperBound <= run.lowerBound }
            let gone = behind > 0 ? away.ranges[behind - 1] : run.lowerBound..<run.lowerBound
            let begins =
                silent.covers(gone.upperBound..<run.lowerBound)
                ? gone.lowerBound : run.lowerBound
            let isFirst = silent.covers(span.offsets.lowerBound..<begins)
            place(run, from: isFirst ? .min : begins, starts, terms, ledger, others)
        }
        guard !oftener.isEmpty else { return }
        let takers = starts.takers(reach: terms.uncommittedRecords)
        let told = OffsetSpans(unexplained)
        for (offset, answers) in oftener.sorted(by: { $0.key < $1.key })
        where !told.covers(offset..<offset + 1) {
            let over = max(0, answers - max(2, takers[offset]))
            counts.repeated += Int64(answers - 2 - over)
            if over > 0 {
                note(
                    offset..<offset + 1, ledger, "answered \(answers) times", count: Int64(over))
            }
        }
    }

    /// Answers beyond the first of the records of a range, each of which has such.
    private func extras(in range: Range<Int64>) -> Int64 {
        guard !oftener.isEmpty else { return Int64(range.count) }
        if range.count <= oftener.count {
            return range.reduce(0) { $0 + Int64((oftener[$1] ?? 2) - 1) }
        }
        return oftener.reduce(Int64(range.count)) { sum, record in
            range.contains(record.key) ? sum + Int64(record.value - 2) : sum
        }
    }

    /// Tells what a worker had on its way from what nothing explains.
    ///
    /// One that stood still while another took its partition may have had answers on their way, of
    /// records that were not committed: behind where the other one began, and under the epoch that
    /// it had itself told of. Nobody can call them back.
    private mutating func judgeOlder(
        _ terms: AuditTerms, _ ledger: LedgerBook?, _ starts: LedgerStarts?
    ) {
        guard !older.isEmpty else { return }
        var possible: [Int64: [Range<Int64>]] = [:]
        if let ledger, let starts {
            for take in ledger[span.partition] {
                guard let next = starts.next(after: take) else { continue }
                let end = min(take.last.map { $0 + 1 } ?? .max, next + terms.uncommittedRecords)
                if next < end { possible[take.epoch, default: []].append(next..<end) }
            }
        }
        let overtaken = possible.mapValues { OffsetSpans($0) }
        let isKnown = ledger.map { $0.entries > 0 && !$0.isCut && $0.isWhole } ?? false
        for answer in older {
            let offsets = answer.offset..<answer.offset + 1
            if overtaken[answer.epoch]?.covers(offsets) == true {
                counts.overtaken += 1
            } else if isKnown {
                findings.note(
                    .epochWentBack, span.partition, offsets,
                    "answered under epoch \(answer.epoch) as well as under a newer one, by no "
                        + "worker that another had overtaken")
            } else {
                findings.note(.unplaced, span.partition, offsets)
            }
        }
    }

    /// Every answer beyond the first of a record, whatever it comes from.
    private mutating func noteDoubled() {
        var rest = oftener.sorted { $0.key < $1.key }[...]
        for range in again.ranges {
            var count = Int64(range.count)
            while let next = rest.first, next.key < range.upperBound {
                count += Int64(next.value - 2)
                rest = rest.dropFirst()
            }
            findings.note(.doubled, span.partition, range, count: count)
        }
    }

    /// Ranges with nothing between them but offsets that nobody answers.
    private func joined(_ ranges: [Range<Int64>], _ silent: OffsetSpans) -> [Range<Int64>] {
        var result: [Range<Int64>] = []
        for range in ranges {
            if let last = result.last, silent.covers(last.upperBound..<range.lowerBound) {
                result[result.count - 1] = last.lowerBound..<range.upperBound
            } else {
                result.append(range)
            }
        }
        return result
    }

    /// A worker that takes a partition up begins behind what was committed, so what was answered
    /// and not committed is answered again from its first record on: nowhere else.
    ///
    /// - Parameter lower: where it may have begun; nothing between was answered.
    private mutating func place(
        _ run: Range<Int64>, from lower: Int64, _ starts: LedgerStarts, _ terms: AuditTerms,
        _ ledger: LedgerBook, _ others: OtherGroups
    ) {
        var rest = run
        let repeats = starts.repeats
        let near = repeats.partitioningPlace { $0.first < lower }
        for start in repeats[near...] {
            let begins = max(start.first, run.lowerBound)
            guard begins < rest.upperBound else { break }
            guard rest.contains(begins) else { continue }
            if rest.lowerBound < begins {
                note(rest.lowerBound..<begins, ledger, others.words ?? "no worker began there")
            }
            let reach = start.first + terms.uncommittedRecords
            let end = min(rest.upperBound, max(begins, reach))
            if begins < end { found(begins..<end, start, others) }
            rest = end..<rest.upperBound
            if rest.isEmpty { return }
        }
        note(rest, ledger, others.words ?? "no worker began there")
    }

    /// - Parameter others: are no reason, and where they took the records too, a start is none for
    ///   certain.
    private mutating func found(
        _ offsets: Range<Int64>, _ start: LedgerStarts.Start, _ others: OtherGroups
    ) {
        let own = offsets.without(others.spans)
        for part in offsets.without(OffsetSpans(own)).flatMap({ again.ranges.parts(of: $0) }) {
            findings.note(.otherGroup, span.partition, part, others.words)
        }
        for part in own { found(part, start) }
    }

    private mutating func found(_ offsets: Range<Int64>, _ start: LedgerStarts.Start) {
        counts.repeated += again.ranges.parts(of: offsets).reduce(0) { $0 + Int64($1.count) }
        guard repeated.count < Self.repeatedMax else { return }
        repeated.append(
            RepeatedRecords(
                partition: span.partition, offsets: offsets.lowerBound...offsets.upperBound - 1,
                slot: start.take.slot, host: start.take.host, pid: start.take.pid,
                atMs: start.take.atMs))
    }

    /// Tells answers again that nothing explains.
    ///
    /// - Parameter count: of them; nil for all of the records.
    private mutating func note(
        _ offsets: Range<Int64>, _ ledger: LedgerBook, _ words: String, count: Int64? = nil
    ) {
        for part in again.ranges.parts(of: offsets) {
            let count = count ?? extras(in: part)
            unexplained.append(part)
            if ledger.entries == 0 {
                findings.note(.unplaced, span.partition, part, count: count)
            } else if ledger.isCut || !ledger.isWhole {
                findings.note(.cutLedger, span.partition, part, count: count)
            } else {
                findings.note(.doubled, span.partition, part, count: count, words)
            }
        }
    }

    // MARK: - What the ledger says

    private mutating func judgeBoundaries(
        _ terms: AuditTerms, _ ledger: LedgerBook, _ starts: LedgerStarts
    ) {
        guard ledger.entries > 0 else {
            return findings.note(.noLedger, span.partition, span.offsets, count: 1)
        }
        let takes = ledger[span.partition]
        var byEpoch: [Int64: [Range<Int64>]] = [:]
        for take in takes {
            byEpoch[take.epoch, default: []].append(
                starts.reach(of: take, beyond: terms.uncommittedRecords))
        }
        let taken = byEpoch.mapValues { OffsetSpans($0) }
        // Who died may have had no time to tell what it took; others took that again, and told it.
        // What they answered under is not what the first answers say, either.
        let silent = OffsetSpans([gaps, away, dropped, unanswered, again].flatMap(\.ranges))
        var noted: [Range<Int64>] = []
        for run in runs.runs {
            let untaken = taken[run.epoch].map(run.offsets.without) ?? [run.offsets]
            for part in untaken.flatMap({ $0.without(silent) }) {
                guard !ledger.isCut, ledger.isWhole else {
                    findings.note(.cutLedger, span.partition, part)
                    continue
                }
                noted.append(part)
                findings.note(
                    .outsideLedger, span.partition, part,
                    "answered under epoch \(run.epoch), which nobody took it under")
            }
        }
        let known = OffsetSpans(silent.ranges + noted)
        let claims = LedgerClaims(takes, starts)
        for part in claims.contradicted(by: runs.runs).flatMap({ $0.without(known) }) {
            findings.note(
                .outsideLedger, span.partition, part,
                claims.words(of: part.lowerBound, answeredUnder: runs.epoch(at: part.lowerBound)))
        }
    }

    private static let repeatedMax = 1_000
}
