import CRdKafka
import Glibc
import Lifecycle
import TestSupport
import Testing

@testable import Kafka

/// Which headers of records their predictions have, on the development broker.
@Suite("Headers copied to predictions", .blocking)
struct CopiedHeadersTests {
    private struct Header: Equatable {
        let name: [UInt8]
        let value: [UInt8]?

        init(name: [UInt8], value: [UInt8]?) {
            self.name = name
            self.value = value
        }

        init(_ name: String, _ value: String?) {
            self.init(name: Array(name.utf8), value: value.map { Array($0.utf8) })
        }
    }

    private static let names = ["traceparent", "tracestate"]

    private func broker() throws -> FaultyBroker {
        try FaultyBroker(topics: [("in", 1), ("out", 1), ("dlq", 1)])
    }

    /// Writes a record for each list of headers; its value is its number in decimal, as its key is.
    private func write(_ records: [[Header]], to broker: FaultyBroker) throws {
        let handle = try unsafe KafkaHandle(
            RD_KAFKA_PRODUCER,
            settings: broker.settings.overlaid(
                with: KafkaSettings(["message.max.bytes": "9000000"])),
            act: "writing", log: { _, _ in }
        ) { _ in }
        defer { handle.destroy() }
        let topic = unsafe rd_kafka_topic_new(handle.raw, "in", nil)
        defer { unsafe rd_kafka_topic_destroy(topic) }
        for (number, headers) in records.enumerated() {
            let list = unsafe rd_kafka_headers_new(headers.count)
            for header in headers {
                unsafe header.name.withUnsafeBytes { name in
                    unsafe (header.value ?? []).withUnsafeBytes { value in
                        // An empty array has no address, and null is another value.
                        let empty: StaticString = ""
                        let start = unsafe value.baseAddress ?? UnsafeRawPointer(empty.utf8Start)
                        _ = unsafe rd_kafka_header_add(
                            list, name.baseAddress?.assumingMemoryBound(to: CChar.self),
                            name.count, header.value == nil ? nil : start, value.count)
                    }
                }
            }
            var text = Array("\(number)".utf8)
            let error = unsafe text.withUnsafeMutableBytes { bytes in
                var values = unsafe [rd_kafka_vu_t](repeating: rd_kafka_vu_t(), count: 5)
                unsafe values[0].vtype = RD_KAFKA_VTYPE_RKT
                unsafe values[0].u.rkt = unsafe topic
                unsafe values[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS
                unsafe values[1].u.i = RD_KAFKA_MSG_F_COPY
                unsafe values[2].vtype = RD_KAFKA_VTYPE_VALUE
                unsafe values[2].u.mem.ptr = bytes.baseAddress
                unsafe values[2].u.mem.size = bytes.count
                unsafe values[3].vtype = RD_KAFKA_VTYPE_KEY
                unsafe values[3].u.mem.ptr = bytes.baseAddress
                unsafe values[3].u.mem.size = bytes.count
                unsafe values[4].vtype = RD_KAFKA_VTYPE_HEADERS
                unsafe values[4].u.headers = unsafe list
                return unsafe rd_kafka_produceva(handle.raw, values, values.count)
            }
            try #require(unsafe error == nil)
        }
        #expect(unsafe rd_kafka_flush(handle.raw, 30_000) == RD_KAFKA_RESP_ERR_NO_ERROR)
    }

    /// Hands over the first records of a topic, as one batch.
    private func consume(
        _ topic: String, of broker: FaultyBroker, count: Int, _ body: (RecordBatch) throws -> Void
    ) throws {
        let listener = Listener()
        let consumer = try DataConsumer(
            settings: broker.settings.overlaid(with: KafkaSettings(["group.id": "g"])),
            topic: topic, membership: .fixed(slot: 0, total: 1), start: .earliest,
            listener: listener
        ) { _, _ in }
        let whole = RecordBatch(capacity: count)
        let part = RecordBatch(capacity: count)
        defer {
            whole.release()
            consumer.close()
        }
        try consumer.begin(partitionCount: 1)
        while whole.count < count {
            consumer.poll(into: part, milliseconds: 100)
            for index in 0..<part.count {
                guard part.record(at: index) != nil, whole.count < count else { continue }
                unsafe whole.messages[whole.count] = unsafe part.messages[index]
                unsafe part.messages[index] = nil
                whole.count += 1
            }
            part.release()
        }
        try body(whole)
    }

    private struct Copied {
        /// By the offset on the output topic.
        var headers: [[Header]] = []
        var values: [String] = []
        var leftOut = 0
        var deliveries: [Delivery] = []
    }

    /// What becomes of records with these headers: each has a prediction with its own value.
    private func copied(
        _ records: [[Header]], names: [String] = CopiedHeadersTests.names,
        limits: TopicLimits = .unknown, settings: [String: String] = [:]
    ) throws -> Copied {
        let broker = try broker()
        defer { broker.stop() }
        try write(records, to: broker)
        var copied = Copied()
        let producer = try RecordProducer(
            settings: broker.settings.overlaid(with: KafkaSettings(settings)), outputTopic: "out",
            deadLetterTopic: "dlq", limits: limits, batchCapacity: records.count,
            copiedHeaders: names
        ) { _, _ in }
        defer { producer.close() }
        let deliveries = Deliveries()
        producer.listener = deliveries
        try consume("in", of: broker, count: records.count) { batch in
            for index in 0..<batch.count {
                let record = try #require(batch.record(at: index))
                guard let value = unsafe record.value else { continue }
                unsafe producer.append(value: value, key: record.key, partition: 0, tag: 5)
                producer.copyHeaders(of: batch, at: index)
            }
            try producer.send()
        }
        while deliveries.all.reduce(0, { $0 + $1.count }) < records.count {
            producer.serve(milliseconds: 100)
        }
        copied.leftOut = producer.takeLeftOutHeaders()
        #expect(producer.takeLeftOutHeaders() == 0)
        copied.deliveries = deliveries.all
        try consume("out", of: broker, count: records.count) { batch in
            for index in 0..<batch.count {
                let record = try #require(batch.record(at: index))
                copied.values.append(
                    unsafe record.value.map { unsafe String(decoding: $0, as: UTF8.self) } ?? "")
                copied.headers.append(headers(of: batch, at: index))
            }
        }
        #expect(copied.deliveries.allSatisfy { $0.failure == nil && $0.tag == 5 })
        #expect(copied.values == records.indices.map { "\($0)" })
        return copied
    }

    private func headers(of batch: RecordBatch, at index: Int) -> [Header] {
        var headers: [Header] = []
        guard let message = unsafe batch.messages[index] else { return [] }
        unsafe DeadLetter.forEachHeader(of: message) { name, value in
            headers.append(
                unsafe Header(
                    name: Array(UnsafeBufferPointer(start: name, count: strlen(name))).map {
                        UInt8(bitPattern: $0)
                    }, value: value.map { unsafe Array($0) }))
        }
        return headers
    }

    @Test("those that are named, in their order, all of a name, and null is not empty")
    func asTheyCame() throws {
        let sent = [
            Header("tracestate", "a=1"), Header("other", "x"), Header("traceparent", "00-1"),
            Header("tracestate", nil), Header("Traceparent", "y"), Header("tracestate", ""),
            Header(name: Array("traceparent".utf8), value: [0, 255, 254]),
            Header("traceparents", "z"), Header("trace", "z"), Header("", "n"),
        ]
        let copied = try copied([sent])
        #expect(copied.leftOut == 0)
        #expect(copied.headers == [[sent[0], sent[2], sent[3], sent[5], sent[6]]])
    }

    @Test("predictions with headers and without keep their order, each with its own")
    func order() throws {
        let records = (0..<3_000).map { number in
            number % 3 == 0 ? [] : [Header("traceparent", "\(number)"), Header("b", "c")]
        }
        let copied = try copied(records)
        #expect(copied.headers == records.map { Array($0.prefix(1)) })
    }

    @Test("a full queue is waited for; nothing is lost, doubled, or without its headers")
    func fullQueue() throws {
        let records = (0..<200).map { [Header("tracestate", "\($0)")] }
        let copied = try copied(records, settings: ["queue.buffering.max.messages": "20"])
        #expect(copied.headers == records)
    }

    @Test(
        "a thousand headers of a name: as many as the bounds allow, the rest is counted",
        arguments: [4, 400])
    func thousand(valueBytes: Int) throws {
        let many = (0..<1_000).map {
            Header("traceparent", "\(1_000 + $0)" + String(repeating: "x", count: valueBytes - 4))
        }
        let copied = try copied([many, [many[0]]])
        let fitting = min(
            Limits.copiedHeadersOfRecord,
            Limits.copiedHeaderBytes / ("traceparent".utf8.count + valueBytes + 10))
        #expect(copied.headers == [Array(many.prefix(fitting)), [many[0]]])
        #expect(copied.leftOut == 1_000 - fitting)
    }

    @Test("a value of a megabyte is left out, what stands behind it is copied; names without UTF-8")
    func hostile() throws {
        let big = Header(
            name: Array("tracestate".utf8), value: [UInt8](repeating: 7, count: 1 << 20))
        let odd = Header(name: [0xff, 0xfe], value: [1])
        let parent = Header("traceparent", "00-1")
        let copied = try copied([
            [big, odd, parent], [Header(name: big.name + [0xff], value: [1]), big, big], [odd],
        ])
        #expect(copied.headers == [[parent], [], []])
        #expect(copied.leftOut == 3)
    }

    @Test("with headers, no prediction is larger than the topic takes")
    func topicLimit() throws {
        func filled(_ count: Int) -> Header {
            Header("tracestate", String(repeating: "x", count: count))
        }
        let copied = try copied(
            [[filled(860), Header("traceparent", "00-1")], [filled(900)], [filled(400)]],
            limits: TopicLimits(output: 1_000, deadLetters: nil))
        #expect(copied.headers == [[filled(860)], [], [filled(400)]])
        #expect(copied.leftOut == 2)
        let settings = try self.copied([[filled(900)]], settings: ["message.max.bytes": "1000"])
        #expect(settings.headers == [[]] && settings.leftOut == 1)
    }

    @Test("without names, nothing is copied")
    func off() throws {
        let copied = try copied([[Header("traceparent", "00-1")]], names: [])
        #expect(copied.headers == [[]] && copied.leftOut == 0)
    }

    @Test("a prediction that the producer refuses is told, and what is staged behind is forgotten")
    func refusedPrediction() throws {
        let broker = try broker()
        defer { broker.stop() }
        try write([[Header("traceparent", "1")], [Header("traceparent", "2")]], to: broker)
        let producer = try RecordProducer(
            settings: broker.settings.overlaid(with: KafkaSettings(["message.max.bytes": "1000"])),
            outputTopic: "out", deadLetterTopic: "dlq", batchCapacity: 2,
            copiedHeaders: Self.names
        ) { _, _ in }
        defer { producer.close() }
        try consume("in", of: broker, count: 2) { batch in
            let large = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2_000)
            defer { unsafe large.deallocate() }
            unsafe large.initialize(repeating: 1)
            for (index, count) in [2_000, 1].enumerated() {
                let value = unsafe UnsafeBufferPointer(
                    rebasing: UnsafeBufferPointer(large)[..<count])
                unsafe producer.append(value: value, key: nil, partition: 0, tag: 5)
                producer.copyHeaders(of: batch, at: index)
            }
            #expect(producer.takeLeftOutHeaders() == 1)
            let error = #expect(throws: SwerveError.self) { try producer.send() }
            #expect(error?.act == "producing a prediction to partition 0")
            try producer.send()
        }
    }

    @Test("names that a dead letter's own headers have are refused, and what is no name")
    func refused() {
        for name in ["swerve.model", "SWERVE.", "__connect.errors.topic", "a\u{0}b"] {
            #expect(RecordProducer.refusal(ofHeader: name) != nil, "\(name)")
        }
        let longest = String(repeating: "n", count: Limits.copiedHeaderNameBytes)
        #expect(RecordProducer.refusal(ofHeader: longest + "n") != nil)
        for name in [longest, "traceparent", "swerve", "swervex", "x.swerve.model"] {
            #expect(RecordProducer.refusal(ofHeader: name) == nil, "\(name)")
        }
    }
}
