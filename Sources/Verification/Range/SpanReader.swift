package import Kafka
package import Lifecycle
import Platform

/// Reads one partition from an offset to another, a batch at a time.
///
/// Of the thread that owns the consumer. Behind the last record that can be read it waits for no
/// more: where a transaction is open, what it holds is no part of the stream yet.
package final class SpanReader {
    package private(set) var cursor: PartitionCursor
    package private(set) var isDone: Bool
    private let consumer: RangeConsumer
    private var end: Int64
    private let timeoutMs: Int32
    private var silence: Deadline

    /// - Parameters:
    ///   - end: the offset behind the last that is wanted.
    ///   - timeoutMs: how long nothing may come.
    package init(
        _ consumer: RangeConsumer, topic: String, partition: Int32, from offset: Int64,
        to end: Int64, timeoutMs: Int32
    ) throws(SwerveError) {
        self.consumer = consumer
        self.end = end
        self.timeoutMs = timeoutMs
        silence = Deadline(afterMs: Int(timeoutMs))
        cursor = try consumer.cursor(of: topic, partition: partition, from: offset)
        isDone = offset >= end
    }

    /// Takes what comes next and hands over each record before the end, by its index in the
    /// cursor's batch; valid until the next step.
    ///
    /// - Throws: `.unavailable` where nothing comes in time; what brokers refuse.
    package func step(
        _ body: (RecordBatch, _ index: Int, _ offset: Int64) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        try stepWhole { batch, count throws(SwerveError) in
            for index in 0..<count {
                guard let record = batch.record(at: index) else { continue }
                try body(batch, index, record.offset)
            }
        }
    }

    /// The same, and hands over all of it at once: the first `count` of the batch, which may have
    /// faults and ends of the partition among them.
    func stepWhole(
        _ body: (RecordBatch, _ count: Int) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        guard !isDone else { return }
        let before = cursor.position
        try cursor.take(milliseconds: Self.waitMs)
        let batch = cursor.batch
        var count = batch.count
        if cursor.position > end {
            count = (0..<count).first { batch.record(at: $0)?.offset ?? -1 >= end } ?? count
        }
        try body(batch, count)
        if cursor.position >= end { isDone = true }
        if cursor.position > before {
            silence = Deadline(afterMs: Int(timeoutMs))
        } else if !isDone, silence.hasPassed {
            try endOrThrow()
        }
    }

    private func endOrThrow() throws(SwerveError) {
        let kept = try consumer.bounds(
            of: cursor.topic, partition: cursor.partition, timeoutMs: timeoutMs)
        if kept.upperBound <= cursor.position {
            isDone = true
            return
        }
        if kept.lowerBound > cursor.position, try cursor.passTrimmed() {
            isDone = cursor.position >= end
            silence = Deadline(afterMs: Int(timeoutMs))
            return
        }
        try RangeResolver.check(silence, of: cursor.topic, cursor.partition, consumer)
    }

    /// Goes on to a later end.
    ///
    /// - Returns: false where it is not later.
    package func extend(to later: Int64) throws(SwerveError) -> Bool {
        guard later > end else { return false }
        // What was taken beyond the end so far was passed over.
        cursor.close()
        cursor = try consumer.cursor(of: cursor.topic, partition: cursor.partition, from: end)
        end = later
        isDone = false
        silence = Deadline(afterMs: Int(timeoutMs))
        return true
    }

    /// Begins to wait anew: nobody has asked for what comes next for a while.
    package func expectAnew() { silence = Deadline(afterMs: Int(timeoutMs)) }

    /// Reads to the end.
    package func readAll(
        _ body: (RecordBatch, _ index: Int, _ offset: Int64) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        while !isDone { try step(body) }
    }

    /// Reads all that a partition holds now, and hands over each record.
    ///
    /// - Parameter begins: told where it begins, where that is behind its first record: before the
    ///   others, and once more where retention took more of it away meanwhile.
    /// - Throws: as `step`; what `body` throws.
    package static func readWhole(
        _ consumer: RangeConsumer, _ topic: String, partition: Int32, timeoutMs: Int32,
        begins: (_ at: Int64) -> Void = { _ in },
        _ body: (RecordBatch, _ index: Int, _ offset: Int64) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        let kept = try consumer.bounds(of: topic, partition: partition, timeoutMs: timeoutMs)
        if kept.lowerBound > 0 { begins(kept.lowerBound) }
        let reader = try SpanReader(
            consumer, topic: topic, partition: partition, from: kept.lowerBound,
            to: kept.upperBound, timeoutMs: timeoutMs)
        defer { reader.close() }
        try reader.readAll(body)
        if let cut = reader.cursor.cut { begins(cut.upperBound) }
    }

    package func close() { cursor.close() }

    private static let waitMs: Int32 = 100
}
