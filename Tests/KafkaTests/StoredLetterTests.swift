import Lifecycle
import Testing

@testable import Kafka

/// Dead letters as commands read them.
@Suite("Stored dead letters")
struct StoredLetterTests {
    private func record(
        _ code: String = "not_json", model: String = "m", offset: Int64 = 3,
        headers: [String: String] = [:]
    ) -> TopicRecord {
        let own = [
            "swerve.error.code": code, "swerve.error.reason": "why", "swerve.model": model,
            "swerve.source.topic": "in", "swerve.source.partition": "5",
            "swerve.source.offset": "42", "swerve.epoch": "7", "swerve.stub": "false",
            "__connect.errors.stage": "VALUE_CONVERTER",
        ]
        return TopicRecord(
            topic: "dlq", partition: 1, offset: offset, key: [1], value: [2],
            headers: own.merging(headers) { $1 }, timestamp: .claimed(9))
    }

    @Test("a letter says where its record stood and why, with the record's own headers")
    func letter() throws {
        let letter = try #require(
            StoredLetter(record(headers: ["a": "1", "original.swerve.model": "x"])))
        #expect(letter.partition == 1 && letter.offset == 3)
        #expect(letter.sourceTopic == "in")
        #expect(letter.sourcePartition == 5 && letter.sourceOffset == 42)
        #expect(
            letter.reason
                == DeadLetterReason(code: "not_json", text: "why", model: "m", epoch: 7))
        #expect(letter.reason.cause == .operators && !letter.isStub)
        #expect(letter.headers == ["a": "1", "original.swerve.model": "x"])
    }

    @Test(
        "what lacks one of a worker's headers, or has nonsense there, is no letter",
        arguments: [
            "swerve.error.code", "swerve.error.reason", "swerve.model", "swerve.source.topic",
            "swerve.source.partition", "swerve.source.offset", "swerve.epoch",
        ])
    func strangers(name: String) {
        let whole = record()
        var headers = whole.headers
        headers[name] = nil
        func letter() -> StoredLetter? {
            StoredLetter(
                TopicRecord(
                    topic: "dlq", partition: 1, offset: 3, key: [], value: nil, headers: headers,
                    timestamp: .none))
        }
        #expect(letter() == nil)
        headers[name] = "x"
        let isText = ["code", "reason", "model", "topic"].contains { name.hasSuffix($0) }
        #expect((letter() != nil) == isText)
    }

    @Test("letters are counted by reason, the most frequent first, another model's apart")
    func counts() throws {
        let model = try ModelName("m")
        var counts = LetterCounts()
        for (number, code) in ["b", "a", "a", "c"].enumerated() {
            counts.add(record(code, offset: Int64(number)), of: model)
        }
        counts.add(record("a", model: "other"), of: model)
        #expect(counts.reasons.map(\.code) == ["a", "b", "c"])
        #expect(counts.reasons.map(\.count) == [2, 1, 1])
        #expect(counts.reasons.first?.last.offset == 2)
        #expect(counts.count == 4 && counts.othersCount == 1)
    }

    @Test("whoever makes up reasons without end takes no memory without end")
    func bounded() throws {
        let model = try ModelName("m")
        var counts = LetterCounts()
        for number in 0..<1_500 { counts.add(record("made_up_\(number)"), of: model) }
        #expect(counts.reasons.count == LetterCounts.reasonsMax)
        #expect(counts.count + counts.othersCount == 1_500)
    }

    @Test("a topic's records are read to its end, and one by its place")
    func topic() throws {
        let broker = try FaultyBroker(topics: [("dlq", 2)])
        defer { broker.stop() }
        let writer = try TopicWriter(settings: broker.settings) { _, _ in }
        for number in 0..<5 {
            try writer.write(
                topic: "dlq", partition: Int32(number % 2), key: [], value: [UInt8(number)],
                headers: [])
        }
        try writer.flush(milliseconds: 30_000, act: "writing")
        writer.close()
        let topic = WholeTopic(
            settings: broker.settings, name: "dlq", timeoutMs: 30_000
        ) { _, _ in }
        var values: [UInt8] = []
        try topic.forEachRecord { values += $0.value ?? [] }
        #expect(values.sorted() == [0, 1, 2, 3, 4])
        #expect(try topic.record(partition: 0, offset: 1).value == [2])
        #expect(try topic.record(partition: 1, offset: 0).value == [1])
        for (partition, offset) in [(Int32(0), Int64(3)), (1, 2), (2, 0), (0, -1)] {
            let error = #expect(throws: SwerveError.self) {
                try topic.record(partition: partition, offset: offset)
            }
            #expect(error?.code == .notFound)
        }
    }
}
