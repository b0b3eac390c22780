import CRdKafka
import Lifecycle
import TestSupport
import Testing

@testable import Kafka

/// A consumer that takes no records for a while, and stays what it is.
@Suite("A paused DataConsumer", .blocking)
struct PausedConsumerTests {
    private func write(_ range: Range<UInt8>, to broker: FaultyBroker) throws {
        let writer = try TopicWriter(settings: broker.settings) { _, _ in }
        defer { writer.close() }
        for number in range {
            for partition in 0..<Int32(2) {
                try writer.write(
                    topic: "in", partition: partition, key: [9], value: [number])
            }
        }
        try writer.flush(milliseconds: 30_000, act: "writing")
    }

    private func consumer(
        _ broker: FaultyBroker, _ listener: some AssignmentListener, _ membership: GroupMembership
    ) throws -> DataConsumer {
        let consumer = try DataConsumer(
            settings: broker.settings.overlaid(
                with: KafkaSettings(["group.id": "g", "session.timeout.ms": "6000"])),
            topic: "in", membership: membership, start: .earliest, listener: listener
        ) { _, _ in }
        try consumer.begin(partitionCount: 2)
        return consumer
    }

    private func poll(
        _ consumer: DataConsumer, _ batch: RecordBatch, limit: Int = .max
    ) -> [PartitionOffset] {
        consumer.poll(into: batch, limit: limit, milliseconds: 20)
        return (0..<batch.count).compactMap { index in
            batch.record(at: index).map {
                PartitionOffset(partition: $0.partition, offset: $0.offset)
            }
        }
    }

    @Test("it gets no record, and afterwards each once and in order, whatever was fetched ahead")
    func records() throws {
        let broker = try FaultyBroker(topics: [("in", 2)])
        defer { broker.stop() }
        try write(0..<100, to: broker)
        let listener = Listener()
        let consumer = try consumer(broker, listener, .fixed(slot: 0, total: 1))
        let batch = RecordBatch(capacity: 50)
        defer {
            batch.release()
            consumer.close()
        }
        var found: [PartitionOffset] = []
        // Before the first record as well.
        consumer.pause()
        for _ in 0..<5 { #expect(poll(consumer, batch).isEmpty) }
        consumer.resume()
        for round in 0..<8 {
            let before = found.count
            while found.count == before { found += poll(consumer, batch, limit: 7 + round) }
            consumer.pause()
            consumer.pause()
            if round == 3 { try write(100..<120, to: broker) }
            for _ in 0..<5 { #expect(poll(consumer, batch).isEmpty) }
            consumer.resume()
        }
        while found.count < 240 { found += poll(consumer, batch) }
        for partition in 0..<Int32(2) {
            #expect(
                found.filter { $0.partition == partition }.map(\.offset) == Array(0..<120))
        }
    }

    @Test("it hears of a change of its group, and reads what it has then")
    func changes() throws {
        let broker = try FaultyBroker(topics: [("in", 2)])
        defer { broker.stop() }
        try write(0..<20, to: broker)
        let listener = Listener()
        let first = try consumer(broker, listener, .dynamic)
        let batch = RecordBatch(capacity: 50)
        defer {
            batch.release()
            first.close()
        }
        while poll(first, batch, limit: 1).isEmpty {}
        first.pause()
        let others = Listener()
        let second = try consumer(broker, others, .dynamic)
        let otherBatch = RecordBatch(capacity: 50)
        defer {
            otherBatch.release()
            second.close()
        }
        // Nothing was stored, so each assignment begins anew.
        var found: [PartitionOffset] = []
        var isShared = false
        while !isShared || found.count < 20 {
            let before = listener.assignments.count
            let polled = poll(first, batch)
            found = listener.assignments.count == before ? found + polled : polled
            _ = poll(second, otherBatch)
            isShared =
                others.assignments.last?.count == 1 && listener.assignments.last?.count == 1
        }
        #expect(found.map(\.offset) == Array(0..<20))
        #expect(Set(found.map(\.partition)) == Set(listener.assignments.last ?? []))
    }

    @Test("partitions that it takes meanwhile are paused with the others")
    func grows() throws {
        let broker = try FaultyBroker(topics: [("in", 2)])
        defer { broker.stop() }
        try write(0..<10, to: broker)
        let listener = Listener()
        let consumer = try DataConsumer(
            settings: broker.settings.overlaid(with: KafkaSettings(["group.id": "g"])), topic: "in",
            membership: .fixed(slot: 0, total: 1), start: .earliest, listener: listener
        ) { _, _ in }
        let batch = RecordBatch(capacity: 50)
        defer {
            batch.release()
            consumer.close()
        }
        try consumer.begin(partitionCount: 1)
        consumer.pause()
        #expect(try consumer.grow(to: 2))
        for _ in 0..<10 { #expect(poll(consumer, batch).isEmpty) }
        consumer.resume()
        var found: [PartitionOffset] = []
        while found.count < 20 { found += poll(consumer, batch) }
        #expect(found.filter { $0.partition == 1 }.map(\.offset) == Array(0..<10))
    }
}
