package import Kafka
package import Lifecycle
import Platform

/// Topics of a stream that are read record by record.
package protocol StreamFeed: AnyObject {
    /// Waits up to `milliseconds` for the first record and hands over what is there.
    ///
    /// - Throws: what waiting does not mend; passing faults are no errors.
    func poll(
        milliseconds: Int32, _ body: (_ topic: String, StreamRecord) -> Void
    ) throws(SwerveError)

    /// The offset after the last record of the partition, as the broker has it now.
    func end(of topic: String, partition: Int32, timeoutMs: Int32) throws(SwerveError) -> Int64

    /// The next offset that will be read; -1 before it is known. It moves over gaps too.
    func position(of topic: String, partition: Int32) -> Int64
}

extension TopicReader: StreamFeed {
    package func poll(
        milliseconds: Int32, _ body: (_ topic: String, StreamRecord) -> Void
    ) throws(SwerveError) {
        try poll(milliseconds: milliseconds) { (record: TopicRecord) in
            body(record.topic, StreamRecord(record))
        }
    }
}

extension StreamFeed {
    /// Reads `topics` up to where they end now; records that come meanwhile may be handed over too.
    ///
    /// - Parameter partitions: of each of them.
    /// - Throws: `.timedOut` where the ends are not reached within `timeoutMs`, and what `poll` and
    ///   `end` throw.
    package func readToEnds(
        of topics: [String], partitions: Int, timeoutMs: Int32,
        _ body: (_ topic: String, StreamRecord) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        var ahead: [(topic: String, partition: Int32, end: Int64)] = []
        for topic in topics {
            for partition in 0..<Int32(partitions) {
                let end = try end(of: topic, partition: partition, timeoutMs: timeoutMs)
                ahead.append((topic, partition, end))
            }
        }
        let deadline = Deadline(afterMs: Int(timeoutMs))
        while true {
            ahead.removeAll { position(of: $0.topic, partition: $0.partition) >= $0.end }
            guard let next = ahead.first else { return }
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .timedOut, act: "reading \(next.topic) to its end",
                    reason: "partition \(next.partition) was not read to offset \(next.end) "
                        + "within \(timeoutMs) ms")
            }
            var records: [(String, StreamRecord)] = []
            try poll(milliseconds: Self.pollMs) { records.append(($0, $1)) }
            for (topic, record) in records { try body(topic, record) }
        }
    }

    private static var pollMs: Int32 { 20 }
}
