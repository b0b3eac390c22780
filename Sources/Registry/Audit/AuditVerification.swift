import Lifecycle

/// Holds the audit chain against itself, the tables against it, and the schema against the
/// migrations, on one snapshot.
///
/// The memory it takes does not grow with the chain.
struct AuditVerification {
    let transaction: RegistryTransaction

    /// - Parameter progress: hears the number of each entry before it is looked at, and the last
    ///   one's again before each table is.
    func run(progress: (Int64) throws -> Void = { _ in }) throws -> AuditReport {
        var report = AuditReport()
        try chain(&report, progress)
        if report.entries == 0, try transaction.audit.isMissing() {
            report.add(AuditFinding(entry: nil, "the chain is empty: it was removed"))
        }
        // Who wants to stop can, here too.
        let entries = report.entries
        try AuditTableCheck(transaction: transaction).run {
            try progress(Int64(entries))
        } _: {
            report.add($0)
        }
        for words in try SchemaCheck.differences(transaction.db) {
            report.add(AuditFinding(entry: nil, words))
        }
        return report
    }

    private func chain(
        _ report: inout AuditReport, _ progress: (Int64) throws -> Void
    ) throws {
        var chain = AuditChainCheck(registry: transaction.registry)
        let rows = AuditRowCheck(transaction: transaction)
        try transaction.audit.forEachRow { row in
            report.entries += 1
            let sequence = try row.integer("sequence", in: 0...Int64.max - 1)
            try progress(sequence)
            let text = try? row.text("entry")
            let fields = text.flatMap { text in
                try? JSONValue(
                    parsing: text.utf8, act: transaction.act, limit: RegistryBounds.entryBytes,
                    depth: RegistryBounds.depth)
            }
            let hash = try? row.digest("hash")
            report.head = hash
            let findings = chain.check(
                sequence: sequence, entry: Array((text ?? "").utf8), fields: fields, hash: hash)
            for finding in findings { report.add(finding) }
            guard let fields, let hash else { return }
            let entry = AuditEntry(sequence: sequence, fields: fields, hash: hash)
            do {
                for finding in try rows.findings(entry) { report.add(finding) }
            } catch let error as SwerveError {
                report.add(AuditFinding(entry: sequence, error.reason))
            }
        }
    }
}
