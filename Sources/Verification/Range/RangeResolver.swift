package import Kafka
package import Lifecycle
import Platform

/// Turns the edges of a range into offsets of each partition, and finds where the answers to it
/// begin on other topics.
///
/// Of the thread that owns the consumer.
package struct RangeResolver {
    private let consumer: RangeConsumer
    private let timeoutMs: Int32

    /// - Parameter timeoutMs: how long brokers may take for one answer.
    package init(_ consumer: RangeConsumer, timeoutMs: Int32) {
        self.consumer = consumer
        self.timeoutMs = timeoutMs
    }

    /// The spans of a topic between two edges.
    ///
    /// - Parameters:
    ///   - from: nil is the first record that is kept.
    ///   - to: nil is as far as the group has committed, and where that is not known all that the
    ///     topic holds now.
    ///   - committed: how far the group has committed, by partition; nil where nobody knows.
    /// - Throws: `.usage` for an end before the beginning; what brokers refuse.
    package func spans(
        of topic: String, partitions: Int, from: RangeEdge?, to: RangeEdge?, committed: [Int64?]?
    ) throws(SwerveError) -> [PartitionSpan] {
        if case .offset(let first) = from, case .offset(let end) = to, end < first {
            throw SwerveError(
                .usage, act: "reading a range of \(topic)",
                reason: "it ends at offset \(end), before \(first) where it begins")
        }
        if case .time(let first) = from, case .time(let end) = to, end < first {
            throw SwerveError(
                .usage, act: "reading a range of \(topic)",
                reason: "it ends at \(Timestamp.text(ofMs: end)), before "
                    + "\(Timestamp.text(ofMs: first)) where it begins")
        }
        var kept: [Range<Int64>] = []
        for partition in 0..<Int32(partitions) {
            kept.append(
                try consumer.bounds(of: topic, partition: partition, timeoutMs: timeoutMs))
        }
        let begins = try from.map { edge throws(SwerveError) in try offsets(edge, topic, kept) }
        let ends = try to.map { edge throws(SwerveError) in try offsets(edge, topic, kept) }
        let isTimed = if case .time = from { true } else { false }
        return kept.indices.map { partition in
            Self.span(
                Int32(partition), kept[partition], begins: begins?[partition],
                ends: ends?[partition], committed: committed.flatMap { $0[partition] },
                isTimed: isTimed)
        }
    }

    /// - Parameters:
    ///   - begins: nil is the first record that is kept; `ends`: nil is as far as was committed.
    ///   - isTimed: whether it begins at a time.
    static func span(
        _ partition: Int32, _ kept: Range<Int64>, begins: Int64?, ends: Int64?, committed: Int64?,
        isTimed: Bool = false
    ) -> PartitionSpan {
        let end = min(ends ?? committed ?? kept.upperBound, kept.upperBound)
        let wanted = begins ?? kept.lowerBound
        let first = max(wanted, kept.lowerBound)
        var cut = wanted < first && wanted < end ? wanted..<min(first, end) : nil
        if ends == nil, let committed, committed < kept.lowerBound, !isTimed {
            // The group goes on behind them: it has never read them.
            cut = min(begins ?? committed, kept.lowerBound)..<kept.lowerBound
        }
        let isUndated = isTimed && first == kept.lowerBound && first > 0
        return PartitionSpan(
            partition: partition, offsets: min(first, end)..<end, kept: kept,
            cut: cut?.isEmpty == true ? nil : cut, undated: isUndated ? 0..<first : nil,
            committed: committed)
    }

    private func offsets(
        _ edge: RangeEdge, _ topic: String, _ kept: [Range<Int64>]
    ) throws(SwerveError) -> [Int64] {
        switch edge {
        case .offset(let offset): return kept.map { _ in offset }
        case .time(let ms):
            guard consumer.isDevelopment else {
                let found = try consumer.offsets(
                    of: topic, partitions: kept.count, atMs: ms, timeoutMs: timeoutMs)
                return kept.indices.map { found[$0] ?? kept[$0].upperBound }
            }
            var found: [Int64] = []
            for partition in kept.indices {
                let place = try first(
                    of: topic, partition: Int32(partition), in: kept[partition], saying: ms
                ) { batch, index in batch.timestampMs(at: index) }
                found.append(place)
            }
            return found
        }
    }

    /// The first offset from which on the records of a partition say at least `wanted`, where what
    /// they say grows with their offsets; the range's end where none do.
    ///
    /// - Parameter says: nil for a record that says nothing; of each stretch without, some thousand
    ///   records are looked at.
    package func first(
        of topic: String, partition: Int32, in range: Range<Int64>, saying wanted: Int64,
        _ says: (RecordBatch, Int) -> Int64?
    ) throws(SwerveError) -> Int64 {
        try OffsetSearch.first(in: range, saying: wanted) { offset throws(SwerveError) in
            let cursor = try consumer.cursor(of: topic, partition: partition, from: offset)
            defer { cursor.close() }
            var silence = Deadline(afterMs: Int(timeoutMs))
            var seen = 0
            while cursor.position < range.upperBound, seen < Self.probedMax {
                let before = cursor.position
                try cursor.take(milliseconds: Self.waitMs)
                for index in 0..<cursor.batch.count {
                    guard let record = cursor.batch.record(at: index) else { continue }
                    seen += 1
                    guard record.offset < range.upperBound else { return nil }
                    guard let value = says(cursor.batch, index) else { continue }
                    return OffsetSearch.Probe(offset: record.offset, value: value)
                }
                // A development broker does not say that retention has taken the place away.
                var isAnew = cursor.position > before
                if !isAnew, consumer.isDevelopment || silence.hasPassed {
                    isAnew = try cursor.passTrimmed()
                }
                if isAnew {
                    silence = Deadline(afterMs: Int(timeoutMs))
                } else {
                    try Self.check(silence, of: topic, partition, consumer)
                }
            }
            return nil
        }
    }

    /// - Throws: `.unavailable` once the time is over, with what is in the way.
    static func check(
        _ deadline: Deadline, of topic: String, _ partition: Int32, _ consumer: RangeConsumer
    ) throws(SwerveError) {
        guard deadline.hasPassed else { return }
        throw SwerveError(
            .unavailable, act: "reading \(topic) [\(partition)]",
            reason: "nothing came in time" + (consumer.cause.map { ": \($0)" } ?? ""),
            remedy: "check that the brokers are up, and try again")
    }

    private static let waitMs: Int32 = 100
    private static let probedMax = 5_000
}
