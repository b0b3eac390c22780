import Kafka
import Lifecycle
import Platform
import Verification

/// Writes requests to the input topic, as fast as the plan and the room on the topic allow.
///
/// One thread.
final class RequestFeeder {
    let plan: FeedPlan
    private(set) var fed = 0
    private let topic: String
    private let writer: TopicWriter
    private var source: RequestSource
    private var pacer: Pacer
    private var outstanding: OutstandingBytes
    /// What the next record of each partition gets as its offset: an idempotent producer is alone
    /// on the topic.
    private var nextOffsets: [Int64]
    /// A record that had no room yet.
    private var held: InputRecord?

    /// - Parameter ends: where each partition of the topic ends.
    init(
        _ source: RequestSource, plan: FeedPlan, writer: TopicWriter, topic: String, ends: [Int64]
    ) {
        self.source = source
        self.plan = plan
        self.writer = writer
        self.topic = topic
        nextOffsets = ends
        pacer = Pacer(plan)
        outstanding = OutstandingBytes(partitions: ends.count)
    }

    /// Feeds what may be fed now.
    ///
    /// - Parameters:
    ///   - settled: how many changes of the deployment are through.
    ///   - body: gets each record and its place.
    /// - Returns: how many records that were.
    func feed(
        settled: Int, _ body: (InputRecord, StreamPlace) -> Void
    ) throws(SwerveError) -> Int {
        let granted = pacer.grant(
            nowNs: MonotonicClock.now, fed: fed, settled: settled, most: Self.chunkRecords)
        var count = 0
        while count < granted {
            let record = held ?? source.next()
            held = nil
            let hash = MurmurHash3.hash32(record.key, seed: Self.partitionSeed)
            let partition = Int(hash % UInt32(nextOffsets.count))
            guard outstanding.hasRoom(partition: partition, record: record.value.count) else {
                held = record
                break
            }
            try writer.write(
                topic: topic, partition: Int32(partition), key: record.key, value: record.value)
            body(record, StreamPlace(partition: Int32(partition), offset: nextOffsets[partition]))
            nextOffsets[partition] += 1
            outstanding.fed(partition: partition, record: record.value.count)
            count += 1
        }
        pacer.spend(count)
        fed += count
        return count
    }

    /// A record was answered, and takes no room any more.
    func answered(_ record: InputRecord, partition: Int32) {
        outstanding.answered(partition: Int(partition), record: record.value.count)
    }

    /// Waits until the brokers have everything.
    func flush() throws(SwerveError) {
        try writer.flush(milliseconds: Self.flushMs, act: "feeding \(topic)")
    }

    /// An offset says which record a prediction answers, so nobody else may have written here.
    func checkOffsets(_ end: (Int32) throws(SwerveError) -> Int64) throws(SwerveError) {
        for (partition, expected) in nextOffsets.enumerated() {
            let found = try end(Int32(partition))
            guard found == expected else {
                throw SwerveError(
                    .refused, act: "counting what was fed",
                    reason: "partition \(partition) of \(topic) ends at \(found), "
                        + "not at \(expected): another producer writes to it")
            }
        }
    }

    /// What is fed; for people.
    func words(files: [String], seed: UInt64) -> String {
        switch source {
        case .generated: "generated requests, seed \(seed)"
        case .replayed(let requests):
            "\(DemoReport.grouped(requests.count)) requests from "
                + files.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
                .joined(separator: ", ")
        }
    }

    private static let flushMs: Int32 = 60_000
    private static let chunkRecords = 500
    private static let partitionSeed: UInt32 = 0x5357
}

/// How many bytes of each partition were fed and not answered yet.
///
/// The development broker silently drops the oldest records of a partition above 5 MiB. What was
/// answered has been read by the workers, and its prediction by the demo; so as long as this stays
/// below the bound, nothing that anybody still has to read is dropped, in input or output.
package struct OutstandingBytes: Sendable {
    package static let boundBytes = 2 << 20
    /// Of a prediction with what the log adds: more than a short request has.
    private static let recordBytesMin = 512
    private static let overheadBytes = 96

    private var bytes: [Int]

    package init(partitions: Int) { bytes = Array(repeating: 0, count: partitions) }

    package func hasRoom(partition: Int, record: Int) -> Bool {
        // A single record always fits an empty partition.
        bytes[partition] == 0 || bytes[partition] + Self.cost(record) <= Self.boundBytes
    }

    package mutating func fed(partition: Int, record: Int) { bytes[partition] += Self.cost(record) }

    package mutating func answered(partition: Int, record: Int) {
        bytes[partition] = max(0, bytes[partition] - Self.cost(record))
    }

    private static func cost(_ record: Int) -> Int { max(record, recordBytesMin) + overheadBytes }
}
