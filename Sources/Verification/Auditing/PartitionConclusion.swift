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
    package let runs: EpochRuns
    /// Not answered on any topic so far.
    package var unanswered: OffsetSet
    package var repeated: [RepeatedRecords] = []
    /// Predictions for records of other partitions that stand on this one of the output.
    package var strayed: [StreamPlace] = []
    private let gaps: OffsetSet
    private let dropped: OffsetSet
    private let again: OffsetSet
    private let oftener: [Int64: Int]
    private let highestAnswered: Int64
    /// Answers to records before it may be gone from their topics; nil where none are.
    private let cutAnswersBefore: Int64?

    /// - Parameter auditor: finished.
    package init(_ auditor: PartitionAuditor, cutAnswersBefore: Int64?) {
        counts = auditor.counts
        findings = auditor.findings
        span = auditor.span
        runs = auditor.runs
        unanswered = auditor.unanswered
        gaps = auditor.gaps
        dropped = auditor.dropped
        again = auditor.again
        oftener = auditor.oftener
        highestAnswered = auditor.highestAnswered
        self.cutAnswersBefore = cutAnswersBefore
        for range in auditor.wrongLetters.ranges {
            findings.note(.wrongLetter, span.partition, range, "the record can be scored")
        }
        for set in [gaps, unanswered, again, auditor.lettered, auditor.wrongLetters]
        where !set.isWhole {
            let kept = set.ranges.reduce(Int64(0)) { $0 + Int64($1.count) }
            findings.note(
                .bounded, span.partition, span.offsets, count: max(1, set.count - kept),
                "too many separate offsets to remember")
        }
    }

    /// Judges what is missing and what is too many, once all partitions were read.
    ///
    /// - Parameter ledger: nil where there is none.
    package mutating func conclude(_ terms: AuditTerms, ledger: LedgerBook?) {
        for range in unanswered.ranges { judgeMissing(range, terms) }
        judgeRepeated(terms, ledger)
        guard let ledger, terms.ledger != nil, counts.records > 0, !runs.runs.isEmpty else {
            return
        }
        judgeBoundaries(terms, ledger)
    }

    // MARK: - What is missing

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

    private mutating func judgeRepeated(_ terms: AuditTerms, _ ledger: LedgerBook?) {
        let partition = span.partition
        guard case .atLeastOnce = terms.delivery else { return noteDoubled() }
        guard let ledger, terms.ledger != nil else {
            for range in again.ranges { findings.note(.unplaced, partition, range) }
            return
        }
        let starts = LedgerStarts(ledger[partition], silent: ledger.silent(partition))
        for run in joined(again.ranges) { place(run, starts, terms, ledger) }
        for (offset, answers) in oftener.sorted(by: { $0.key < $1.key }) {
            if starts.takers(of: offset, reach: terms.uncommittedRecords) < answers {
                note(offset..<offset + 1, ledger, "answered \(answers) times")
            } else {
                counts.repeated += Int64(answers - 2)
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
    private func joined(_ ranges: [Range<Int64>]) -> [Range<Int64>] {
        var result: [Range<Int64>] = []
        for range in ranges {
            if let last = result.last, isSilent(last.upperBound..<range.lowerBound) {
                result[result.count - 1] = last.lowerBound..<range.upperBound
            } else {
                result.append(range)
            }
        }
        return result
    }

    private func isSilent(_ range: Range<Int64>) -> Bool {
        var rest = [range]
        for set in [gaps, dropped, unanswered] { rest = rest.flatMap { $0.without(set.ranges) } }
        return rest.isEmpty
    }

    /// A worker that takes a partition up begins behind what was committed, so what was answered
    /// and not committed is answered again from its first record on: nowhere else.
    private mutating func place(
        _ run: Range<Int64>, _ starts: LedgerStarts, _ terms: AuditTerms, _ ledger: LedgerBook
    ) {
        let isFirst = isSilent(span.offsets.lowerBound..<run.lowerBound)
        var rest = run
        for start in starts.repeats {
            let begins = isFirst && start.first < run.lowerBound ? run.lowerBound : start.first
            guard rest.contains(begins) else { continue }
            if rest.lowerBound < begins {
                note(rest.lowerBound..<begins, ledger, "no worker began there")
            }
            let reach = start.first + terms.uncommittedRecords
            let end = min(rest.upperBound, max(begins, reach))
            if begins < end { found(begins..<end, start) }
            rest = end..<rest.upperBound
            if rest.isEmpty { return }
        }
        note(rest, ledger, "no worker began there")
    }

    private mutating func found(_ offsets: Range<Int64>, _ start: LedgerStarts.Start) {
        counts.repeated += again.ranges.reduce(0) { $0 + Int64($1.clamped(to: offsets).count) }
        guard repeated.count < Self.repeatedMax else { return }
        repeated.append(
            RepeatedRecords(
                partition: span.partition, offsets: offsets.lowerBound...offsets.upperBound - 1,
                slot: start.take.slot, host: start.take.host, pid: start.take.pid,
                atMs: start.take.atMs))
    }

    private mutating func note(_ offsets: Range<Int64>, _ ledger: LedgerBook, _ words: String) {
        for range in again.ranges {
            let part = range.clamped(to: offsets)
            guard !part.isEmpty else { continue }
            if ledger.entries == 0 {
                findings.note(.unplaced, span.partition, part)
            } else if ledger.cutBeforeMs != nil || !ledger.isWhole {
                findings.note(.cutLedger, span.partition, part)
            } else {
                findings.note(.doubled, span.partition, part, words)
            }
        }
    }

    // MARK: - What the ledger says

    private mutating func judgeBoundaries(_ terms: AuditTerms, _ ledger: LedgerBook) {
        guard ledger.entries > 0 else {
            return findings.note(.noLedger, span.partition, span.offsets, count: 1)
        }
        let takes = ledger[span.partition]
        let starts = LedgerStarts(takes, silent: ledger.silent(span.partition))
        var byEpoch: [Int64: [Range<Int64>]] = [:]
        for take in takes {
            byEpoch[take.epoch, default: []].append(
                starts.reach(of: take, beyond: terms.uncommittedRecords))
        }
        // Who died may have had no time to tell what it took; others took that again, and told it.
        // What they answered under is not what the first answers say, either.
        let silent = [gaps, dropped, unanswered, again].flatMap(\.ranges)
        var noted: [Range<Int64>] = []
        for run in runs.runs {
            let taken = (byEpoch[run.epoch] ?? []) + silent
            for part in (run.first..<run.last + 1).without(taken) {
                guard ledger.cutBeforeMs == nil, ledger.isWhole else {
                    findings.note(.cutLedger, span.partition, part)
                    continue
                }
                noted.append(part)
                findings.note(
                    .outsideLedger, span.partition, part,
                    "answered under epoch \(run.epoch), which nobody took it under")
            }
        }
        judgeClaims(takes, starts, silent + noted)
    }

    /// What was taken to its end by one worker, before any other began, was answered under the
    /// epoch that the ledger names.
    private mutating func judgeClaims(
        _ takes: [LedgerBook.Take], _ starts: LedgerStarts, _ silent: [Range<Int64>]
    ) {
        var answered: [Int64: [Range<Int64>]] = [:]
        for run in runs.runs { answered[run.epoch, default: []].append(run.first..<run.last + 1) }
        guard let first = runs.runs.first?.first, let last = runs.runs.last?.last else { return }
        for take in takes {
            guard let end = take.last else { continue }
            let sure = min(end + 1, starts.next(after: take) ?? .max)
            let claimed = (take.first..<max(take.first, sure)).clamped(to: first..<last + 1)
            for part in claimed.without((answered[take.epoch] ?? []) + silent) {
                findings.note(
                    .outsideLedger, span.partition, part,
                    "taken under epoch \(take.epoch) by the ledger, and answered under another")
            }
        }
    }

    private static let repeatedMax = 1_000
}

/// Where workers began to take a partition, in the ledger's order.
struct LedgerStarts {
    struct Start {
        let first: Int64
        let take: LedgerBook.Take
    }

    private let takes: [LedgerBook.Take]
    /// Who had the partition and told of nothing: it may have died before it could.
    private let silent: [LedgerBook.Assigned]
    /// The first take of each taker, in the ledger's order.
    private let starts: [Start]
    /// Those before which somebody else had taken records, by offset.
    let repeats: [Start]

    init(_ takes: [LedgerBook.Take], silent: [LedgerBook.Assigned]) {
        self.takes = takes
        self.silent = silent
        var seen: Set<LedgerBook.Take.Taker> = []
        starts = takes.compactMap { take in
            seen.insert(take.taker).inserted ? Start(first: take.first, take: take) : nil
        }
        var earliest: Int64?
        let firstSilent = silent.map(\.order).min() ?? .max
        repeats = starts.filter { start in
            defer { earliest = min(earliest ?? start.first, start.first) }
            return earliest.map { $0 <= start.first } ?? false || firstSilent < start.take.order
        }.sorted { $0.first < $1.first }
    }

    /// How many workers may have taken a record.
    func takers(of offset: Int64, reach: Int64) -> Int {
        let taken = takes.filter { self.reach(of: $0, beyond: reach).contains(offset) }
        let untold = silent.count { mayHaveTaken($0, offset, reach: reach) }
        return Set(taken.map(\.taker)).count + untold
    }

    /// It began where somebody before it did or behind that, and whoever followed it took all of
    /// it again.
    private func mayHaveTaken(
        _ silent: LedgerBook.Assigned, _ offset: Int64, reach: Int64
    ) -> Bool {
        let before = starts.last { $0.take.order < silent.order }?.first ?? 0
        let next = starts.first { $0.take.order > silent.order }?.first
        return offset >= before && offset < (next.map { $0 + reach } ?? .max)
    }

    /// Where another worker began behind the beginning of a take, and after it; nil where none did.
    func next(after take: LedgerBook.Take) -> Int64? {
        starts.filter {
            $0.take.taker != take.taker && $0.first >= take.first && $0.take.order > take.order
        }.map(\.first).min()
    }

    /// The offsets that a take may hold: where its end is not known, as far as the worker behind
    /// it says, and what may have been answered and not committed.
    func reach(of take: LedgerBook.Take, beyond: Int64) -> Range<Int64> {
        if let last = take.last { return take.first..<last + 1 }
        guard let next = next(after: take) else { return take.first..<Int64.max }
        return take.first..<max(take.first + 1, next + beyond)
    }
}

extension Range<Int64> {
    /// What is left of it without others, ascending.
    func without(_ others: [Range<Int64>]) -> [Range<Int64>] {
        var rest: [Range<Int64>] = []
        var place = lowerBound
        for other in others.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard other.lowerBound < upperBound else { break }
            guard other.upperBound > place else { continue }
            if other.lowerBound > place { rest.append(place..<other.lowerBound) }
            place = Swift.max(place, other.upperBound)
            guard place < upperBound else { return rest }
        }
        if place < upperBound { rest.append(place..<upperBound) }
        return rest
    }
}
