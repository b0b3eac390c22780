import Lifecycle
import TestSupport
import Testing

@testable import Kafka

/// Partitions that are read by queues of their own, on the development broker.
@Suite("RangeConsumer", .blocking)
final class RangeConsumerTests {
    private let broker: DevelopmentBroker
    private let settings: KafkaSettings

    init() throws {
        broker = try DevelopmentBroker(topics: [("in", 2), ("small", 1)])
        settings = KafkaSettings(["bootstrap.servers": broker.bootstrap])
        let writer = try TopicWriter(settings: settings) { _, _ in }
        defer { writer.close() }
        for number in 0..<3_000 {
            try writer.write(
                topic: "in", partition: Int32(number % 2), key: Array("k\(number)".utf8),
                value: number % 100 == 0 ? nil : Array("v\(number)".utf8))
        }
        try writer.flush(milliseconds: 30_000, act: "writing")
    }

    deinit { broker.stop() }

    private func consumer() throws -> RangeConsumer {
        try RangeConsumer(settings: settings, timeoutMs: 10_000) { _, _ in }
    }

    @Test("two cursors come on each by itself, from where they begin to the end, in order")
    func cursors() throws {
        let consumer = try consumer()
        defer { consumer.close() }
        #expect(consumer.isDevelopment)
        #expect(try consumer.bounds(of: "in", partition: 1, timeoutMs: 10_000) == 0..<1_500)
        let (one, other) = (
            try consumer.cursor(of: "in", partition: 0, from: 10),
            try consumer.cursor(of: "in", partition: 1, from: 1_490)
        )
        var (ones, others): ([Int64], [Int64]) = ([], [])
        while other.position < 1_500 {
            try other.take(milliseconds: 100)
            others += (0..<other.batch.count).compactMap { other.batch.record(at: $0)?.offset }
        }
        while one.position < 1_500 {
            try one.take(milliseconds: 100)
            for index in 0..<one.batch.count {
                guard let record = one.batch.record(at: index) else { continue }
                ones.append(record.offset)
                let number = record.offset * 2
                #expect(one.batch.key(at: index) == Array("k\(number)".utf8))
                #expect((one.batch.value(at: index) == nil) == (number % 100 == 0))
            }
        }
        #expect(ones == Array(10..<1_500) && others == Array(1_490..<1_500))
        // Behind the last record nothing comes, and the place stays.
        try one.take(milliseconds: 50)
        #expect(one.position == 1_500 && one.cut == nil)
        one.close()
        one.close()
    }

    @Test("a topic that is not there has no partitions, and a group that never was has no offsets")
    func absent() throws {
        let consumer = try consumer()
        defer { consumer.close() }
        let counts = try consumer.partitionCounts(of: ["in", "absent"], timeoutMs: 10_000)
        #expect(counts == ["in": 2, "absent": 0])
        let committed = try GroupProgress.committed(
            by: "nobody", of: "in", partitions: 2, settings: settings, timeoutMs: 10_000
        ) { _, _ in }
        #expect(committed == [nil, nil])
    }
}
