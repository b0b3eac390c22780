package import Kafka
package import Lifecycle

/// A prediction, and where it stands on the output.
package struct StandingAnswer: Sendable, Equatable {
    package let prediction: Prediction
    /// The record's own; nil for a record without one.
    package let key: [UInt8]?
    package let at: StreamPlace
    /// When it was written; nil where nobody says.
    package let atMs: Int64?

    package init(prediction: Prediction, key: [UInt8]?, at: StreamPlace, atMs: Int64?) {
        self.prediction = prediction
        self.key = key
        self.at = at
        self.atMs = atMs
    }

    /// What it takes of memory, about.
    var heldBytes: Int { prediction.heldBytes + (key?.count ?? 0) + 64 }
}

/// Reads the predictions for a range of the input, one partition after the other, apart from the
/// service.
///
/// Of the thread that owns the consumer.
package final class AnswerReader {
    /// What stands on the output beside the predictions that are asked for.
    package struct Others: Sendable, Equatable {
        /// Records that were read, whatever they are.
        package internal(set) var read: Int64 = 0
        /// Records that are no prediction of the model for the input.
        package internal(set) var foreign: Int64 = 0
        /// Those that say they are one and name no record, and where the first stands.
        package internal(set) var unreadable: Int64 = 0
        package internal(set) var firstUnreadable: StreamPlace?
        /// Predictions on another partition than their record's, and where the first stands.
        package internal(set) var strayed: Int64 = 0
        package internal(set) var firstStrayed: StreamPlace?
    }

    package private(set) var others = Others()
    /// What was not looked at, or is gone.
    package private(set) var notes: [String] = []
    /// Told how many records of the output were read so far.
    package var progress: (_ read: Int64) -> Void = { _ in }
    /// Partitions of the output.
    package let partitions: Int
    private let consumer: RangeConsumer
    private let resolver: RangeResolver
    private let topics: StreamTopics
    private var predictions: PredictionScanner
    private let timeoutMs: Int32
    /// The records whose answers are asked for, by partition.
    private let wanted: [Range<Int64>]

    /// - Parameters:
    ///   - from: nil is as far back as the output goes.
    ///   - to: nil is as far as the output goes now.
    /// - Throws: `.notFound` where there is no such topic; `.usage` for a range that ends before it
    ///   begins; what brokers refuse.
    package init(
        _ consumer: RangeConsumer, _ terms: AuditTerms, from: RangeEdge?, to: RangeEdge?,
        timeoutMs: Int32
    ) throws(SwerveError) {
        self.consumer = consumer
        self.timeoutMs = timeoutMs
        topics = terms.topics
        predictions = PredictionScanner(model: terms.model, topic: topics.input)
        resolver = RangeResolver(consumer, timeoutMs: timeoutMs)
        let counts = try consumer.partitionCounts(
            of: [topics.input, topics.output], timeoutMs: timeoutMs)
        for name in [topics.input, topics.output] where counts[name] ?? 0 == 0 {
            throw SwerveError(
                .notFound, act: "reading \(name)", reason: "there is no such topic",
                remedy: "correct its name in the configuration", problem: Problem(.topicNotFound))
        }
        let inputs = counts[topics.input] ?? 0
        partitions = counts[topics.output] ?? 0
        let spans = try resolver.spans(
            of: topics.input, partitions: inputs, from: from, to: to, committed: nil)
        wanted = spans.map { Self.wanted($0, from: from, to: to) }
        for span in spans {
            guard let undated = span.undated else { continue }
            notes.append(
                "\(topics.input) [\(span.partition)] begins at offset \(span.kept.lowerBound) now: "
                    + "when the \(undated.count) offsets before it were written is not known, and "
                    + "their predictions are left out")
        }
    }

    /// Records that are gone from the input have answers still, so only an edge that was asked for
    /// is one.
    static func wanted(
        _ span: PartitionSpan, from: RangeEdge?, to: RangeEdge?
    ) -> Range<Int64> {
        var (first, end) = (Int64(0), Int64.max)
        switch from {
        case .offset(let offset): first = offset
        case .time: first = span.offsets.lowerBound
        case nil: break
        }
        switch to {
        case .offset(let offset): end = offset
        case .time: end = span.offsets.upperBound
        case nil: break
        }
        return first..<max(first, end)
    }

    /// The records of a partition whose answers are asked for.
    package func wanted(_ partition: Int32) -> Range<Int64> {
        wanted.indices.contains(Int(partition)) ? wanted[Int(partition)] : 0..<0
    }

    /// The part of a partition of the output in which answers to the range stand.
    package func places(_ partition: Int32) throws(SwerveError) -> Range<Int64> {
        let kept = try consumer.bounds(
            of: topics.output, partition: partition, timeoutMs: timeoutMs)
        let records = wanted(partition)
        guard !records.isEmpty else { return kept.upperBound..<kept.upperBound }
        var start = kept.lowerBound
        if records.lowerBound > 0 {
            let reader = predictions.reader
            let found = try resolver.first(
                of: topics.output, partition: partition, in: kept, saying: records.lowerBound
            ) { batch, index in
                batch.value(at: index).flatMap { reader.read($0) }
                    .flatMap { $0.partition == partition ? $0.offset : nil }
            }
            start = max(start, found - Self.slack)
        }
        if kept.lowerBound > 0, start == kept.lowerBound {
            notes.append(
                "\(topics.output) [\(partition)] begins at offset \(kept.lowerBound) now: what "
                    + "stood before it is gone, and not known")
        }
        return start..<kept.upperBound
    }

    /// Hands over the answers in a part of a partition of the output, in their order.
    ///
    /// - Returns: false where what is left stands so far behind the range that none of its answers
    ///   is expected there.
    @discardableResult
    package func read(
        _ partition: Int32, _ places: Range<Int64>,
        _ body: (StandingAnswer) throws(SwerveError) -> Void
    ) throws(SwerveError) -> Bool {
        let records = wanted(partition)
        let reader = try SpanReader(
            consumer, topic: topics.output, partition: partition, from: places.lowerBound,
            to: places.upperBound, timeoutMs: timeoutMs)
        defer { reader.close() }
        var beyond: Int64 = 0
        while !reader.isDone {
            try reader.step { batch, index, offset throws(SwerveError) in
                let place = StreamPlace(partition: partition, offset: offset)
                guard let found = read(batch, index, at: place) else { return }
                guard records.contains(found.offset) else {
                    beyond = found.offset >= records.upperBound ? beyond + 1 : 0
                    return
                }
                beyond = 0
                try body(
                    StandingAnswer(
                        prediction: found, key: batch.key(at: index), at: place,
                        atMs: batch.timestampMs(at: index)))
            }
            progress(others.read)
            guard beyond >= Self.slack, !reader.isDone else { continue }
            notes.append(
                "\(topics.output) [\(partition)] was read to offset \(reader.cursor.position): "
                    + "answers that stand behind it are left out")
            return false
        }
        if let cut = reader.cursor.cut {
            notes.append(
                "\(topics.output) \(partition)@\(cut.lowerBound)-\(cut.upperBound - 1) was deleted "
                    + "by retention while it was read")
        }
        return true
    }

    private func read(_ batch: RecordBatch, _ index: Int, at place: StreamPlace) -> Prediction? {
        others.read += 1
        guard let record = batch.record(at: index) else { return nil }
        guard let found = unsafe predictions.read(record.value) else {
            if unsafe predictions.claims(record.value) {
                others.unreadable += 1
                others.firstUnreadable = others.firstUnreadable ?? place
            } else {
                others.foreign += 1
            }
            return nil
        }
        guard found.partition == place.partition else {
            others.strayed += 1
            others.firstStrayed = others.firstStrayed ?? place
            return nil
        }
        return found
    }

    /// How far an answer stands from where it is looked for, at most.
    private static let slack: Int64 = 262_144
}
