import CRdKafka
import Lifecycle
import TestSupport
import Testing

@testable import Kafka

/// Predictions and their delivery reports, on a broker that goes away and refuses.
@Suite("RecordProducer", .blocking)
struct RecordProducerTests {
    private func producer(
        _ broker: FaultyBroker, capacity: Int, _ settings: [String: String] = [:]
    ) throws -> RecordProducer {
        try RecordProducer(
            settings: broker.settings.overlaid(with: KafkaSettings(settings)), outputTopic: "out",
            deadLetterTopic: "dlq", batchCapacity: capacity
        ) { _, _ in }
    }

    private static let topics: [(name: String, partitions: Int)] = [("out", 2), ("dlq", 1)]

    private struct Prediction {
        let value: [UInt8]
        var key: [UInt8]?
        var partition: Int32 = 0
        let tag: UInt
    }

    /// Stages all and sends them; their bytes are there until `send` has copied them.
    private func send(_ producer: RecordProducer, _ predictions: [Prediction]) throws {
        var blocks: [UnsafeMutableBufferPointer<UInt8>] = unsafe []
        defer { unsafe blocks.forEach { unsafe $0.deallocate() } }
        for prediction in predictions {
            let bytes = prediction.value + (prediction.key ?? [])
            let block = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
            _ = unsafe block.initialize(from: bytes)
            unsafe blocks.append(block)
            let whole = UnsafeBufferPointer(block)
            let split = prediction.value.count
            unsafe producer.append(
                value: UnsafeBufferPointer(rebasing: whole[..<split]),
                key: prediction.key == nil ? nil : UnsafeBufferPointer(rebasing: whole[split...]),
                partition: prediction.partition, tag: prediction.tag)
        }
        try producer.send()
    }

    /// Serves until so many records are reported in all; everything reported since it listens.
    private func reports(
        _ producer: RecordProducer, _ deliveries: Deliveries, _ count: Int
    ) -> [Delivery] {
        while deliveries.all.reduce(0, { $0 + $1.count }) < count {
            producer.serve(milliseconds: 100)
        }
        return deliveries.all
    }

    @Test("a batch that the topic does not take is told with what to do, once, as final")
    func tooLarge() throws {
        let broker = try FaultyBroker(topics: Self.topics)
        defer { broker.stop() }
        let producer = try producer(broker, capacity: 2)
        defer { producer.close() }
        let deliveries = Deliveries()
        producer.listener = deliveries
        broker.answer(.produce, with: [RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE])
        try send(producer, [Prediction(value: [1, 2], key: [3], tag: 4)])
        #expect(reports(producer, deliveries, 1).allSatisfy { $0.failure != nil })
        let faults = producer.takeFaults()
        #expect(faults.map(\.meaning) == [.final], "\(faults)")
        let words = faults.first?.text ?? ""
        #expect(words.contains("out does not take a batch with a record of 3 bytes"), "\(words)")
        #expect(words.contains("max.message.bytes"), "\(words)")
        #expect(producer.takeFaults().isEmpty)
    }

    private func counts(_ deliveries: [Delivery]) -> [UInt: Int] {
        deliveries.reduce(into: [:]) { $0[$1.tag, default: 0] += $1.count }
    }

    @Test("records go to their partitions with their keys, and are reported under their tags")
    func delivered() throws {
        let broker = try FaultyBroker(topics: Self.topics)
        defer { broker.stop() }
        let producer = try producer(broker, capacity: 8)
        defer { producer.close() }
        let deliveries = Deliveries()
        producer.listener = deliveries
        try send(
            producer,
            (0..<UInt8(6)).map { number in
                Prediction(
                    value: [number], key: number == 0 ? nil : [number],
                    partition: Int32(number % 2), tag: number < 4 ? 11 : 12)
            })
        let reports = reports(producer, deliveries, 6)
        #expect(reports.allSatisfy { $0.failure == nil })
        #expect(counts(reports) == [11: 4, 12: 2])
        #expect(try broker.read("out", count: 3).map(\.value) == [[0], [2], [4]])
        #expect(try broker.read("out", count: 3).map(\.key) == [[], [2], [4]])
        #expect(try broker.read("out", count: 3, partition: 1).map(\.value) == [[1], [3], [5]])
    }

    @Test("nothing staged is nothing sent, and the next batch has its whole room")
    func batches() throws {
        let broker = try FaultyBroker(topics: Self.topics)
        defer { broker.stop() }
        let producer = try producer(broker, capacity: 2)
        defer { producer.close() }
        let deliveries = Deliveries()
        producer.listener = deliveries
        try send(producer, [])
        for batch in 0..<UInt8(3) {
            let prediction = Prediction(value: [batch], tag: 1)
            try send(producer, [prediction, prediction])
        }
        #expect(try broker.read("out", count: 6).map { $0.value?[0] } == [0, 0, 1, 1, 2, 2])
    }

    @Test("a full queue serves reports while it waits, and loses nothing")
    func fullQueue() throws {
        let broker = try FaultyBroker(topics: Self.topics)
        defer { broker.stop() }
        let producer = try producer(broker, capacity: 200, ["queue.buffering.max.messages": "20"])
        defer { producer.close() }
        let deliveries = Deliveries()
        producer.listener = deliveries
        try send(producer, (0..<UInt8(200)).map { Prediction(value: [$0], tag: 5) })
        #expect(deliveries.all.reduce(0) { $0 + $1.count } >= 180)
        let all = reports(producer, deliveries, 200)
        #expect(counts(all) == [5: 200] && all.allSatisfy { $0.failure == nil })
        let values = try broker.read("out", count: 200).map { $0.value ?? [] }
        #expect(Set(values) == Set((0..<UInt8(200)).map { [$0] }) && values.count == 200)
    }

    @Test("records wait for brokers that are away, however long, and are written once")
    func away() throws {
        let broker = try FaultyBroker(topics: Self.topics)
        defer { broker.stop() }
        let producer = try producer(broker, capacity: 4)
        defer { producer.close() }
        let deliveries = Deliveries()
        producer.listener = deliveries
        try send(producer, [Prediction(value: [1], tag: 1)])
        #expect(counts(reports(producer, deliveries, 1)) == [1: 1])
        broker.goAway()
        try send(producer, [Prediction(value: [2], tag: 2)])
        producer.serve(milliseconds: 300)
        #expect(deliveries.all.count == 1 && producer.takeFaults().isEmpty)
        broker.comeBack()
        let reports = reports(producer, deliveries, 2)
        #expect(counts(reports) == [1: 1, 2: 1] && reports.allSatisfy { $0.failure == nil })
        #expect(try broker.read("out", count: 2).map(\.value) == [[1], [2]])
    }

    @Test("a right that is missing fails the record, and is told as one that is missing")
    func denied() throws {
        let broker = try FaultyBroker(topics: Self.topics)
        defer { broker.stop() }
        let producer = try producer(broker, capacity: 1)
        defer { producer.close() }
        let deliveries = Deliveries()
        producer.listener = deliveries
        broker.answer(.produce, with: [RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED])
        try send(producer, [Prediction(value: [1], tag: 9)])
        let reports = reports(producer, deliveries, 1)
        #expect(counts(reports) == [9: 1])
        #expect(
            reports.first?.failure?.contains("TOPIC_AUTHORIZATION_FAILED") == true, "\(reports)")
        let faults = producer.takeFaults()
        #expect(faults.count == 1 && faults.allSatisfy { $0.text.contains("out") }, "\(faults)")
        #expect(faults.first?.meaning == .denied(.topic), "\(faults)")
        #expect(producer.takeFaults().isEmpty)
    }

    @Test("a full queue is waited for as long as the listener may, dead letters as well")
    func stop() throws {
        let broker = try FaultyBroker(topics: Self.topics)
        defer { broker.stop() }
        let producer = try producer(broker, capacity: 4, ["queue.buffering.max.messages": "2"])
        defer { producer.close() }
        let deliveries = Deliveries()
        deliveries.mayWait = false
        producer.listener = deliveries
        broker.goAway()
        let error = #expect(throws: SwerveError.self) {
            try send(producer, (0..<4).map { Prediction(value: [$0], tag: 5) })
        }
        #expect(error?.code == .unavailable, "\(String(describing: error))")
        let inputs = try FaultyBroker(topics: [("in", 1)])
        defer { inputs.stop() }
        let writer = try TopicWriter(settings: inputs.settings) { _, _ in }
        defer { writer.close() }
        try writer.write(topic: "in", key: [], value: [7])
        try writer.flush(milliseconds: 30_000, act: "sending")
        let batch = RecordBatch(capacity: 1)
        let listener = Listener()
        let consumer = try DataConsumer(
            settings: inputs.settings.withDefaults(["group.id": "g"]), topic: "in",
            membership: .fixed(slot: 0, total: 1), start: .earliest, listener: listener
        ) { _, _ in }
        defer {
            batch.release()
            consumer.close()
        }
        try consumer.begin(partitionCount: 1)
        while batch.count == 0 { consumer.poll(into: batch, milliseconds: 100) }
        let letter = #expect(throws: SwerveError.self) {
            try producer.sendDeadLetter(
                of: batch, at: 0, topic: "in",
                reason: DeadLetterReason(code: "not_json", text: "no JSON", model: "m", epoch: 7),
                tag: 6)
        }
        #expect(letter?.code == .unavailable, "\(String(describing: letter))")
        #expect(deliveries.all.isEmpty)
    }
}
