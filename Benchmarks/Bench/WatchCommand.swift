import ArgumentParser
import Kafka
import Lifecycle
import Platform

/// Times the filling of a topic from the outside, by its ends alone.
///
/// Consumes nothing, so that it costs the brokers and the machine next to nothing. The clock starts
/// before the last look that found the topic empty, and ends when every partition is full.
struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Time the filling of an empty topic.")

    @OptionGroup var broker: BrokerOptions

    @Option(help: "How many records will come, spread over the partitions as feed does.")
    var records: Int

    @Option(help: "A topic with as many partitions whose records count as well.")
    var deadLetters: String?

    @Option(help: "Give up after this many seconds.")
    var timeout = 120

    func run() throws {
        let signals = try SignalWatch()
        let reader = try TopicReader(
            settings: broker.settings, topics: [], log: BrokerOptions.log)
        defer { reader.close() }
        let deadline = Deadline(afterMs: timeout * 1_000)
        Output.line(["watching": .string(broker.topic)])
        var startedAt = MonotonicClock.now
        var startedAtMs = WallClock.nowMs
        while true {
            let lookedAt = MonotonicClock.now
            let lookedAtMs = WallClock.nowMs
            if try sum(reader) > 0 { break }
            startedAt = lookedAt
            startedAtMs = lookedAtMs
            try pause(signals, deadline, "nothing came")
        }
        for partition in 0..<broker.partitions {
            while try end(partition, reader) < expected(partition) {
                try pause(signals, deadline, "partition \(partition) is not full")
            }
        }
        let seconds = Double(MonotonicClock.now &- startedAt) / 1e9
        let arrived = try sum(reader)
        let dead = try deadLetters.map { topic in
            try (0..<broker.partitions).reduce(0) { try $0 + reader.end(topic, $1) }
        }
        Output.line([
            "records": .int(arrived), "dead_letters": .int(dead ?? 0), "seconds": .double(seconds),
            "records_per_s": .double(Double(records) / seconds),
            "started_at_ms": .int(startedAtMs), "finished_at_ms": .int(WallClock.nowMs),
        ])
    }

    private func expected(_ partition: Int) -> Int64 {
        let rest = partition < records % broker.partitions ? 1 : 0
        return Int64(records / broker.partitions + rest)
    }

    private func end(_ partition: Int, _ reader: TopicReader) throws(SwerveError) -> Int64 {
        var end = try reader.end(broker.topic, partition)
        if let deadLetters { end += try reader.end(deadLetters, partition) }
        return end
    }

    private func sum(_ reader: TopicReader) throws(SwerveError) -> Int64 {
        var sum: Int64 = 0
        for partition in 0..<broker.partitions { sum += try end(partition, reader) }
        return sum
    }

    private func pause(
        _ signals: SignalWatch, _ deadline: Deadline, _ what: String
    ) throws(SwerveError) {
        let act = "watching \(broker.topic)"
        guard !deadline.hasPassed else {
            throw SwerveError(.unavailable, act: act, reason: "\(what) within \(timeout) s")
        }
        guard try Poll.waitForAny([signals.descriptor], timeoutMs: Self.pauseMs).isEmpty else {
            throw SwerveError(.refused, act: act, reason: "stopped by a signal")
        }
    }

    private static let pauseMs = 50
}

extension TopicReader {
    fileprivate func end(_ topic: String, _ partition: Int) throws(SwerveError) -> Int64 {
        try end(of: topic, partition: Int32(partition), timeoutMs: 10_000)
    }
}
