import Lifecycle

/// What an audit concludes of all partitions, in whatever order they come: a value.
///
/// Of each partition that is done only that is kept which others may change yet.
struct StreamConclusion: Sendable {
    private(set) var counts = AuditCounts()
    private(set) var findings = AuditFindings()
    private(set) var boundaries: [Int32: [EpochRuns.Run]] = [:]
    private var again: [RepeatedRecords] = []
    /// Those with records that were not answered, until it is known who was answered elsewhere.
    private var open: [PartitionOutcome] = []
    private var strayed: [(place: StreamPlace, on: Int32)] = []
    private let boundariesMax: Int

    /// - Parameter partitions: of the input.
    init(partitions: Int) {
        boundariesMax = max(10, min(1_000, Self.allBoundariesMax / max(1, partitions)))
    }

    /// - Parameter outcome: judged by the ledger.
    mutating func add(_ outcome: PartitionOutcome) {
        var outcome = outcome
        counts.merge(outcome.counts)
        findings.merge(outcome.findings)
        again += outcome.repeated
        boundaries[outcome.span.partition] = Array(outcome.runs.runs.prefix(boundariesMax))
        strayed += outcome.strayed.map { ($0, outcome.span.partition) }
        guard !outcome.unanswered.isEmpty else { return }
        outcome.keepUnansweredAlone()
        open.append(outcome)
    }

    /// What was counted and found apart from the partitions.
    mutating func add(_ counts: AuditCounts, _ findings: AuditFindings) {
        self.counts.merge(counts)
        self.findings.merge(findings)
    }

    /// Records that were answered again, by partition.
    var repeated: [RepeatedRecords] {
        let sorted = again.sorted {
            ($0.partition, $0.offsets.lowerBound) < ($1.partition, $1.offsets.lowerBound)
        }
        return Array(sorted.prefix(Self.repeatedMax))
    }

    /// Judges what is missing, once all partitions are done.
    mutating func finish(_ terms: AuditTerms) {
        var elsewhere: [Int32: [Int64]] = [:]
        for stray in strayed {
            findings.note(
                .wrongPartition, at: stray.place, "its answer stands on partition \(stray.on)")
            // An answer in the wrong place is an answer.
            elsewhere[stray.place.partition, default: []].append(stray.place.offset)
        }
        for outcome in open {
            var outcome = outcome
            outcome.judgeMissing(terms, answered: elsewhere[outcome.span.partition] ?? [])
            findings.merge(outcome.findings)
        }
        (open, strayed) = ([], [])
    }

    private static let repeatedMax = 10_000
    private static let allBoundariesMax = 100_000
}
