import CRdKafka
import Lifecycle
import TestSupport
import Testing

@testable import Kafka

/// Writing to small topics, on a broker that goes away and refuses.
@Suite("TopicWriter", .blocking)
struct TopicWriterTests {
    private func writer(
        _ broker: FaultyBroker, _ settings: [String: String] = [:]
    ) throws -> TopicWriter {
        try TopicWriter(
            settings: broker.settings.overlaid(with: KafkaSettings(settings))
        ) { _, _ in }
    }

    @Test("keys, values, headers and tombstones arrive as they were written")
    func arrives() throws {
        let broker = try FaultyBroker(topics: [("t", 2)])
        defer { broker.stop() }
        let writer = try writer(broker)
        try writer.write(
            topic: "t", partition: 1, key: [1], value: [2, 3], headers: [("a", "b"), ("c", "")])
        try writer.write(topic: "t", partition: 1, key: [1], value: nil)
        try writer.write(topic: "t", partition: 1, key: [], value: [])
        try writer.flush(milliseconds: 30_000, act: "writing")
        #expect(writer.acknowledgedCount == 3)
        writer.close()
        let records = try broker.read("t", count: 3, partition: 1)
        #expect(records.map(\.value) == [[2, 3], nil, []])
        #expect(records.map(\.key) == [[1], [1], []])
        #expect(records.map(\.headers) == [["a": "b", "c": ""], [:], [:]])
    }

    @Test("a full queue makes the writer wait, and loses nothing")
    func fullQueue() throws {
        let broker = try FaultyBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let writer = try writer(broker, ["queue.buffering.max.messages": "5"])
        defer { writer.close() }
        for number in 0..<100 { try writer.write(topic: "t", key: [], value: [UInt8(number)]) }
        try writer.write(topic: "t", key: [], value: [100], headers: [("a", "b")])
        try writer.flush(milliseconds: 30_000, act: "writing")
        #expect(writer.acknowledgedCount == 101 && writer.failedCount == 0)
        #expect(try broker.read("t", count: 101).map { $0.value ?? [] } == (0...100).map { [$0] })
    }

    @Test("what ran out of time is told by the next flush, once, and later records are written")
    func outOfTime() throws {
        let broker = try FaultyBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let writer = try writer(broker, ["message.timeout.ms": "300"])
        defer { writer.close() }
        try writeUntilAcknowledged(writer, [1])
        broker.goAway()
        try writer.write(topic: "t", key: [], value: [2])
        let error = try #require(throws: SwerveError.self) {
            try writer.flush(milliseconds: 30_000, act: "telling")
        }
        #expect(error.isRetryable && error.act == "telling", "\(error)")
        broker.comeBack()
        try writeUntilAcknowledged(writer, [3])
    }

    @Test("a failure of records that were replaced since is not told as one of the last record")
    func forgotten() throws {
        let broker = try FaultyBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let writer = try writer(broker, ["message.timeout.ms": "300"])
        defer { writer.close() }
        broker.goAway()
        try writer.write(topic: "t", key: [], value: [1])
        while writer.failedCount == 0 { writer.serve(milliseconds: 100) }
        broker.comeBack()
        try writeUntilServed(writer)
        writer.forgetFailures()
        try writer.write(topic: "t", key: [], value: nil)
        try writer.flush(milliseconds: 30_000, act: "taking it away")
        #expect(try broker.read("t", count: 2).last?.value == .some(nil))
    }

    /// The connection comes back in its own time, in which a record may still run out of its own.
    private func writeUntilAcknowledged(_ writer: TopicWriter, _ value: [UInt8]) throws {
        let before = writer.acknowledgedCount
        while writer.acknowledgedCount == before {
            try writer.write(topic: "t", key: [], value: value)
            do {
                try writer.flush(milliseconds: 30_000, act: "writing")
            } catch {
                #expect(error.isRetryable, "\(error)")
            }
        }
    }

    /// The same without asking what failed.
    private func writeUntilServed(_ writer: TopicWriter) throws {
        while writer.acknowledgedCount == 0 {
            let settled = writer.failedCount + writer.acknowledgedCount
            try writer.write(topic: "t", key: [], value: [2])
            while writer.failedCount + writer.acknowledgedCount == settled {
                writer.serve(milliseconds: 100)
            }
        }
    }

    @Test("a right that is missing is named, and waiting does not help")
    func denied() throws {
        let broker = try FaultyBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let writer = try writer(broker)
        defer { writer.close() }
        broker.answer(.produce, with: [RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED])
        try writer.write(topic: "t", key: [], value: [1])
        let error = try #require(throws: SwerveError.self) {
            try writer.flush(milliseconds: 30_000, act: "writing")
        }
        #expect(error.code == .refused && !error.isRetryable, "\(error)")
        #expect("\(error)".contains("Write"), "\(error)")
    }

    @Test("of several topics, that is told whose record failed, and its right alone")
    func faultOfTopic() throws {
        let broker = try FaultyBroker(topics: [("s", 1), ("t", 1)])
        defer { broker.stop() }
        let writer = try writer(broker)
        defer { writer.close() }
        try writer.write(topic: "s", key: [], value: [1])
        try writer.flush(milliseconds: 30_000, act: "writing")
        broker.answer(.produce, with: [RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED])
        try writer.write(topic: "t", key: [], value: [1])
        while writer.failedCount == 0 { writer.serve(milliseconds: 100) }
        let faults = writer.takeFaults()
        #expect(faults.map(\.topic) == ["t"])
        let fault = try #require(faults.first).fault
        let error = fault.error("writing", rights: writer.rights(of: "t"))
        #expect(error.description.contains("the right Write on topic t is missing"), "\(error)")
        #expect(writer.takeFaults().isEmpty)
    }

    @Test("leaders that move are followed: the record is written once all the same")
    func leaderMoves() throws {
        let broker = try FaultyBroker(topics: [("t", 1)])
        defer { broker.stop() }
        let writer = try writer(broker)
        defer { writer.close() }
        broker.answer(
            .produce,
            with: [
                RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            ])
        try writer.write(topic: "t", key: [7], value: [1])
        try writer.flush(milliseconds: 30_000, act: "writing")
        #expect(try broker.read("t", count: 1).map(\.key) == [[7]])
        #expect(writer.failedCount == 0)
    }
}
