import Kafka
import Lifecycle

/// The topic of corrections: what stands there, and what is added behind it.
///
/// Of the thread that owns the consumer. Each correction stands on the partition of the prediction.
final class CorrectionTopic {
    private(set) var counts: CorrectionCounts
    private(set) var notes: [String] = []
    private let consumer: RangeConsumer
    private let terms: AuditTerms
    private let timeoutMs: Int32
    /// Nil where nothing is to be written.
    private let writer: TopicWriter?
    /// Whether the topic is still to be made, and nothing stands there.
    private let isMissing: Bool
    /// Written since the last acknowledgement was waited for.
    private var open = 0
    private var openBytes = 0

    /// - Parameter outputs: partitions of the predictions.
    /// - Throws: `.notFound` where there is no such topic, and something is to be written;
    ///   `.invalid` where it has too few partitions.
    init(
        _ consumer: RangeConsumer, _ access: StreamAccess, _ terms: AuditTerms,
        _ corrections: ImpactReader.Corrections, outputs: Int
    ) throws(SwerveError) {
        self.consumer = consumer
        self.terms = terms
        timeoutMs = access.timeoutMs
        counts = CorrectionCounts(topic: corrections.topic, isApplied: corrections.isApplied)
        let name = corrections.topic
        let act = "writing corrections of \(terms.topics.output)"
        let found = try consumer.partitionCounts(of: [name], timeoutMs: timeoutMs)[name] ?? 0
        isMissing = found == 0
        guard !isMissing else {
            counts.missingPartitions = outputs
            guard corrections.isApplied else {
                writer = nil
                return
            }
            throw SwerveError(
                .notFound, act: act, reason: "there is no topic \(name)",
                remedy: "make it with \(outputs) partitions (a development broker is started with "
                    + "it), or correct topics.corrections in the configuration")
        }
        guard found >= outputs else {
            throw SwerveError(
                .invalid, act: act,
                reason: "\(name) has \(found) partitions, and \(terms.topics.output) has "
                    + "\(outputs): a correction stands on the partition of its prediction",
                remedy: "give it as many")
        }
        guard corrections.isApplied else {
            writer = nil
            return
        }
        let made = try TopicWriter(settings: access.settings, log: access.log)
        writer = made
        do throws(SwerveError) {
            // A partition that the writer does not know takes no record.
            _ = try made.partitionCount(of: name, timeoutMs: timeoutMs)
        } catch {
            made.close()
            throw error
        }
    }

    /// What stands there of the predictions in a part of a partition.
    func standing(
        _ partition: Int32, _ places: Range<Int64>, scoring: String
    ) throws(SwerveError) -> StandingCorrections {
        var standing = StandingCorrections(places, scoring: scoring)
        guard !isMissing else { return standing }
        try SpanReader.readWhole(
            consumer, counts.topic, partition: partition, timeoutMs: timeoutMs,
            begins: { offset in
                notes.append(
                    "\(counts.topic) [\(partition)] begins at offset \(offset) now: corrections "
                        + "that stood before it are not known")
            }
        ) { batch, index, _ in
            guard let value = batch.value(at: index),
                let found = Correction.read(
                    value, model: terms.model, topics: terms.topics),
                found.corrects.partition == partition
            else {
                counts.foreign += 1
                return
            }
            standing.hear(found)
        }
        return standing
    }

    /// What becomes of a prediction whose verdict is known.
    ///
    /// - Parameters:
    ///   - bytes: the correction; asked for where it is written, or another one claims to be it.
    ///   - key: of the record; asked for where it is written.
    func take(
        _ answer: StandingAnswer, differs: Bool, _ standing: StandingCorrections,
        key: () throws(SwerveError) -> [UInt8]?, _ bytes: () -> [UInt8]
    ) throws(SwerveError) -> ImpactedRecord.Correction {
        let place = answer.at.offset
        let newest = standing[place]
        guard standing.isDue(place, differs: differs, tag: Correction.tag(of: bytes())) else {
            guard newest == .same else { return .none }
            counts.standing += 1
            return .stands
        }
        counts.due += 1
        if newest == .other { counts.replacing += 1 }
        if newest == .same { counts.deviating += 1 }
        if !differs { counts.retracting += 1 }
        guard let writer else { return .due }
        let (value, key) = (bytes(), try key())
        try writer.write(
            topic: counts.topic, partition: answer.at.partition, key: key, value: value)
        open += 1
        openBytes += value.count + (key?.count ?? 0)
        if open >= Self.openMax || openBytes >= Self.openBytesMax { try settle() }
        return .written
    }

    /// Waits until all that was written is acknowledged.
    func settle() throws(SwerveError) {
        guard let writer, open > 0 else { return }
        (open, openBytes) = (0, 0)
        defer { counts.written = Int64(writer.acknowledgedCount) }
        try writer.flush(milliseconds: Self.flushMs, act: "writing to \(counts.topic)")
    }

    /// Whether what is due is written, and not only counted.
    var isWritten: Bool { writer != nil }

    /// The same error, with how far it has come.
    func told(_ error: SwerveError) -> SwerveError {
        guard let writer else { return error }
        return SwerveError(
            error.code, act: error.act,
            reason: "\(error.reason); \(writer.acknowledgedCount) corrections are written",
            remedy: (error.remedy.isEmpty ? "" : error.remedy + "; ")
                + "run the same again: it goes on behind what stands there",
            problem: error.problem)
    }

    func close() { writer?.close() }

    /// Bounds the memory of what is not acknowledged.
    private static let openMax = 10_000
    private static let openBytesMax = 8_388_608
    private static let flushMs: Int32 = 60_000
}
