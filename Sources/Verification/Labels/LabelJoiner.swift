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
    /// For whoever follows labels: those that were drawn at random and found no room, and others
    /// that are not kept.
    package internal(set) var beyond = 0
    package internal(set) var undrawn = 0
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
    private let capacity: Int
    private let follows: Bool
    private let isStopped: () -> Bool
    /// How far each partition of a topic of labels was read.
    private var positions: [Int32: Int64] = [:]

    /// - Parameters:
    ///   - follows: whether labels beyond the bound are counted and left out, in the place of an
    ///     error. At least half of the room is then for those that were drawn at random; the
    ///     others are kept to find contradictions.
    ///   - isStopped: asked while labels and predictions are read.
    package init(
        _ access: StreamAccess, _ terms: AuditTerms,
        capacity: Int = LabelBook.capacityMax, follows: Bool = false,
        isStopped: @escaping () -> Bool = { false }
    ) {
        self.access = access
        self.terms = terms
        self.capacity = capacity
        self.follows = follows
        self.isStopped = isStopped
        report = LabelReport(book: LabelBook(capacity: capacity))
    }

    // MARK: - Labels

    /// Takes in the lines of a file; nil is standard input.
    ///
    /// - Throws: what reading it throws; `.tooLarge` for more labels than are kept.
    package func readFile(_ path: String?) throws(SwerveError) {
        let reader = try FileLineReader(path: path, lineBytesMax: LabelRecord.bytesMax)
        try reader.forEach(tooLong: { number, error throws(SwerveError) in
            noteUnreadable("line \(number)", error)
        }) { number, line throws(SwerveError) in
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
        let count = try partitions(of: topic, consumer)
        for partition in 0..<count {
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

    private func partitions(
        of topic: String, _ consumer: RangeConsumer
    ) throws(SwerveError) -> Int32 {
        let counts = try consumer.partitionCounts(of: [topic], timeoutMs: access.timeoutMs)
        guard let count = counts[topic], count > 0 else {
            throw SwerveError(
                .notFound, act: "reading labels of \(topic)", reason: "there is no such topic",
                remedy: "correct its name")
        }
        return Int32(clamping: count)
    }

    /// Takes in what has come to a topic since the last call; the first one reads it whole.
    ///
    /// - Throws: as above; what was read till then is taken in, and the next call goes on there.
    func readOn(_ topic: String) throws(SwerveError) {
        let consumer = try access.consumer()
        defer { consumer.close() }
        let count = try partitions(of: topic, consumer)
        for partition in 0..<count {
            let kept = try consumer.bounds(
                of: topic, partition: partition, timeoutMs: access.timeoutMs)
            // One that ends before it was made anew.
            let known = positions[partition].flatMap { $0 <= kept.upperBound ? $0 : nil }
            let reader = try SpanReader(
                consumer, topic: topic, partition: partition,
                from: max(known ?? kept.lowerBound, kept.lowerBound), to: kept.upperBound,
                timeoutMs: access.timeoutMs)
            defer { reader.close() }
            while !reader.isDone {
                try reader.step { batch, index, offset throws(SwerveError) in
                    try take(batch.value(at: index) ?? [], from: topic) { "\(partition)@\(offset)" }
                }
                // What was taken beyond the end was passed over.
                positions[partition] = min(reader.cursor.position, kept.upperBound)
            }
        }
    }

    static func goOn(_ isStopped: () -> Bool) throws(SwerveError) {
        guard isStopped() else { return }
        throw SwerveError(.unavailable, act: "following labels", reason: "it was told to stop")
    }

    func take(
        _ bytes: [UInt8], from name: String, _ place: () -> String
    ) throws(SwerveError) {
        try Self.goOn(isStopped)
        let label: LabelRecord
        do throws(SwerveError) {
            label = try LabelRecord(parsing: bytes, input: terms.topics.input)
        } catch {
            noteUnreadable(place(), error)
            return
        }
        if follows, label.basis != LabelRecord.random,
            report.book.entries.count >= capacity / 2, !report.book.knows(label.subject)
        {
            report.undrawn += 1
            return
        }
        guard case .full = report.book.add(label) else { return }
        guard !follows else {
            report.beyond += 1
            return
        }
        throw SwerveError(
            .tooLarge, act: "reading labels of \(name)",
            reason: "there are more than \(report.book.entries.count)",
            remedy: "give them in parts, each of a time of its own")
    }

    private func noteUnreadable(_ place: @autoclosure () -> String, _ error: SwerveError) {
        report.unreadable += 1
        if report.firstUnreadable == nil {
            report.firstUnreadable = "\(place()): \(error.reason)"
        }
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

    /// Holds the predictions that have come since the last time against the labels.
    ///
    /// - Parameters:
    ///   - from: of the input.
    ///   - ends: how far each partition of the output was read; those without are read as far back
    ///     as the range goes.
    /// - Returns: how far they are read now.
    /// - Throws: where topics cannot be read, or it is stopped.
    func joinOn(
        from: RangeEdge, after ends: [Int32: Int64]
    ) throws(SwerveError) -> [Int32: Int64] {
        let consumer = try access.consumer()
        defer { consumer.close() }
        let answers = try AnswerReader(
            consumer, terms, from: from, to: nil, timeoutMs: access.timeoutMs)
        var reached: [Int32: Int64] = [:]
        for partition in 0..<Int32(clamping: answers.partitions) {
            try Self.goOn(isStopped)
            var places: Range<Int64>
            if let end = ends[partition] {
                let kept = try consumer.bounds(
                    of: terms.topics.output, partition: partition, timeoutMs: access.timeoutMs)
                places = min(max(end, kept.lowerBound), kept.upperBound)..<kept.upperBound
            } else {
                places = try answers.places(partition)
            }
            reached[partition] = places.upperBound
            // In parts, since records that are no answers are not handed over.
            while !places.isEmpty {
                let end = min(places.upperBound, places.lowerBound + Self.part)
                try answers.read(partition, places.lowerBound..<end) {
                    answer throws(SwerveError) in
                    try Self.goOn(isStopped)
                    report.book.meet(answer.prediction)
                }
                try Self.goOn(isStopped)
                places = end..<places.upperBound
            }
        }
        return reached
    }

    private static let part: Int64 = 100_000

    // MARK: - Feedback

    /// Scores the records that were drawn at random by both versions of a trial.
    ///
    /// - Throws: where the input cannot be read, or nobody can say what a version says.
    package func ask(_ deployment: Deployment) throws(SwerveError) {
        guard let candidate = deployment.candidate?.deployed else { return }
        let scorer = try PairScorer(access, input: terms.topics.input, deployment, candidate)
        report.notes += scorer.notes
        let meaning = scorer.meaning
        var tally = FeedbackTally()
        let drawn = report.book.entries.filter { $0.counts && $0.basis == LabelRecord.random }
        let chosen = drawn.filter { meaning.isAttack($0.label) != nil }
        if chosen.count < drawn.count {
            report.notes.append(
                "\(drawn.count - chosen.count) records have a label that neither version of the "
                    + "trial knows: no version is asked about them")
        }
        let consumer = try access.consumer()
        defer { consumer.close() }
        let byPartition = Dictionary(grouping: chosen) { $0.match?.source.partition ?? -1 }
        for (partition, entries) in byPartition.sorted(by: { $0.key < $1.key }) {
            var labels: [Int64: String] = [:]
            for entry in entries {
                if let offset = entry.match?.source.offset { labels[offset] = entry.label }
            }
            var found = 0
            try scorer.ask(partition: partition, labels.keys.sorted(), consumer) {
                offset, verdicts in
                guard let isAttack = labels[offset].flatMap({ meaning.isAttack($0) })
                else { return }
                found += 1
                tally.add(isAttack: isAttack, verdicts)
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
