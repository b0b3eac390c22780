import ArgumentParser
import Kafka
import Lifecycle
import Platform

/// How long after the moment in its key each prediction reaches a consumer that waits for it.
///
/// The predictions of `swerve-bench pace`'s records have those records' keys.
struct ArrivalsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "arrivals",
        abstract: "Time predictions from their records' stamps until they are read.",
        discussion: """
            Prints a document when it reads, and one at the end: the percentiles of each interval, \
            by the moment at which a record was to be sent.
            """)

    @OptionGroup var broker: BrokerOptions

    @Option(help: "The group that reads; offsets are never committed.")
    var group: String

    @Option(help: "How many predictions will come.")
    var records: Int

    @Option(help: "When the first interval begins, in nanoseconds of the monotonic clock.")
    var start: UInt64

    @Option(help: "How long an interval is.")
    var intervalMs: Int

    @Option(help: "How many intervals.")
    var intervals: Int

    @Option(help: "Give up when nothing has come for so long.")
    var silenceMs = 10_000

    @Option(help: "The longest wait of a fetch that finds nothing, as fetch.wait.max.ms.")
    var fetchWaitMs: Int?

    func validate() throws {
        guard records > 0, intervalMs > 0, intervals > 0 else {
            throw ValidationError("--records, --interval-ms or --intervals is below 1")
        }
    }

    func run() throws {
        var settings = broker.settings
        settings["group.id"] = group
        if let fetchWaitMs { settings["fetch.wait.max.ms"] = "\(fetchWaitMs)" }
        let listener = FirstAssignment()
        let consumer = try DataConsumer(
            settings: settings, topic: broker.topic, membership: .fixed(slot: 0, total: 1),
            start: .earliest, listener: listener, log: BrokerOptions.log)
        try consumer.begin(partitionCount: broker.partitions)
        Output.line(["watching": .string(broker.topic)])
        var times = [[UInt32]](repeating: [], count: intervals)
        var (arrived, unstamped) = (0, 0)
        var lastAt = max(MonotonicClock.now, start)
        let batch = RecordBatch(capacity: EchoCommand.batchRecords)
        while arrived < records, MonotonicClock.now < lastAt &+ UInt64(silenceMs) * 1_000_000 {
            // One first: a poll for many waits for the last of them.
            consumer.poll(into: batch, limit: 1, milliseconds: Self.waitMs)
            while batch.count > 0 {
                let now = MonotonicClock.now
                lastAt = max(lastAt, now)
                for index in 0..<batch.count {
                    guard let record = batch.record(at: index) else { continue }
                    arrived += 1
                    guard let sentAt = Self.stamp(of: record) else {
                        unstamped += 1
                        continue
                    }
                    note(sentAt, now, &times)
                }
                consumer.poll(into: batch, milliseconds: 0)
            }
        }
        batch.release()
        consumer.close()
        Output.line([
            "arrived": .int(Int64(arrived)), "unstamped": .int(Int64(unstamped)),
            "cpu_seconds": .double(Double(ProcessUsage.processorTimeNs) / 1e9),
            "intervals": .array(times.indices.map { Percentiles(&times[$0]).json }),
        ])
    }

    private func note(_ sentAt: UInt64, _ now: UInt64, _ times: inout [[UInt32]]) {
        guard sentAt >= start else { return }
        let interval = Int((sentAt - start) / (UInt64(intervalMs) * 1_000_000))
        guard interval < intervals else { return }
        times[interval].append(UInt32(clamping: (max(now, sentAt) - sentAt) / 1_000))
    }

    private static func stamp(of record: RecordView) -> UInt64? {
        guard let key = unsafe record.key, key.count == MemoryLayout<UInt64>.size else {
            return nil
        }
        return unsafe key.reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static let waitMs: Int32 = 20
}
