import Inputs
import Kafka
package import Lifecycle
import Platform

/// What a join of labels with predictions came to: a value.
package struct LabelReport: Sendable {
    package internal(set) var book: LabelBook
    /// Records of the source of labels that are none, and why the first is not.
    package internal(set) var unreadable = 0
    package internal(set) var firstUnreadable: String?
    package internal(set) var others = AnswerReader.Others()
    package internal(set) var notes: [String] = []
    /// Of the pair that was asked for; nil where none was.
    package internal(set) var feedback: FeedbackTally?
}

/// Joins labels that came later with the predictions of their records, and asks a pair of versions
/// about those that were drawn at random; apart from the service and its group.
///
/// The labels are held, the stream is not. Blocking, one thread.
package final class LabelJoiner {
    private let access: StreamAccess
    private let terms: AuditTerms
    private var report: LabelReport

    package init(
        _ access: StreamAccess, _ terms: AuditTerms,
        capacity: Int = LabelBook.capacityMax
    ) {
        self.access = access
        self.terms = terms
        report = LabelReport(book: LabelBook(capacity: capacity))
    }

    // MARK: - Labels

    /// Takes in the lines of a file; nil is standard input.
    ///
    /// - Throws: what reading it throws; `.tooLarge` for more labels than are kept.
    package func readFile(_ path: String?) throws(SwerveError) {
        let reader = try FileLineReader(path: path, lineBytesMax: LabelRecord.bytesMax)
        try reader.forEach { number, line throws(SwerveError) in
            guard !line.isEmpty else { return true }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(line.count)
            for index in line.indices { bytes.append(line[index]) }
            try take(bytes, from: reader.name) { "line \(number)" }
            return true
        }
    }

    /// Takes in a topic, as far as it goes now.
    ///
    /// - Throws: `.notFound` where there is none; what brokers refuse; `.tooLarge` as above.
    package func readTopic(_ topic: String) throws(SwerveError) {
        let consumer = try access.consumer()
        defer { consumer.close() }
        let counts = try consumer.partitionCounts(of: [topic], timeoutMs: access.timeoutMs)
        guard let count = counts[topic], count > 0 else {
            throw SwerveError(
                .notFound, act: "reading labels of \(topic)", reason: "there is no such topic",
                remedy: "correct its name")
        }
        for partition in 0..<Int32(clamping: count) {
            try SpanReader.readWhole(
                consumer, topic, partition: partition, timeoutMs: access.timeoutMs,
                begins: { offset in
                    report.notes.append(
                        "\(topic) [\(partition)] begins at offset \(offset) now: labels that stood "
                            + "before it are gone")
                }
            ) { batch, index, offset throws(SwerveError) in
                try take(batch.value(at: index) ?? [], from: topic) { "\(partition)@\(offset)" }
            }
        }
    }

    private func take(
        _ bytes: [UInt8], from name: String, _ place: () -> String
    ) throws(SwerveError) {
        let label: LabelRecord
        do throws(SwerveError) {
            label = try LabelRecord(parsing: bytes, input: terms.topics.input)
        } catch {
            report.unreadable += 1
            if report.firstUnreadable == nil {
                report.firstUnreadable = "\(place()): \(error.reason)"
            }
            return
        }
        guard case .full = report.book.add(label) else { return }
        throw SwerveError(
            .tooLarge, act: "reading labels of \(name)",
            reason: "there are more than \(report.book.entries.count)",
            remedy: "give them in parts, each of a time of its own")
    }

    // MARK: - Predictions

    /// Holds the predictions of a range against the labels.
    ///
    /// - Parameters:
    ///   - from: of the input; nil is as far back as the output goes.
    ///   - to: of the input; nil is as far as the output goes now.
    ///   - progress: told how many records of the output were read so far.
    /// - Throws: where topics cannot be read.
    package func join(
        from: RangeEdge?, to: RangeEdge?, progress: @escaping (_ read: Int64) -> Void = { _ in }
    ) throws(SwerveError) {
        let consumer = try access.consumer()
        defer { consumer.close() }
        let answers = try AnswerReader(
            consumer, terms, from: from, to: to, timeoutMs: access.timeoutMs)
        answers.progress = progress
        for partition in 0..<Int32(clamping: answers.partitions) {
            let places = try answers.places(partition)
            try answers.read(partition, places) { answer in report.book.meet(answer.prediction) }
        }
        report.others = answers.others
        report.notes += answers.notes
    }

    // MARK: - Feedback

    /// Scores the records that were drawn at random by both versions of a trial.
    ///
    /// - Throws: where the input cannot be read.
    package func ask(_ deployment: Deployment) throws(SwerveError) {
        guard let candidate = deployment.candidate?.deployed.version else { return }
        let alerts = Set(deployment.settings.alerts)
        let scorer = try PairScorer(access, input: terms.topics.input)
        var tally = FeedbackTally()
        let chosen = report.book.entries.filter { $0.counts && $0.basis == LabelRecord.random }
        let consumer = try access.consumer()
        defer { consumer.close() }
        let byPartition = Dictionary(grouping: chosen) { $0.match?.source.partition ?? -1 }
        for (partition, entries) in byPartition.sorted(by: { $0.key < $1.key }) {
            var labels: [Int64: String] = [:]
            for entry in entries {
                if let offset = entry.match?.source.offset { labels[offset] = entry.label }
            }
            var found = 0
            try scorer.ask(
                deployment, candidate: candidate, partition: partition, labels.keys.sorted(),
                consumer
            ) { offset, verdicts in
                guard let label = labels[offset] else { return }
                found += 1
                tally.add(isAttack: alerts.contains(label), verdicts)
            }
            if found < labels.count {
                report.notes.append(
                    "\(labels.count - found) labelled records of \(terms.topics.input) "
                        + "[\(partition)] are gone from the input: no version is asked about them")
            }
        }
        report.feedback = tally
    }

    package func finish() -> LabelReport { report }
}
