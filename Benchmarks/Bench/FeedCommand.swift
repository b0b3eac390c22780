import ArgumentParser
import Kafka
import Lifecycle
import Platform

/// Fills a topic: record i with key `k(i mod 1000)` to partition i mod P.
///
/// As fast as the brokers take them, or paced.
struct FeedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feed", abstract: "Produce the lines of a file, round and round.")

    @OptionGroup var broker: BrokerOptions

    @Option(help: "The file with one record a line.")
    var file: String

    @Flag(help: "The lines are hexadecimal digits, two a byte of the record.")
    var hex = false

    @Option(help: "How many records.")
    var records: Int

    @Option(help: "Records a second; 0 is as fast as it goes.")
    var rate = 0

    func validate() throws {
        guard records > 0, rate >= 0 else { throw ValidationError("--records or --rate") }
    }

    func run() throws {
        let lines = try RecordLines(path: file, areHex: hex)
        let signals = try SignalWatch()
        let writer = try TopicWriter(
            settings: broker.settings.withDefaults([
                "compression.type": "lz4", "linger.ms": rate == 0 ? "100" : "5",
                "queue.buffering.max.kbytes": "262144",
            ]), log: BrokerOptions.log)
        defer { writer.close() }
        let keys = (0..<Self.keyCount).map { Array("k\($0)".utf8) }
        let began = MonotonicClock.now
        var sent = 0
        var bytes = 0
        while sent < records {
            let allowed = try wait(sent: sent, since: began, signals)
            guard allowed > sent else { break }
            for index in sent..<allowed {
                bytes += try send(index, lines, keys[index % Self.keyCount], to: writer)
            }
            sent = allowed
        }
        try writer.flush(milliseconds: Self.flushMs, act: "feeding \(broker.topic)")
        let seconds = Double(MonotonicClock.now &- began) / 1e9
        // A paced feed goes on while its records are consumed; nobody asks it for the first ones.
        if rate == 0 { try checkNothingWasDropped(signals) }
        Output.line([
            "records": .int(Int64(sent)), "mean_bytes": .double(Double(bytes) / Double(sent)),
            "records_per_s": .double(Double(sent) / seconds),
        ])
    }

    /// How many records may have been sent by now; waits until it is more than `sent`.
    ///
    /// The same number again once a signal asks to stop.
    private func wait(sent: Int, since began: UInt64, _ signals: SignalWatch) throws -> Int {
        guard rate > 0 else { return min(records, sent + Self.stepRecords) }
        while true {
            let elapsed = Double(MonotonicClock.now &- began) / 1e9
            let allowed = min(records, Int(elapsed * Double(rate)))
            if allowed > sent { return allowed }
            if !(try Poll.waitForAny([signals.descriptor], timeoutMs: Self.paceMs)).isEmpty {
                return sent
            }
        }
    }

    private func send(
        _ index: Int, _ lines: RecordLines, _ key: [UInt8], to writer: TopicWriter
    ) throws -> Int {
        try unsafe key.withUnsafeBytes { key in
            try unsafe lines.withLine(index) { line in
                try unsafe writer.write(
                    topic: broker.topic, partition: Int32(index % broker.partitions), key: key,
                    value: UnsafeRawBufferPointer(line))
                return line.count
            }
        }
    }

    /// The development broker drops the oldest records of a full partition without a word: each
    /// partition must still begin at offset 0.
    private func checkNothingWasDropped(_ signals: SignalWatch) throws {
        let reader = try TopicReader(
            settings: broker.settings.withDefaults(["queued.max.messages.kbytes": "16384"]),
            topics: [(broker.topic, broker.partitions, .beginning)], log: BrokerOptions.log)
        defer { reader.close() }
        var waiting = Set((0..<min(records, broker.partitions)).map { Int32($0) })
        let deadline = Deadline(afterMs: Self.checkMs)
        while !waiting.isEmpty {
            var first: [Int32: Int64] = [:]
            try reader.poll(milliseconds: 100) { record in
                if first[record.partition] == nil { first[record.partition] = record.offset }
            }
            for (partition, offset) in first where waiting.remove(partition) != nil {
                guard offset == 0 else {
                    throw SwerveError(
                        .refused, act: "feeding \(broker.topic)",
                        reason: "partition \(partition) begins at offset \(offset): the broker "
                            + "dropped what was before", remedy: "feed fewer records")
                }
            }
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .unavailable, act: "reading \(broker.topic) back",
                    reason: "nothing came of \(waiting.count) partitions")
            }
        }
    }

    private static let keyCount = 1_000
    private static let stepRecords = 10_000
    private static let paceMs = 2
    private static let flushMs: Int32 = 60_000
    private static let checkMs = 60_000
}
