import Kafka
import Lifecycle
import Testing

/// Reading whole topics, on the development broker over a real socket.
@Suite("TopicReader")
struct TopicReaderTests {
    private func quiet(_ isError: Bool, _ line: String) {}

    private func settings(_ broker: DevelopmentBroker) -> KafkaSettings {
        KafkaSettings(["bootstrap.servers": broker.bootstrap, "fetch.wait.max.ms": "10"])
    }

    @Test("it reads from the beginning to the captured end, tombstones included")
    func readsToEnd() throws {
        let broker = try DevelopmentBroker(topics: [("control", 1)])
        defer { broker.stop() }
        let writer = try TopicWriter(settings: settings(broker)) { _, _ in }
        for number in 0..<50 {
            try writer.write(topic: "control", key: [1], value: [UInt8(number)])
        }
        try writer.write(topic: "control", key: [2], value: nil)
        try writer.flush(milliseconds: 30_000, act: "writing")
        #expect(writer.acknowledgedCount == 51)
        writer.close()

        let reader = try TopicReader(
            settings: settings(broker), topics: [("control", 1, .beginning)]
        ) { _, _ in }
        defer { reader.close() }
        let end = try reader.end(of: "control", timeoutMs: 10_000)
        #expect(end == 51)
        var records: [TopicRecord] = []
        while reader.position(of: "control") < end {
            try reader.poll(milliseconds: 100) { records.append($0) }
        }
        #expect(records.map(\.offset) == Array(0..<51))
        #expect(records.dropLast().map(\.value) == (0..<50).map { [UInt8($0)] })
        #expect(records.last?.value == nil && records.last?.key == [2])
    }

    @Test("a long topic is read to its end as long as time is left, however few records a poll has")
    func longTopic() throws {
        let broker = try DevelopmentBroker(topics: [("control", 1)])
        defer { broker.stop() }
        let topic = KafkaControlTopic(
            settings: settings(broker), topic: "control", timeoutMs: 10_000
        ) { _, _ in }
        defer { topic.close() }
        // One by one, each a batch of its own: the broker answers a fetch with one batch.
        for number in 0..<1_000 {
            try topic.publish(key: "a", Announcement(value: [UInt8(number & 0xFF)]))
        }
        #expect(try topic.current().mapValues(\.announcement.value) == ["a": [0xE7]])
    }

    @Test("an empty topic's end is reached without any record")
    func empty() throws {
        let broker = try DevelopmentBroker(topics: [("control", 1)])
        defer { broker.stop() }
        let topic = KafkaControlTopic(
            settings: settings(broker), topic: "control", timeoutMs: 10_000
        ) { _, _ in }
        #expect(try topic.current().isEmpty)
    }

    @Test("the newest value of each key is what the control topic says; tombstones take it away")
    func newestOfEachKey() throws {
        let broker = try DevelopmentBroker(topics: [("control", 1)])
        defer { broker.stop() }
        let topic = KafkaControlTopic(
            settings: settings(broker), topic: "control", timeoutMs: 10_000
        ) { _, _ in }
        try topic.publish(key: "a", Announcement(value: [1]))
        try topic.publish(key: "b", Announcement(value: [2], signature: "s"))
        try topic.publish(key: "a", Announcement(value: [3]))
        #expect(
            try topic.current().mapValues(\.announcement) == [
                "a": Announcement(value: [3]), "b": Announcement(value: [2], signature: "s"),
            ])
        var values: [[UInt8]] = []
        try topic.forEachWord { _, word in values.append(word.announcement.value) }
        #expect(values == [[1], [2], [3]])
    }

    @Test("a broker that is not there is a passing fault that names the remedy")
    func noBroker() throws {
        let topic = KafkaControlTopic(
            settings: KafkaSettings(["bootstrap.servers": "127.0.0.1:1"]), topic: "control",
            timeoutMs: 300
        ) { _, _ in }
        let reading = try #require(throws: SwerveError.self) { try topic.current() }
        #expect(reading.isRetryable)
        let writing = try #require(throws: SwerveError.self) {
            try topic.publish(key: "a", Announcement(value: [1]))
        }
        #expect(writing.isRetryable)
    }

    @Test("a setting that librdkafka does not know is refused by name")
    func unknownSetting() throws {
        let error = try #require(throws: SwerveError.self) {
            try TopicWriter(settings: KafkaSettings(["no.such.key": "1"])) { _, _ in }
        }
        #expect(error.code == .usage)
        #expect(error.description.contains("no.such.key"))
    }

    @Test("partition counts are told; a topic that is missing counts 0")
    func partitionCounts() throws {
        let broker = try DevelopmentBroker(topics: [("in", 6), ("gone", 2)])
        defer { broker.stop() }
        broker.setMissing("gone", true)
        let administrator = try TopicAdministrator(settings: settings(broker)) { _, _ in }
        defer { administrator.close() }
        let counts = try administrator.partitionCounts(of: ["in", "gone"], timeoutMs: 10_000)
        #expect(counts == ["in": 6, "gone": 0])
    }
}
