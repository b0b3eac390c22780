/// What an audit of a stream came to: a value, to be told to people and programs.
package struct StreamAuditReport: Sendable, Equatable {
    package enum Verdict: String, Sendable {
        /// Every promise that was looked at was kept.
        case kept
        /// A promise was broken.
        case broken
        /// None is known to be broken, and not everything could be decided.
        case undecided
    }

    /// What was looked at, by partition.
    package internal(set) var spans: [PartitionSpan] = []
    package internal(set) var counts = AuditCounts()
    package internal(set) var findings = AuditFindings()
    /// Records that were answered again after a kill or a change of assignment.
    package internal(set) var repeated: [RepeatedRecords] = []
    /// Where each partition's epochs begin, as the answers have it.
    package internal(set) var boundaries: [Int32: [EpochRuns.Run]] = [:]
    /// Entries of the ledger that were held against the answers; nil where there is no ledger.
    package internal(set) var ledgerEntries: Int?
    /// Records of the ledger that are no entries.
    package internal(set) var ledgerForeign = 0
    /// What whoever reads the report should know.
    package internal(set) var notes: [String] = []
    package internal(set) var durationS = 0.0
    package internal(set) var threads = 1

    package init() {}

    package var verdict: Verdict {
        if findings.broken > 0 { return .broken }
        return findings.undecided > 0 ? .undecided : .kept
    }

    /// Records of the range a second.
    package var recordsPerS: Double { durationS > 0 ? Double(counts.records) / durationS : 0 }
}

extension StreamAuditReport {
    /// Takes in what came of the partitions, and judges what only all of them together tell.
    ///
    /// - Parameter ledger: nil where there is none.
    mutating func conclude(
        _ partitions: StreamConclusion, _ terms: AuditTerms, _ ledger: LedgerBook?
    ) {
        var conclusion = partitions
        conclusion.finish(terms)
        counts.merge(conclusion.counts)
        findings.merge(conclusion.findings)
        repeated = conclusion.repeated
        boundaries = conclusion.boundaries
        guard let ledger else { return }
        findings.merge(ledger.findings)
        for (_, take) in ledger.unended() {
            findings.note(
                .wrongLedger, at: take.place,
                "\(take.slot) went on under another epoch, and the end of epoch \(take.epoch) is "
                    + "missing")
        }
        if ledger.isCut {
            notes.append(
                "the oldest entries of the ledger are gone: what no entry explains is not called "
                    + "broken for that")
        }
        if !ledger.isWhole { notes.append("the ledger has more entries than are kept here") }
    }
}
