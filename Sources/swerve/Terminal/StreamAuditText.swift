import Lifecycle
import Operations
import Registry
import Verification

/// What an audit of a stream came to, for people and as a document.
struct StreamAuditText {
    let report: StreamAuditReport
    let terms: AuditTerms
    /// The audit chain, held against the registry's tables and the control topic.
    let chain: AuditVerifyResult

    /// Whether the chain, the tables and the control topic agree.
    private var isChainSound: Bool { chain.findings.isEmpty }

    var verdict: StreamAuditReport.Verdict {
        guard isChainSound else { return .broken }
        // Of no record nothing is known: it may be the range that is wrong.
        let isOpen = isEmpty || undatedBefore > 0
        return isOpen && report.verdict == .kept ? .undecided : report.verdict
    }

    /// Those of `goneBefore` that may be of the range.
    private var undatedBefore: Int64 {
        report.spans.reduce(0) { StatusCount.sum($0, Int64($1.undated?.count ?? 0)) }
    }

    private var isEmpty: Bool { report.counts.records == 0 }

    /// Offsets before the range that retention took away.
    private var goneBefore: Int64 {
        report.spans.reduce(0) { sum, span in
            // Behind the range nothing of it is gone: retention may have overtaken the group.
            let isAtBeginning = span.offsets.lowerBound <= span.kept.lowerBound
            return isAtBeginning ? StatusCount.sum(sum, max(0, span.offsets.lowerBound)) : sum
        }
    }

    var exitCode: Int32 {
        switch verdict {
        case .kept: ExitContract.done
        case .broken: ExitContract.failed
        case .undecided: ExitContract.undecided
        }
    }

    // MARK: - For programs

    /// `verdict`, `range` by partition, `counts`, `broken` and `undecided` by kind with `count`,
    /// `places` and `about`, `repeated`, `boundaries`, `ledger`, `chain`, `notes`, `speed`.
    var document: JSONValue {
        let counts = report.counts
        return [
            "verdict": .string(verdict.rawValue), "model": .string(terms.model.description),
            "group": .string(terms.group), "input": .string(terms.topics.input),
            "delivery": .string(isExactlyOnce ? "exactly-once" : "at-least-once"),
            "range": .array(report.spans.map(Self.document)),
            "counts": [
                "records": .int(counts.records), "gaps": .int(counts.gaps),
                "predictions": .int(counts.predictions), "dead_letters": .int(counts.letters),
                "replayed": .int(counts.replayed), "repeated": .int(counts.repeated),
                "overtaken": .int(counts.overtaken),
                "scores_compared": .int(counts.scored),
                "keys_compared": .int(counts.keysCompared), "foreign": .int(counts.foreign),
                "read": .int(counts.read), "gone_before": .int(goneBefore),
                "by_version": Self.table(counts.byVersion),
                "by_epoch": Self.table(counts.byEpoch),
            ],
            "broken": .array(
                Breach.allCases.compactMap { Self.document($0.rawValue, report.findings[$0]) }),
            "undecided": .array(
                Doubt.allCases.compactMap { Self.document($0.rawValue, report.findings[$0]) }
                    + (undatedBefore > 0 ? [undated] : [])),
            "repeated": .array(report.repeated.map(Self.document)),
            "boundaries": .array(
                report.boundaries.sorted { $0.key < $1.key }.flatMap { partition, runs in
                    runs.prefix(Self.runsMax).map { Self.document(partition, $0) }
                }),
            "ledger": [
                "topic": terms.ledger.map { .string($0) } ?? .null,
                "entries": report.ledgerEntries.map { .int(Int64($0)) } ?? .null,
                "foreign": .int(Int64(report.ledgerForeign)),
            ],
            "chain": [
                "sound": .bool(isChainSound),
                "findings": .array(chain.findings.map { .string($0.description) }),
                "control_records": chain.topic.map { .int(Int64($0.records)) } ?? .null,
            ],
            "notes": .array(report.notes.map { .string($0) }),
            "speed": [
                "seconds": .double(report.durationS), "threads": .int(Int64(report.threads)),
                "records_per_s": .double(report.recordsPerS.rounded()),
            ],
        ]
    }

    private var isExactlyOnce: Bool {
        if case .exactlyOnce = terms.delivery { true } else { false }
    }

    private static func table(_ counts: NamedCounts<some Hashable>) -> JSONValue {
        var fields = Dictionary(counts.named.map { ("\($0)", JSONValue.int($1)) }) { $1 }
        if counts.others > 0 { fields[ImpactCounts.others] = .int(counts.others) }
        return .object(fields)
    }

    private static func document(_ span: PartitionSpan) -> JSONValue {
        [
            "partition": .int(Int64(span.partition)), "first": .int(span.offsets.lowerBound),
            "end": .int(span.offsets.upperBound),
            "committed": span.committed.map { .int($0) } ?? .null,
        ]
    }

    private static func document(_ kind: String, _ found: FoundPlaces) -> JSONValue? {
        guard found.count > 0 else { return nil }
        return [
            "kind": .string(kind), "count": .int(found.count),
            "places": .array(
                found.places.map {
                    [
                        "partition": .int(Int64($0.partition)), "first": .int($0.first),
                        "last": .int($0.last),
                    ]
                }),
            "about": found.words.map { .string($0) } ?? .null,
        ]
    }

    /// In the form of the other kinds.
    private var undated: JSONValue {
        [
            "kind": "gone_undated", "count": .int(undatedBefore),
            "places": .array(
                report.spans.compactMap { span -> JSONValue? in
                    span.undated.map {
                        [
                            "partition": .int(Int64(span.partition)),
                            "first": .int($0.lowerBound), "last": .int($0.upperBound - 1),
                        ]
                    }
                }.prefix(FoundPlaces.placesMax).map(\.self)), "about": .string(Self.undatedWords),
        ]
    }

    private static let undatedWords =
        "gone before the first record that is kept: whether some were written behind the time at "
        + "which the range begins is not known; a later --from, or none, leaves them out"

    private static func document(_ again: RepeatedRecords) -> JSONValue {
        [
            "partition": .int(Int64(again.partition)), "first": .int(again.offsets.lowerBound),
            "last": .int(again.offsets.upperBound), "slot": .string(again.slot),
            "host": .string(again.host), "pid": .int(Int64(again.pid)),
            "at": .string(Timestamp.text(ofMs: again.atMs)),
        ]
    }

    private static func document(_ partition: Int32, _ run: EpochRuns.Run) -> JSONValue {
        [
            "partition": .int(Int64(partition)), "epoch": .int(run.epoch),
            "first": .int(run.first), "last": .int(run.last),
        ]
    }

    // MARK: - For people

    var lines: [String] {
        let counts = report.counts
        var lines = [
            "\(terms.topics.input): \(Figures.counted(counts.records, "record")) in "
                + "\(Figures.counted(report.spans.count, "partition")), "
                + "\(Figures.counted(counts.predictions, "prediction")), "
                + "\(Figures.counted(counts.letters, "dead letter")), in "
                + "\(Figures.fixed(report.durationS, 1)) s "
                + "(\(Figures.fixed(report.recordsPerS, 0)) records a second)"
        ]
        if isEmpty {
            lines.append("  -       nothing was looked at: the range holds no record")
        }
        lines += Self.promises.flatMap(promiseLines)
        lines += chainLines
        let doubts = Doubt.allCases.filter { report.findings[$0].count > 0 }
        if !doubts.isEmpty || undatedBefore > 0 {
            lines.append("not decided:")
            for doubt in doubts {
                lines += found(doubt.words, report.findings[doubt])
            }
            if undatedBefore > 0 {
                lines += TextLayout.wrapped("          \(undatedBefore) \(Self.undatedWords)")
            }
        }
        lines += repeatedLines + remarks
        lines.append(conclusion)
        return lines
    }

    /// What was promised, what breaks it, and what leaves it open.
    private struct Promise {
        let words: String
        let breaches: [Breach]
        var doubts: [Doubt] = []
    }

    private static let promises: [Promise] = [
        Promise(
            words: "every record was answered", breaches: [.lost],
            doubts: [.cutInput, .cutAnswers, .open, .passedOver, .bounded]),
        Promise(
            words: "none was answered twice without a reason", breaches: [.doubled],
            doubts: [.cutInput, .cutAnswers, .unplaced, .otherGroup, .bounded]),
        Promise(
            words: "every answer is a record's, on its partition, with its key and id",
            breaches: [.unfounded, .wrongPartition, .wrongKey, .wrongID, .unreadable],
            doubts: [.cutInput, .late, .compacted, .bounded]),
        Promise(
            words: "every record was decided by the version prescribed",
            breaches: [.wrongVersion, .unknownEpoch],
            doubts: [.cutInput, .cutAnswers, .earlierEpoch, .bounded]),
        Promise(
            words: "scores and labels are those of that version",
            breaches: [.wrongScore, .wrongLabel],
            doubts: [.cutInput, .cutAnswers, .unscored, .late, .earlierEpoch, .bounded]),
        Promise(
            words: "dead letters are what cannot be scored", breaches: [.wrongLetter],
            doubts: [.cutInput, .cutAnswers, .late, .bounded]),
        Promise(
            words: "no partition went back to an older epoch", breaches: [.epochWentBack],
            doubts: [.cutAnswers, .bounded]),
        Promise(
            words: "boundaries are as the ledger says", breaches: [.outsideLedger, .wrongLedger],
            doubts: [.cutLedger, .noLedger, .bounded]),
    ]

    private func promiseLines(_ promise: Promise) -> [String] {
        let broken = promise.breaches.filter { report.findings[$0].count > 0 }
        var words = promise.words
        let isOfScores = promise.breaches.contains(.wrongScore)
        if isOfScores, report.counts.scored > 0 {
            words += ": \(Figures.counted(report.counts.scored, "record")) scored again"
        }
        if promise.breaches.contains(.wrongLedger), terms.ledger == nil {
            return ["  -       \(words): no ledger is kept"]
        }
        guard broken.isEmpty else {
            return ["  BROKEN  \(words)"] + broken.flatMap { found($0.words, report.findings[$0]) }
        }
        if isEmpty { return [] }
        if isOfScores, report.counts.scored == 0 {
            return [
                "  -       \(words): "
                    + (areScoresLeftOut
                        ? "not checked (--sample 0)" : "no record was scored again")
            ]
        }
        let isOpen =
            promise.doubts.contains { report.findings[$0].count > 0 }
            || promise.breaches == [.lost] && undatedBefore > 0
        return [isOpen ? "  open    \(words): not decided of all" : "  kept    \(words)"]
    }

    private var areScoresLeftOut: Bool { terms.sample == 0 }

    private func found(_ words: String, _ found: FoundPlaces) -> [String] {
        let places = TextLayout.list(
            found.places.map(\.text), separator: ", ", limit: Self.placesShown)
        let about = found.words.map { " (\(TextLayout.remark($0, scalars: 160)))" } ?? ""
        return TextLayout.wrapped("          \(found.count) \(words): \(places)\(about)")
    }

    private var chainLines: [String] {
        let words = "control records are what the audit chain tells of"
        guard !isChainSound else { return ["  kept    \(words)"] }
        let findings = chain.findings.prefix(Self.placesShown)
        return ["  BROKEN  \(words)"]
            + findings.flatMap { TextLayout.wrapped("          \($0.description.printable)") }
    }

    private var repeatedLines: [String] {
        guard !report.repeated.isEmpty else { return [] }
        let shown = report.repeated.prefix(Self.placesShown).flatMap { again in
            TextLayout.wrapped(
                "  \(again.partition)@\(again.offsets.lowerBound)-\(again.offsets.upperBound) by "
                    + "\(TextLayout.remark(again.slot, scalars: 60)), process \(again.pid) on "
                    + "\(TextLayout.remark(again.host, scalars: 40)), "
                    + Timestamp.text(ofMs: again.atMs))
        }
        let rest = report.repeated.count - Self.placesShown
        let overtaken = report.counts.overtaken
        let stale =
            overtaken == 0
            ? []
            : TextLayout.wrapped(
                "  \(overtaken) of these answers under an older epoch, by a worker that had stood "
                    + "still while another took its partition")
        return ["\(report.counts.repeated) answered again after a kill or a change of assignment:"]
            + shown + (rest > 0 ? ["  … \(rest) more"] : []) + stale
    }

    private var remarks: [String] {
        var remarks: [String] = []
        let counts = report.counts
        if goneBefore > undatedBefore {
            remarks.append(
                "\(Figures.counted(goneBefore, "offset")) before the range are gone from the input, "
                    + "and were not looked at: retention took them")
        }
        if counts.gaps > 0 {
            remarks.append(
                "\(Figures.counted(counts.gaps, "offset")) without a record: marks of "
                    + "transactions, what was taken back, or compaction")
        }
        if counts.foreign > 0 {
            remarks.append(
                "\(Figures.counted(counts.foreign, "record")) of others on output or dead letters")
        }
        if counts.replayed > 0 {
            remarks.append("\(counts.replayed) dead letters were scored again later")
        }
        if report.ledgerForeign > 0 {
            remarks.append(
                "\(Figures.counted(report.ledgerForeign, "record")) of others on the ledger")
        }
        return (remarks + report.notes).flatMap { TextLayout.wrapped($0.printable) }
    }

    private var conclusion: String {
        switch verdict {
        case .kept where areScoresLeftOut:
            return "every promise that was looked at was kept; scores and labels were not checked"
        case .kept: return "every promise was kept"
        case .undecided: return "no promise is known to be broken; not everything could be decided"
        case .broken:
            let count = report.findings.broken + Int64(chain.findings.count)
            return "promises were broken: \(count) \(count == 1 ? "time" : "times")"
        }
    }

    private static let placesShown = 10
    private static let runsMax = 1_000
}

extension Breach {
    /// Behind a count, for people.
    var words: String {
        switch self {
        case .lost: "lost"
        case .doubled: "answered again"
        case .unfounded: "for no record"
        case .wrongPartition: "on another partition"
        case .wrongKey: "with another key"
        case .wrongID: "with another id"
        case .wrongVersion: "by another version"
        case .unknownEpoch: "under an epoch that nobody announced"
        case .wrongScore: "with another score"
        case .wrongLabel: "with another label"
        case .epochWentBack: "under an older epoch than before"
        case .wrongLetter: "wrong dead letters"
        case .outsideLedger: "otherwise than the ledger says"
        case .wrongLedger: "wrong entries of the ledger (their places there)"
        case .unreadable: "predictions that cannot be read (their places on the output)"
        }
    }
}

extension Doubt {
    /// Behind a count, for people.
    var words: String {
        switch self {
        case .cutInput: "of the range are gone from the input"
        case .cutAnswers: "whose answer may be gone from its topic"
        case .cutLedger: "of a time of which the ledger is gone"
        case .noLedger: "partitions of which the ledger says nothing"
        case .open: "not answered, and not committed yet"
        case .passedOver: "not answered, where records may be passed over"
        case .unplaced: "answered again, and no ledger says why"
        case .otherGroup: "answered again, where another group took the same records"
        case .unscored: "whose score cannot be computed here"
        case .late: "answered so late that the record is not at hand"
        case .compacted: "for records that may have been compacted away"
        case .earlierEpoch: "under epochs of before this registry"
        case .bounded: "beyond what an audit keeps in memory"
        }
    }
}
