import CRdKafka
import Lifecycle
import TestSupport
import Testing

@testable import Kafka

/// Records that are held beyond their poll, on the development broker.
@Suite("KeptRecord", .blocking)
struct KeptRecordTests {
    private struct Header: Equatable {
        let name: String
        let value: [UInt8]?
    }

    private func headers(_ batch: RecordBatch, _ index: Int) -> [Header] {
        var headers: [Header] = []
        unsafe WholeRecord.forEachHeader(in: batch.whole(at: index)?.headers) { name, value in
            headers.append(
                unsafe Header(name: String(cString: name), value: value.map { unsafe Array($0) }))
        }
        return headers
    }

    private func bytes(_ buffer: UnsafeBufferPointer<UInt8>?) -> [UInt8]? {
        unsafe buffer.map { unsafe Array($0) }
    }

    /// Polls the first `count` records of `in` and hands them over as one batch.
    private func consume(
        _ broker: FaultyBroker, _ count: Int, _ body: (RecordBatch) throws -> Void
    ) throws {
        let listener = Listener()
        let consumer = try DataConsumer(
            settings: broker.settings.overlaid(with: KafkaSettings(["group.id": "g"])), topic: "in",
            membership: .fixed(slot: 0, total: 1), start: .earliest, listener: listener
        ) { _, _ in }
        let batch = RecordBatch(capacity: count)
        defer {
            batch.release()
            consumer.close()
        }
        try consumer.begin(partitionCount: 1)
        while batch.count < count { consumer.poll(into: batch, milliseconds: 60_000) }
        try body(batch)
    }

    @Test("it is the record as it was polled, after that is given back")
    func copies() throws {
        let broker = try FaultyBroker(topics: [("in", 1)])
        defer { broker.stop() }
        let writer = try TopicWriter(settings: broker.settings) { _, _ in }
        try writer.write(
            topic: "in", key: [1, 2], value: [3, 4],
            headers: [("b", "2"), ("a", ""), ("b", "3\u{0}4")])
        try writer.write(topic: "in", key: [5], value: nil)
        try writer.write(topic: "in", key: [6], value: [])
        try writer.flush(milliseconds: 30_000, act: "writing")
        writer.close()
        let kept = RecordBatch(capacity: 8)
        var marks: [RecordMark?] = []
        var timestamps: [Int64?] = []
        try consume(broker, 3) { polled in
            kept.take((0..<3).compactMap { polled.keep(at: $0) })
            marks = (0..<3).map { polled.mark(partition: 0, offset: $0) }
            timestamps = (0..<3).map { polled.timestampMs(at: $0) }
        }
        #expect(kept.count == 3)
        let views = (0..<3).map { kept.record(at: $0) }
        #expect(views.map { unsafe bytes($0?.value) } == [[3, 4], nil, []])
        #expect(views.map { unsafe bytes($0?.key) } == [[1, 2], [5], [6]])
        #expect(views.map { $0?.offset } == [0, 1, 2] && views.map { $0?.partition } == [0, 0, 0])
        #expect((0..<3).map { kept.timestampMs(at: $0) } == timestamps)
        #expect((0..<3).map { kept.mark(partition: 0, offset: $0) } == marks)
        #expect(marks.allSatisfy { $0 != nil } && kept.fault(at: 0) == nil)
        #expect(
            headers(kept, 0) == [
                Header(name: "b", value: [0x32]), Header(name: "a", value: []),
                Header(name: "b", value: [0x33, 0, 0x34]),
            ])
        #expect(headers(kept, 1).isEmpty)
        kept.release()
        #expect(kept.count == 0 && kept.record(at: 0) == nil)
    }

    @Test("the last header of a name counts, in a polled record and in a kept one")
    func lastHeader() throws {
        let broker = try FaultyBroker(topics: [("in", 1)])
        defer { broker.stop() }
        let writer = try TopicWriter(settings: broker.settings) { _, _ in }
        try writer.write(
            topic: "in", key: [1], value: [2],
            headers: [("id", "first"), ("x", "y"), ("id", "last\u{0}"), ("ID", "z")])
        try writer.write(topic: "in", key: [1], value: [2], headers: [("id2", "a")])
        try writer.write(topic: "in", key: [1], value: [2])
        try writer.flush(milliseconds: 30_000, act: "writing")
        writer.close()
        try consume(broker, 3) { polled in
            let kept = RecordBatch(capacity: 3)
            kept.take((0..<3).compactMap { polled.keep(at: $0) })
            for batch in [polled, kept] {
                #expect(unsafe bytes(batch.lastHeader("id", at: 0)) == Array("last\u{0}".utf8))
                #expect(unsafe batch.lastHeader("id", at: 1) == nil)
                #expect(unsafe batch.lastHeader("id", at: 2) == nil)
            }
        }
    }

    @Test("its dead letter is that of the record: bytes, key, headers in their order")
    func deadLetter() throws {
        let broker = try FaultyBroker(topics: [("in", 1), ("out", 1), ("dlq", 1)])
        defer { broker.stop() }
        let writer = try TopicWriter(settings: broker.settings) { _, _ in }
        try writer.write(
            topic: "in", key: [1, 2], value: [0, 0, 0, 0, 9],
            headers: [("b", "2"), ("swerve.stub", "x"), ("a", "1"), ("b", "3")])
        try writer.flush(milliseconds: 30_000, act: "writing")
        writer.close()
        let producer = try RecordProducer(
            settings: broker.settings, outputTopic: "out", deadLetterTopic: "dlq", batchCapacity: 1,
            copiedHeaders: ["b"]
        ) { _, _ in }
        defer { producer.close() }
        let deliveries = Deliveries()
        producer.listener = deliveries
        let kept = RecordBatch(capacity: 1)
        let reason = DeadLetterReason(code: "unknown_schema", text: "no", model: "m", epoch: 7)
        try consume(broker, 1) { polled in
            kept.take([try #require(polled.keep(at: 0))])
            try producer.sendDeadLetter(of: polled, at: 0, topic: "in", reason: reason, tag: 1)
        }
        try producer.sendDeadLetter(of: kept, at: 0, topic: "in", reason: reason, tag: 1)
        // A prediction's copied headers come from a kept record too.
        let view = try #require(kept.record(at: 0))
        guard let value = unsafe view.value else { throw CancellationError() }
        unsafe producer.append(value: value, key: view.key, partition: 0, tag: 1)
        producer.copyHeaders(of: kept, at: 0)
        try producer.send()
        while deliveries.all.reduce(0, { $0 + $1.count }) < 3 { producer.serve(milliseconds: 50) }
        let letters = try broker.read("dlq", count: 2)
        #expect(letters.count == 2)
        for letter in letters {
            #expect(letter.value == [0, 0, 0, 0, 9] && letter.key == [1, 2])
            #expect(letter.headers["original.swerve.stub"] == "x" && letter.headers["b"] == "3")
            #expect(letter.headers["swerve.error.code"] == "unknown_schema")
        }
        #expect(letters[0].headers == letters[1].headers)
        #expect(try broker.read("out", count: 1).first?.headers == ["b": "3"])
    }
}
