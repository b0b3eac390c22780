import Kafka
package import Lifecycle
import Platform

/// Audits a range of a stream from outside: input, output, dead letters, ledger and control topic
/// are read apart from the service, and each answer is held against what the registry says.
///
/// Several partitions at once, each by a thread of its own: none needs another. Blocking.
package final class StreamAuditor {
    private let access: StreamAccess
    private var terms: AuditTerms
    private var book: EpochBook
    private let late: LateEpochs
    private let asking: (() throws(SwerveError) -> EpochBook)?
    private let shelf: ScorerShelf
    private var report = StreamAuditReport()

    /// - Parameters:
    ///   - book: the epochs that the registry knows.
    ///   - asking: reads them again, for those that came since; nil where nobody can.
    package init(
        _ access: StreamAccess, _ terms: AuditTerms, _ book: EpochBook,
        asking: (() throws(SwerveError) -> EpochBook)? = nil
    ) {
        late = LateEpochs(asking)
        self.asking = asking
        self.access = access
        self.terms = terms
        self.book = book
        shelf = ScorerShelf(access.artifacts)
    }

    /// Audits what lies between two edges.
    ///
    /// - Parameters:
    ///   - from: nil is the first record that is kept.
    ///   - to: nil is as far as the group has committed.
    ///   - progress: told how far the input was read, and how far it goes, in offsets, by any
    ///     thread.
    /// - Throws: where the stream cannot be read; a broken promise is no error.
    package func run(
        from: RangeEdge?, to: RangeEdge?,
        progress: @escaping @Sendable (_ read: Int64, _ of: Int64) -> Void = { _, _ in }
    ) throws(SwerveError) -> StreamAuditReport {
        let began = MonotonicClock.now
        let plan = try prepared(from, to)
        report.conclude(
            try AuditThreads(access, plan, shelf).run(progress), terms, plan.ledger)
        report.threads = min(access.threads, max(1, plan.spans.count))
        report.durationS = Double(MonotonicClock.now &- began) / 1e9
        return report
    }

    // MARK: - Before

    private func prepared(
        _ from: RangeEdge?, _ to: RangeEdge?
    ) throws(SwerveError) -> PartitionWalk.Plan {
        let consumer = try access.consumer()
        defer { consumer.close() }
        let plan = try prepare(consumer, from, to)
        try readStrays(consumer, plan)
        return plan
    }

    private func prepare(
        _ consumer: RangeConsumer, _ from: RangeEdge?, _ to: RangeEdge?
    ) throws(SwerveError) -> PartitionWalk.Plan {
        let topics = terms.topics
        let hasLetters = !terms.dropsUnscorable
        let names =
            [topics.input, topics.output] + (hasLetters ? [topics.deadLetters] : [])
            + (terms.ledger.map { [$0] } ?? []) + [topics.control]
        let counts = try consumer.partitionCounts(of: names, timeoutMs: access.timeoutMs)
        for name in names where counts[name] ?? 0 == 0 && name != terms.ledger {
            throw SwerveError(
                .notFound, act: "auditing \(topics.input)", reason: "there is no topic \(name)",
                remedy: "correct its name in the configuration", problem: Problem(.topicNotFound))
        }
        let partitions = counts[topics.input] ?? 0
        terms.isCompacted = consumer.isDevelopment ? false : access.isCompacted(topics.input)
        switch terms.isCompacted {
        case true?:
            report.notes.append(
                "\(topics.input) is compacted: records with the key of a later one may be gone, "
                    + "and answers to them cannot be held against anything")
        case nil:
            report.notes.append(
                "whether \(topics.input) is compacted is not known: brokers do not say")
        case false?: break
        }
        let marks = Deadline(afterMs: Self.marksMs)
        let committed = progress(of: terms.group, topics.input, partitions)
        terms.lettersReplayed = hasLetters && wereReplayed(counts[topics.deadLetters] ?? 0)
        let resolver = RangeResolver(consumer, timeoutMs: access.timeoutMs)
        report.spans = try resolver.spans(
            of: topics.input, partitions: partitions, from: from, to: to, committed: committed)
        try readControl(consumer)
        var ledger: LedgerBook?
        if let name = terms.ledger {
            ledger = try readLedger(consumer, name, partitions: counts[name] ?? 0)
            report.ledgerEntries = ledger?.entries
            report.ledgerForeign = ledger?.foreign ?? 0
        } else {
            report.notes.append("no ledger is kept: boundaries are not held against one")
        }
        try checkOutputs(counts, partitions)
        terms.bound(threads: access.threads, partitions: partitions)
        let outputs = try bounds(consumer, topics.output, counts)
        let letters = hasLetters ? try bounds(consumer, topics.deadLetters, counts) : []
        // Whatever stands there by now was answered under an epoch that the registry has by now.
        if let asking { book.learn(from: try asking()) }
        return PartitionWalk.Plan(
            terms: terms, book: book, ledger: ledger, form: access.input, spans: report.spans,
            outputs: outputs, letters: letters,
            timeoutMs: access.timeoutMs, marks: marks)
    }

    private func bounds(
        _ consumer: RangeConsumer, _ topic: String, _ counts: [String: Int]
    ) throws(SwerveError) -> [Range<Int64>] {
        var found: [Range<Int64>] = []
        for partition in 0..<Int32(clamping: counts[topic] ?? 0) {
            found.append(
                try consumer.bounds(
                    of: topic, partition: partition, timeoutMs: access.timeoutMs))
        }
        return found
    }

    private func checkOutputs(_ counts: [String: Int], _ partitions: Int) throws(SwerveError) {
        let outputs = counts[terms.topics.output] ?? 0
        guard outputs < partitions else { return }
        throw SwerveError(
            .invalid, act: "auditing \(terms.topics.input)",
            reason: "\(terms.topics.output) has \(outputs) partitions, and the input has "
                + "\(partitions): records of the others cannot have an answer",
            remedy: "give the output as many partitions")
    }

    /// How far a group has come; nil where nobody says, which is noted.
    private func progress(of group: String, _ topic: String, _ partitions: Int) -> [Int64?]? {
        do throws(SwerveError) {
            let found = try GroupProgress.committed(
                by: group, of: topic, partitions: partitions, settings: access.settings,
                timeoutMs: access.timeoutMs, log: access.log)
            if found.contains(where: { $0 != nil }) { return found }
            report.notes.append("group \(group) has committed nothing on \(topic)")
        } catch {
            report.notes.append("how far group \(group) has come is not known: \(error.reason)")
        }
        return nil
    }

    private func wereReplayed(_ partitions: Int) -> Bool {
        let found = try? GroupProgress.committed(
            by: access.settings.names.replay(of: terms.group), of: terms.topics.deadLetters,
            partitions: partitions, settings: access.settings, timeoutMs: access.timeoutMs,
            log: access.log)
        return (found ?? []).contains { $0 != nil }
    }

    private func readControl(_ consumer: RangeConsumer) throws(SwerveError) {
        try SpanReader.readWhole(
            consumer, terms.topics.control, partition: 0, timeoutMs: access.timeoutMs
        ) { batch, index, _ in
            guard let key = batch.key(at: index), let value = batch.value(at: index),
                let record = try? ControlRecord(key: key, value: value),
                record.deployment.model == terms.model
            else { return }
            book.heard(record, digest: ContentHash.sha256(value).description, bytes: value.count)
        }
    }

    private func readLedger(
        _ consumer: RangeConsumer, _ topic: String, partitions: Int
    ) throws(SwerveError) -> LedgerBook {
        var interest: [Int32: Range<Int64>] = [:]
        for span in report.spans { interest[span.partition] = span.offsets }
        var ledger = LedgerBook(
            group: terms.group, model: terms.model.description, topic: terms.topics.input,
            interest: interest)
        for partition in 0..<Int32(partitions) {
            var isCut = false
            var failure: SwerveError?
            try SpanReader.readWhole(
                consumer, topic, partition: partition, timeoutMs: access.timeoutMs,
                begins: { _ in isCut = true }
            ) { batch, index, offset in
                ledger.hear(
                    key: batch.key(at: index) ?? [], value: batch.value(at: index),
                    at: StreamPlace(partition: partition, offset: offset), book
                ) { epoch in
                    do throws(SwerveError) {
                        return try late.epoch(epoch)
                    } catch {
                        failure = failure ?? error
                        return nil
                    }
                }
            }
            if let failure { throw failure }
            if isCut { ledger.cut() }
        }
        return ledger
    }

    /// Partitions of the output beyond the input's have nobody's answers.
    private func readStrays(
        _ consumer: RangeConsumer, _ plan: PartitionWalk.Plan
    ) throws(SwerveError) {
        let predictions = PredictionReader(model: terms.model, topic: terms.topics.input)
        for partition in Int32(plan.spans.count)..<Int32(max(plan.spans.count, plan.outputs.count))
        {
            try SpanReader.readWhole(
                consumer, terms.topics.output, partition: partition, timeoutMs: access.timeoutMs
            ) { batch, index, _ in
                guard let found = batch.value(at: index).flatMap({ predictions.read($0) }) else {
                    return report.counts.foreign += 1
                }
                report.findings.note(
                    .wrongPartition, at: found.source, "it stands on partition \(partition)")
            }
        }
    }

    private static let marksMs = 5_000
}
