import ArgumentParser
import Kafka
import Lifecycle
import Platform

/// How long one small record takes from a producer to a consumer on an idle topic: the broker's
/// part of a promotion, with the very settings of the control topic's readers.
struct DeliveryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delivery", abstract: "Time records from producer to consumer, one at a time.")

    @OptionGroup var broker: BrokerOptions

    @Option(help: "How many records.")
    var rounds: Int

    func validate() throws {
        guard rounds > 0, broker.partitions == 1 else {
            throw ValidationError("--rounds, or --partitions is not 1")
        }
    }

    func run() throws {
        let writer = try TopicWriter(settings: broker.settings, log: BrokerOptions.log)
        defer { writer.close() }
        let reader = try TopicReader(
            settings: broker.settings, topics: [(broker.topic, 1, .beginning)],
            log: BrokerOptions.log)
        defer { reader.close() }
        // The first one connects, and counts for nothing.
        _ = try time(0, writer, reader)
        var found: [Double] = []
        for round in 1...rounds {
            // A promotion comes at any moment of the consumer's fetch.
            _ = try Poll.waitForAny([], timeoutMs: Int.random(in: 5...25))
            found.append(try time(round, writer, reader))
        }
        Output.line(["milliseconds": .array(found.map { .double($0) })])
    }

    private func time(
        _ round: Int, _ writer: TopicWriter, _ reader: TopicReader
    ) throws -> Double {
        let key = Array("round".utf8)
        let value = Array("\(round)".utf8)
        let began = MonotonicClock.now
        let deadline = Deadline(afterMs: Self.timeoutMs)
        try writer.write(topic: broker.topic, key: key, value: value)
        var isThere = false
        while !isThere {
            try reader.poll(milliseconds: Self.pollMs) { record in
                if record.value == value { isThere = true }
            }
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .unavailable, act: "timing \(broker.topic)", reason: "no record came back")
            }
        }
        return Double(MonotonicClock.now &- began) / 1e6
    }

    private static let pollMs: Int32 = 10
    private static let timeoutMs = 30_000
}
