import Kafka
import Lifecycle
import Platform
import TestSupport
import Testing

/// Reading whole topics, on the development broker over a real socket.
@Suite("TopicReader", .blocking)
struct TopicReaderTests {
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

    @Test("a wait for records ends when it is woken, before it begins or while it lasts")
    func wakes() throws {
        let broker = try DevelopmentBroker(topics: [("control", 1)])
        defer { broker.stop() }
        let waker = ReaderWaker()
        waker.wake()
        let reader = try TopicReader(
            settings: settings(broker), partitions: [("control", 0, .beginning)], waker: waker
        ) { _, _ in }
        let end = try reader.end(of: "control", timeoutMs: 10_000)
        while reader.position(of: "control") < end { try reader.poll(milliseconds: 100) { _ in } }
        waker.wake()
        try reader.poll(milliseconds: Self.foreverMs) { Issue.record("\($0) out of nothing") }
        let other = OSThread(name: "test-waker") { waker.wake() }
        try reader.poll(milliseconds: Self.foreverMs) { Issue.record("\($0) out of nothing") }
        other.join()
        reader.close()
        // There is nothing left that it could touch.
        waker.wake()
    }

    private static let foreverMs: Int32 = 3_600_000

    @Test("brokers are heard also while there is nothing to read")
    func heard() throws {
        let broker = try DevelopmentBroker(topics: [("control", 1)])
        defer { broker.stop() }
        let answers = SharedCounter()
        let reader = try TopicReader(
            settings: settings(broker), topics: [("control", 1, .beginning)]
        ) { news, _ in if case .heard = news { answers.add() } }
        defer { reader.close() }
        #expect(try reader.end(of: "control", timeoutMs: 10_000) == 0)
        // Behind what the end was asked for with: fetches, which bring no record.
        _ = answers.take()
        var (records, heard) = (0, 0)
        while heard < 5 {
            try reader.poll(milliseconds: 10) { _ in records += 1 }
            heard += answers.take()
        }
        #expect(records == 0)
    }

    @Test("a topic is read again from its first record, and the others go on where they were")
    func readsAgain() throws {
        let broker = try DevelopmentBroker(topics: [("control", 1), ("status", 1)])
        defer { broker.stop() }
        let writer = try TopicWriter(settings: settings(broker)) { _, _ in }
        defer { writer.close() }
        func write(_ topic: String, _ numbers: Range<UInt8>) throws {
            for number in numbers { try writer.write(topic: topic, key: [1], value: [number]) }
            try writer.flush(milliseconds: 30_000, act: "writing")
        }
        try write("control", 0..<5)
        try write("status", 0..<5)
        let reader = try TopicReader(
            settings: settings(broker),
            topics: [("control", 1, .beginning), ("status", 1, .tail(2))]
        ) { _, _ in }
        defer { reader.close() }
        var heard: [String: [UInt8?]] = [:]
        func read(control: Int64, status: Int64) throws {
            heard = [:]
            while reader.position(of: "control") < control || reader.position(of: "status") < status
            {
                try reader.poll(milliseconds: 100) {
                    heard[$0.topic, default: []].append($0.value?.first)
                }
            }
        }
        try read(control: reader.end(of: "control", timeoutMs: 10_000), status: 5)
        #expect(heard == ["control": [0, 1, 2, 3, 4], "status": [3, 4]])

        try write("control", 5..<7)
        try write("status", 5..<6)
        #expect(try reader.readAgain("control", timeoutMs: 10_000) == 7)
        #expect(reader.position(of: "control") < 7)
        try read(control: 7, status: 6)
        #expect(heard == ["control": [0, 1, 2, 3, 4, 5, 6], "status": [5]])
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
        let writer = try TopicWriter(settings: settings(broker)) { _, _ in }
        defer { writer.close() }
        for number in 0..<1_000 {
            try writer.write(topic: "control", key: Array("a".utf8), value: [UInt8(number & 0xFF)])
            try writer.flush(milliseconds: 10_000, act: "writing")
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
        defer { topic.close() }
        try topic.claim(for: "r")
        for words in [
            [KeyedAnnouncement(key: "a", Announcement(value: [1]))],
            [
                KeyedAnnouncement(key: "b", Announcement(value: [2], signature: "s")),
                KeyedAnnouncement(key: "a", Announcement(value: [3])),
            ],
        ] {
            #expect(try topic.publish(words) == .published)
        }
        #expect(
            try topic.current().mapValues(\.announcement) == [
                "a": Announcement(value: [3]), "b": Announcement(value: [2], signature: "s"),
            ])
        var values: [[UInt8]] = []
        try topic.forEachAnnouncement { _, word in values.append(word.announcement.value) }
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
        let claiming = try #require(throws: SwerveError.self) { try topic.claim(for: "r") }
        #expect(claiming.isRetryable)
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

    @Test("a topic that is missing is told as such only when listings bear it out, and not by poll")
    func missingTopic() throws {
        let broker = try DevelopmentBroker(topics: [("control", 1), ("there", 1)])
        defer { broker.stop() }
        broker.setMissing("control", true)
        let reader = try TopicReader(
            settings: settings(broker), topics: [("control", 1, .beginning)]
        ) { _, _ in }
        defer { reader.close() }
        let error = try #require(throws: SwerveError.self) {
            try reader.end(of: "control", timeoutMs: 30_000)
        }
        #expect(error.code == .notFound)
        #expect(error.problem?.kind == .topicNotFound && !error.remedy.isEmpty)
        // It is there again before anybody was sure.
        broker.setMissing("control", false)
        #expect(try reader.end(of: "control", timeoutMs: 30_000) == 0)
        try reader.poll(milliseconds: 10) { _ in }
    }

    @Test("the development broker is known by its own word")
    func developmentBroker() throws {
        let broker = try DevelopmentBroker(topics: [("in", 1)])
        defer { broker.stop() }
        let administrator = try TopicAdministrator(settings: settings(broker)) { _, _ in }
        defer { administrator.close() }
        #expect(try administrator.isDevelopmentBroker(timeoutMs: 10_000))
    }

    @Test("brokers that list none at first are asked again who they are")
    func startingBroker() throws {
        let broker = try ScriptedBroker.starting((empty: 3, uncontrolled: 0))
        defer { broker.stop() }
        let settings = KafkaSettings(["bootstrap.servers": broker.bootstrap])
        let administrator = try TopicAdministrator(settings: settings) { _, _ in }
        defer { administrator.close() }
        #expect(try !administrator.isDevelopmentBroker(timeoutMs: 20_000))
    }

    @Test("brokers that name no cluster are no development broker")
    func namelessCluster() throws {
        let broker = try ScriptedBroker.starting((empty: 0, uncontrolled: 0), cluster: nil)
        defer { broker.stop() }
        let settings = KafkaSettings(["bootstrap.servers": broker.bootstrap])
        let administrator = try TopicAdministrator(settings: settings) { _, _ in }
        defer { administrator.close() }
        #expect(try !administrator.isDevelopmentBroker(timeoutMs: 20_000))
    }

    @Test("a controller that was not there at first is asked for anew")
    func startingController() throws {
        let asked = Guarded(0)
        let broker = try ScriptedBroker.starting((empty: 1, uncontrolled: 4)) {
            asked.withLock { $0 += 1 }
        }
        defer { broker.stop() }
        let settings = KafkaSettings(["bootstrap.servers": broker.bootstrap])
        let administrator = try TopicAdministrator(settings: settings) { _, _ in }
        defer { administrator.close() }
        try administrator.delete(["gone"], timeoutMs: 20_000)
        // Those without a controller, and the one that names it.
        #expect(asked.withLock { $0 } > 5)
    }

    @Test("brokers out of reach are told with what happens there, not that the time ran out")
    func tellingCause() throws {
        let topic = KafkaControlTopic(
            settings: KafkaSettings(["bootstrap.servers": "127.0.0.1:1"]), topic: "control",
            timeoutMs: 1_500
        ) { _, _ in }
        let error = try #require(throws: SwerveError.self) { try topic.current() }
        #expect(error.description.contains("Connection refused"), "\(error)")
    }

    @Test("what cannot be opened is refused, and what was taken for it goes", arguments: [0, 1, 2])
    func refusedInits(which: Int) throws {
        let long = String(repeating: "t", count: 600)
        let good = KafkaSettings(["bootstrap.servers": "127.0.0.1:1", "group.id": "g"])
        let error = try #require(throws: SwerveError.self) {
            switch which {
            case 0, 1:
                _ = try RecordProducer(
                    settings: good, outputTopic: which == 0 ? long : "out",
                    deadLetterTopic: which == 1 ? long : "dlq", batchCapacity: 1
                ) { _, _ in }
            default:
                let listener = Listener()
                _ = try DataConsumer(
                    settings: good.overlaid(with: KafkaSettings(["no.such.key": "1"])),
                    topic: long, membership: .fixed(slot: 0, total: 1), start: .latest,
                    listener: listener
                ) { _, _ in }
            }
        }
        #expect(error.description.contains(which == 2 ? "no.such.key" : "tttt"), "\(error)")
    }

    @Test("a wrong password is told as one, at once, whatever is asked", arguments: 0..<5)
    func wrongPassword(which: Int) throws {
        let broker = try ScriptedBroker.refusing()
        defer { broker.stop() }
        let settings = KafkaSettings([
            "bootstrap.servers": broker.bootstrap, "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN", "sasl.username": "a", "sasl.password": "b",
        ])
        let error = try #require(throws: SwerveError.self) {
            switch which {
            case 0, 1:
                let topic = KafkaControlTopic(
                    settings: settings, topic: "control", timeoutMs: 60_000
                ) { _, _ in }
                defer { topic.close() }
                if which == 0 {
                    try topic.prepare(for: "r")
                } else {
                    try topic.claim(for: "r")
                }
            case 2:
                let feed = try KafkaStatusFeed(settings: settings, topic: "status") { _, _ in }
                defer { feed.close() }
                while try !feed.poll(milliseconds: 100, { _ in }) {}
            default:
                let administrator = try TopicAdministrator(settings: settings) { _, _ in }
                defer { administrator.close() }
                if which == 3 {
                    _ = try administrator.partitionCounts(of: ["in"], timeoutMs: 60_000)
                } else {
                    _ = try administrator.create(
                        [.control("control")], replication: nil, timeoutMs: 60_000)
                }
            }
        }
        #expect(error.code == .refused && !error.isRetryable)
        #expect(error.description.contains("refuse the credentials"), "\(error)")
        #expect(error.description.contains("Invalid username or password"), "\(error)")
    }
}
