import CRdKafka
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Kafka

/// Which headers a dead letter has, on the development broker.
@Suite("Dead letters", .blocking)
struct DeadLetterTests {
    private struct Header: Equatable, CustomStringConvertible {
        let name: [UInt8]
        let value: [UInt8]?

        init(name: [UInt8], value: [UInt8]?) {
            self.name = name
            self.value = value
        }

        init(_ name: String, _ value: String) {
            self.init(name: Array(name.utf8), value: Array(value.utf8))
        }

        var description: String {
            String(decoding: name, as: UTF8.self) + "="
                + (value.map { String(decoding: $0, as: UTF8.self) } ?? "null")
        }
    }

    private func headers(of batch: RecordBatch, at index: Int) -> [Header] {
        var headers: [Header] = []
        guard let message = unsafe batch.messages[index] else { return [] }
        unsafe DeadLetter.forEachHeader(of: message) { name, value in
            headers.append(
                unsafe Header(
                    name: Array(String(cString: name).utf8), value: value.map { unsafe Array($0) }))
        }
        return headers
    }

    /// Sends one record with `headers` and its dead letter; what the letter's headers are.
    private func letter(_ sent: [(name: String, value: String)]) throws -> [Header] {
        let broker = try DevelopmentBroker(topics: [("in", 1), ("out", 1), ("dlq", 1)])
        defer { broker.stop() }
        let settings = KafkaSettings([
            "bootstrap.servers": broker.bootstrap, "fetch.wait.max.ms": "10", "group.id": "g",
        ])
        let writer = try TopicWriter(settings: settings) { _, _ in }
        try writer.write(topic: "in", key: [1], value: [2], headers: sent)
        try writer.flush(milliseconds: 30_000, act: "writing")
        writer.close()
        let producer = try RecordProducer(
            settings: settings, outputTopic: "out", deadLetterTopic: "dlq", batchCapacity: 1
        ) { _, _ in }
        let deliveries = Deliveries()
        producer.listener = deliveries
        try consume("in", settings) { batch in
            try producer.sendDeadLetter(
                of: batch, at: 0, topic: "in",
                reason: DeadLetterReason(code: "not_json", text: "no JSON", model: "m", epoch: 7),
                tag: 1)
        }
        while deliveries.all.isEmpty { producer.serve(milliseconds: 100) }
        #expect(deliveries.all == [Delivery(tag: 1, count: 1, failure: nil)])
        producer.close()
        var found: [Header] = []
        try consume("dlq", settings) { batch in
            #expect(batch.record(at: 0)?.offset == 0)
            found = headers(of: batch, at: 0)
        }
        return found
    }

    private func consume(
        _ topic: String, _ settings: KafkaSettings, partitionCount: Int = 1,
        _ body: (RecordBatch) throws -> Void
    ) throws {
        let listener = Listener()
        let consumer = try DataConsumer(
            settings: settings, topic: topic, membership: .fixed(slot: 0, total: 1),
            start: .earliest, listener: listener
        ) { _, _ in }
        defer { consumer.close() }
        let batch = RecordBatch(capacity: 1)
        defer { batch.release() }
        try consumer.begin(partitionCount: partitionCount)
        repeat { consumer.poll(into: batch, milliseconds: 100) } while batch.count == 0
        try body(batch)
    }

    private let own = [
        Header("swerve.error.code", "not_json"), Header("swerve.error.reason", "no JSON"),
        Header("swerve.source.topic", "in"), Header("swerve.source.partition", "0"),
        Header("swerve.source.offset", "0"), Header("swerve.model", "m"),
        Header("swerve.epoch", "7"), Header("swerve.stub", "false"),
        Header("__connect.errors.topic", "in"), Header("__connect.errors.partition", "0"),
        Header("__connect.errors.offset", "0"), Header("__connect.errors.connector.name", "m"),
        Header("__connect.errors.stage", "VALUE_CONVERTER"),
        Header("__connect.errors.exception.class.name", "swerve.not_json"),
        Header("__connect.errors.exception.message", "no JSON"),
    ]

    @Test("headers that do not claim to be the service's are as they came, in their order")
    func untouched() throws {
        let sent = [
            ("b", "2"), ("a", "1"), ("b", "3"), ("swerve", "x"), ("swervex", ""), ("", "n"),
        ]
        #expect(try letter(sent) == sent.map { Header($0.0, $0.1) } + own)
    }

    @Test("what begins as the service's own is renamed; the first of each name is the service's")
    func renamed() throws {
        let found = try letter([
            ("a", "1"), ("swerve.error.code", "ok"), ("b", "2"), ("Swerve.Source.Offset", "999"),
            ("swerve.", ""), ("swerve.stub", "true"), ("a", "3"), ("SWERVE.EPOCH", "0"),
            ("__connect.errors.topic", "another"), ("__connect.context", "c"),
        ])
        #expect(
            found == [
                Header("a", "1"), Header("original.swerve.error.code", "ok"), Header("b", "2"),
                Header("original.Swerve.Source.Offset", "999"), Header("original.swerve.", ""),
                Header("original.swerve.stub", "true"), Header("a", "3"),
                Header("original.SWERVE.EPOCH", "0"),
                Header("original.__connect.errors.topic", "another"),
                Header("__connect.context", "c"),
            ] + own)
    }

    /// Sends the one record of `in` to the dead letters, and what is there then.
    private func refused(
        _ record: (key: [UInt8], value: [UInt8]), by broker: FaultyBroker,
        answers: [rd_kafka_resp_err_t] = [], limits: TopicLimits = .unknown
    ) throws -> TopicRecord {
        let settings = broker.settings.overlaid(
            with: KafkaSettings(["message.max.bytes": "4000000"]))
        let writer = try TopicWriter(settings: settings) { _, _ in }
        try writer.write(topic: "in", key: record.key, value: record.value, headers: [("a", "1")])
        try writer.flush(milliseconds: 30_000, act: "writing")
        writer.close()
        let producer = try RecordProducer(
            settings: settings, outputTopic: "out", deadLetterTopic: "dlq", limits: limits,
            batchCapacity: 1
        ) { _, _ in }
        defer { producer.close() }
        let deliveries = Deliveries()
        producer.listener = deliveries
        broker.answer(.produce, with: answers)
        let reading = broker.settings.overlaid(with: KafkaSettings(["group.id": "g"]))
        try consume("in", reading) { batch in
            try producer.sendDeadLetter(
                of: batch, at: 0, topic: "in",
                reason: DeadLetterReason(code: "not_json", text: "no JSON", model: "m", epoch: 7),
                tag: 4)
        }
        while deliveries.all.isEmpty { producer.serve(milliseconds: 100) }
        #expect(deliveries.all == [Delivery(tag: 4, count: 1, failure: nil)])
        let letters = try broker.read("dlq", count: 1)
        #expect(letters.count == 1)
        return letters[0]
    }

    @Test("one too large for the topic goes as a stub that says what it stands for")
    func tooLarge() throws {
        let broker = try FaultyBroker(topics: [("in", 1), ("out", 1), ("dlq", 1)])
        defer { broker.stop() }
        let value = [UInt8](repeating: 7, count: 1_000_001)
        let letter = try refused(([1, 2], value), by: broker)
        let stub = try JSONValue(parsing: letter.value ?? [], act: "reading the stub")
        #expect(stub["size"]?.int == 1_000_001 && stub["reason"]?.string == "no JSON")
        #expect(stub["sha256"]?.string == String(ContentHash.sha256(value).hex))
        #expect(stub["source"]?["topic"]?.string == "in" && stub["source"]?["offset"]?.int == 0)
        #expect(letter.key == [1, 2])
        // The record's own headers may be what makes it large.
        #expect(letter.headers["swerve.stub"] == "true" && letter.headers["a"] == nil)
        #expect(letter.headers["__connect.errors.exception.message"] == "no JSON")
    }

    @Test(
        "what the topic takes is known: a letter goes as a stub where its headers make it larger",
        arguments: [(600, true), (1_200, false)])
    func topicLimit(limit: Int, isStub: Bool) throws {
        let broker = try FaultyBroker(topics: [("in", 1), ("out", 1), ("dlq", 1)])
        defer { broker.stop() }
        let letter = try refused(
            ([1], [2, 3]), by: broker, limits: TopicLimits(output: nil, deadLetters: limit))
        #expect(letter.headers["swerve.stub"] == "\(isStub)")
    }

    @Test("one that the broker finds too large is sent again as a stub, and counts once")
    func foundTooLarge() throws {
        let broker = try FaultyBroker(topics: [("in", 1), ("out", 1), ("dlq", 1)])
        defer { broker.stop() }
        let letter = try refused(
            ([1], [2, 3]), by: broker, answers: [RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE])
        #expect(letter.headers["swerve.stub"] == "true")
        #expect(letter.headers["swerve.error.code"] == "not_json")
        #expect(letter.headers["swerve.source.offset"] == "0")
        #expect(letter.headers["swerve.epoch"] == "7" && letter.headers["swerve.model"] == "m")
        let stub = try JSONValue(parsing: letter.value ?? [], act: "reading the stub")
        #expect(stub["size"]?.int == 2)
        #expect(stub["sha256"]?.string == String(ContentHash.sha256([2, 3]).hex))
    }

    @Test("with fewer partitions than the input a letter goes to its partition modulo these")
    func fewerPartitions() throws {
        let broker = try FaultyBroker(topics: [("in", 6), ("out", 6), ("dlq", 2)])
        defer { broker.stop() }
        let writer = try TopicWriter(settings: broker.settings) { _, _ in }
        try writer.write(topic: "in", partition: 5, key: [1], value: [2], headers: [])
        try writer.flush(milliseconds: 30_000, act: "writing")
        writer.close()
        let producer = try RecordProducer(
            settings: broker.settings, outputTopic: "out", deadLetterTopic: "dlq",
            deadLetterPartitions: 2, batchCapacity: 1
        ) { _, _ in }
        defer { producer.close() }
        let deliveries = Deliveries()
        producer.listener = deliveries
        // The first is refused as too large, and its stub goes the same way.
        broker.answer(.produce, with: [RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE])
        let reading = broker.settings.overlaid(with: KafkaSettings(["group.id": "g"]))
        try consume("in", reading, partitionCount: 6) { batch in
            #expect(batch.record(at: 0)?.partition == 5)
            try producer.sendDeadLetter(
                of: batch, at: 0, topic: "in",
                reason: DeadLetterReason(
                    code: "score_not_finite", text: "inf", model: "m", epoch: 7), tag: 4)
        }
        while deliveries.all.isEmpty { producer.serve(milliseconds: 100) }
        #expect(deliveries.all == [Delivery(tag: 4, count: 1, failure: nil)])
        let letters = try broker.read("dlq", count: 1, partition: 1)
        #expect(letters.map(\.partition) == [1])
        #expect(letters.first?.headers["swerve.source.partition"] == "5")
        #expect(letters.first?.headers["swerve.stub"] == "true")
        #expect(letters.first?.headers["__connect.errors.stage"] == "TASK_PUT")
    }

    @Test("where dead letters are switched off, one counts as delivered and goes nowhere")
    func switchedOff() throws {
        let broker = try FaultyBroker(topics: [("in", 1), ("out", 1)])
        defer { broker.stop() }
        let writer = try TopicWriter(settings: broker.settings) { _, _ in }
        try writer.write(topic: "in", key: [1], value: [2], headers: [])
        try writer.flush(milliseconds: 30_000, act: "writing")
        writer.close()
        let producer = try RecordProducer(
            settings: broker.settings, outputTopic: "out", deadLetterTopic: nil, batchCapacity: 1
        ) { _, _ in }
        defer { producer.close() }
        let deliveries = Deliveries()
        producer.listener = deliveries
        let reading = broker.settings.overlaid(with: KafkaSettings(["group.id": "g"]))
        try consume("in", reading) { batch in
            try producer.sendDeadLetter(
                of: batch, at: 0, topic: "in",
                reason: DeadLetterReason(code: "not_json", text: "no JSON", model: "m", epoch: 7),
                tag: 4)
        }
        #expect(deliveries.all == [Delivery(tag: 4, count: 1, failure: nil)])
        #expect(producer.rights.count == 2)
    }

    @Test("a key that is long itself does not go with a stub")
    func longKey() throws {
        let broker = try FaultyBroker(topics: [("in", 1), ("out", 1), ("dlq", 1)])
        defer { broker.stop() }
        let letter = try refused(
            ([UInt8](repeating: 1, count: 1_025), [UInt8](repeating: 7, count: 1_000_000)),
            by: broker)
        #expect(letter.headers["swerve.stub"] == "true" && letter.key.isEmpty)
    }
}

/// Keeps what it hears of deliveries.
final class Deliveries: DeliveryListener {
    private(set) var all: [Delivery] = []
    var mayWait = true

    func delivered(_ delivery: Delivery) { all.append(delivery) }
}

/// Hears of assignments and has nothing to finish.
final class Listener: AssignmentListener {
    private(set) var assignments: [[Int32]] = []
    var isStopping = false

    private(set) var additions: [[Int32]] = []
    /// What the brokers said is committed, answer by answer.
    private(set) var commits: [[PartitionOffset]] = []

    func assigned(_ partitions: [Int32]) { assignments.append(partitions) }
    func added(_ partitions: [Int32]) { additions.append(partitions) }
    func committed(_ positions: [PartitionOffset], isOfOldGeneration: Bool) {
        commits.append(positions)
    }
    func revoking(_ partitions: [Int32]) {}
    func lost(_ partitions: [Int32]) {}
}
