package import Kafka
package import Lifecycle
import Platform

/// Reads single records of one partition by their offsets: on from where it is where they lie close
/// together, and from a new place where they do not.
///
/// Of the thread that owns the consumer.
package final class RecordFetcher {
    private let consumer: RangeConsumer
    private let topic: String
    private let partition: Int32
    private let timeoutMs: Int32
    private var kept: Range<Int64>
    private var cursor: PartitionCursor?
    /// The next record of the cursor's batch that was not looked at.
    private var index = 0
    /// The offset before the first that can come yet.
    private var passed: Int64 = -1
    /// Where a cursor that is closed found the partition to begin: retention takes from the
    /// beginning alone.
    private var goneBefore: Int64 = 0

    package init(
        _ consumer: RangeConsumer, topic: String, partition: Int32, timeoutMs: Int32
    ) throws(SwerveError) {
        self.consumer = consumer
        self.topic = topic
        self.partition = partition
        self.timeoutMs = timeoutMs
        kept = try consumer.bounds(of: topic, partition: partition, timeoutMs: timeoutMs)
    }

    /// Whether retention has taken away what stood at an offset.
    package func isGone(_ offset: Int64) -> Bool {
        offset < max(kept.lowerBound, goneBefore, cursor?.cut?.upperBound ?? 0)
    }

    /// Hands over each record that is there.
    ///
    /// - Parameter offsets: ascending, each once.
    /// - Throws: `.unavailable` where nothing comes in time; what brokers refuse.
    package func fetch(
        _ offsets: [Int64],
        _ body: (_ offset: Int64, RecordBatch, _ index: Int) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        if let last = offsets.last, last >= kept.upperBound {
            kept = try consumer.bounds(of: topic, partition: partition, timeoutMs: timeoutMs)
        }
        let wanted = Array(offsets.drop { $0 < kept.lowerBound }.prefix { $0 < kept.upperBound })
        var place = 0
        if let first = wanted.first, first <= passed { close() }
        var silence = Deadline(afterMs: Int(timeoutMs))
        while place < wanted.count {
            let cursor = try cursor(for: wanted[place])
            while index < cursor.batch.count, place < wanted.count {
                guard let record = cursor.batch.record(at: index) else {
                    index += 1
                    continue
                }
                while place < wanted.count, wanted[place] < record.offset { place += 1 }
                guard place < wanted.count else { break }
                if record.offset == wanted[place] {
                    try body(record.offset, cursor.batch, index)
                    place += 1
                }
                passed = record.offset
                index += 1
            }
            guard place < wanted.count else { return }
            guard index >= cursor.batch.count else { continue }
            while place < wanted.count, wanted[place] < cursor.position { place += 1 }
            guard place < wanted.count, wanted[place] - cursor.position < Self.jump else {
                continue
            }
            let before = cursor.position
            try cursor.take(milliseconds: Self.waitMs)
            index = 0
            if cursor.position > before {
                silence = Deadline(afterMs: Int(timeoutMs))
            } else if silence.hasPassed, try cursor.passTrimmed() {
                silence = Deadline(afterMs: Int(timeoutMs))
            } else {
                try RangeResolver.check(silence, of: topic, partition, consumer)
            }
        }
    }

    /// The one at hand where it comes to an offset soon, else one that begins there.
    private func cursor(for offset: Int64) throws(SwerveError) -> PartitionCursor {
        if let cursor, offset - cursor.position < Self.jump { return cursor }
        close()
        let made = try consumer.cursor(of: topic, partition: partition, from: offset)
        passed = offset - 1
        cursor = made
        return made
    }

    package func close() {
        goneBefore = max(goneBefore, cursor?.cut?.upperBound ?? 0)
        cursor?.close()
        cursor = nil
        index = 0
        passed = -1
    }

    /// A new place costs as much as reading so many records.
    private static let jump: Int64 = 20_000
    private static let waitMs: Int32 = 100
}
