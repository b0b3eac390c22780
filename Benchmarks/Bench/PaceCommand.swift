import ArgumentParser
import CBench
import Kafka
import Lifecycle
import Platform

/// Feeds a topic at a fixed rate, whatever becomes of the records (an open loop).
///
/// Each record's key is the moment at which it was to be sent, by the monotonic clock, as 8 bytes,
/// the largest first. A feeder that is held up sends late, with the moment that was meant: what
/// waited is counted, and not left out.
struct PaceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pace", abstract: "Produce records at a fixed rate, stamped with their time.")

    @OptionGroup var broker: BrokerOptions

    @Option(help: "The file with one record a line; taken round and round.")
    var file: String

    @Option(help: "Records a second; above 1000, a millisecond's go to one partition together.")
    var rate: Int

    @Option(help: "How many records.")
    var records: Int

    @Option(help: "When the first is to be sent, in nanoseconds of the monotonic clock.")
    var start: UInt64

    func validate() throws {
        guard rate > 0, records > 0 else { throw ValidationError("--rate or --records is below 1") }
    }

    func run() throws {
        let lines = try RecordLines(path: file)
        let signals = try SignalWatch()
        let writer = try TopicWriter(
            settings: broker.settings.withDefaults([
                "compression.type": "lz4", "linger.ms": isInTicks ? Self.tickLingerMs : "0",
            ]), log: BrokerOptions.log)
        defer { writer.close() }
        var late: [UInt32] = []
        late.reserveCapacity(min(records, Self.ticksAtFirst))
        var sent = 0
        while sent < records {
            let due = dueNs(sent)
            bench_wait_until(due)
            let now = MonotonicClock.now
            late.append(UInt32(clamping: (now &- due) / 1_000))
            repeat {
                try send(sent, lines, to: writer)
                sent += 1
            } while sent < records && dueNs(sent) <= now
            guard try Poll.waitForAny([signals.descriptor], timeoutMs: 0).isEmpty else { break }
        }
        let seconds = Double(MonotonicClock.now &- start) / 1e9
        try writer.flush(milliseconds: Self.flushMs, act: "pacing \(broker.topic)")
        Output.line([
            "records": .int(Int64(sent)), "records_per_s": .double(Double(sent) / seconds),
            "late": Percentiles(&late).json,
            "cpu_seconds": .double(Double(ProcessUsage.processorTimeNs) / 1e9),
        ])
    }

    /// Whether the records of a millisecond are sent together, as a client that serves many
    /// requests would: each for itself would cost brokers and machine more than the service does.
    private var isInTicks: Bool { rate > Self.ticksPerSecond }

    /// When the record is to be sent, after the start.
    private func afterNs(_ index: Int) -> UInt64 {
        let exact = UInt64(index) * 1_000_000_000 / UInt64(rate)
        return isInTicks ? exact / Self.tickNs * Self.tickNs : exact
    }

    private func dueNs(_ index: Int) -> UInt64 { start + afterNs(index) }

    private func partition(_ index: Int) -> Int32 {
        let turn = isInTicks ? Int(afterNs(index) / Self.tickNs) : index
        return Int32(turn % broker.partitions)
    }

    private func send(_ index: Int, _ lines: RecordLines, to writer: TopicWriter) throws {
        var stamp = dueNs(index).bigEndian
        try unsafe withUnsafeBytes(of: &stamp) { key in
            try unsafe lines.withLine(index) { line in
                try unsafe writer.write(
                    topic: broker.topic, partition: partition(index), key: key,
                    value: UnsafeRawBufferPointer(line))
            }
        }
    }

    private static let ticksPerSecond = 1_000
    private static let tickNs: UInt64 = 1_000_000
    /// Long enough for the records of one tick.
    private static let tickLingerMs = "0.5"
    private static let ticksAtFirst = 1 << 20
    private static let flushMs: Int32 = 30_000
}
