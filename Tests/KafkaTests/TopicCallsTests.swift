import CRdKafka
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Kafka

/// What commands ask of control and status topics, on brokers that refuse.
@Suite("Control topic, status feed and administrator", .blocking)
struct TopicCallsTests {
    private func control(_ broker: FaultyBroker, _ name: String = "control") -> KafkaControlTopic {
        KafkaControlTopic(settings: broker.settings, topic: name, timeoutMs: 30_000) { _, _ in }
    }

    private func publish(
        _ value: [UInt8], signature: String? = nil, on topic: KafkaControlTopic
    ) throws {
        try topic.claim(for: "a")
        #expect(
            try topic.publish([
                KeyedAnnouncement(key: "m", Announcement(value: value, signature: signature))
            ]) == .published)
    }

    @Test("a control topic is read anew each time, also after it was prepared")
    func prepared() throws {
        let broker = try FaultyBroker(topics: [("control", 1)])
        defer { broker.stop() }
        let own = control(broker)
        let other = control(broker)
        defer { for topic in [own, other] { topic.close() } }
        try own.prepare(for: "a")
        #expect(try own.current().isEmpty)
        try publish([1], on: other)
        #expect(try own.current().mapValues(\.announcement.value) == ["m": [1]])
        try publish([2], signature: "s", on: own)
        #expect(try other.current()["m"]?.announcement == Announcement(value: [2], signature: "s"))
        // Closed, it is opened again where it is used.
        own.close()
        #expect(try own.current()["m"]?.announcement.value == [2])
    }

    @Test("every record is handed over, those without a value among them")
    func records() throws {
        let broker = try FaultyBroker(topics: [("control", 1)])
        defer { broker.stop() }
        let topic = control(broker)
        try publish([1], on: topic)
        let writer = try TopicWriter(settings: broker.settings) { _, _ in }
        try writer.write(topic: "control", key: Array("m".utf8), value: nil)
        try writer.flush(milliseconds: 30_000, act: "writing")
        writer.close()
        var records: [ControlTopicRecord] = []
        try topic.forEachRecord { records.append($0) }
        #expect(records.map { $0.stored?.announcement.value } == [[1], nil])
        // Where a broker keeps the ends of transactions, one lies between the two.
        #expect(records.first?.offset == 0 && [1, 2].contains(records.last?.offset))
        var words = 0
        try topic.forEachAnnouncement { _, _ in words += 1 }
        #expect(words == 1)
    }

    @Test("a key that is revoked while somebody watches does not count any more")
    func revoked() throws {
        let broker = try FaultyBroker(topics: [("status", 1)])
        defer { broker.stop() }
        var newer: HeartbeatTrust?
        let feed = try KafkaStatusFeed(
            settings: broker.settings, topic: "status", trust: SignedWords.trust(),
            log: { _, _ in }, trustEveryNs: 0
        ) { newer }
        defer { feed.close() }
        let slot = SlotID(group: "g", slot: 0)
        let value = Heard.record(0).bytes
        let headers = try HeartbeatSigner(
            SignedWords.signer("worker"), topic: "status", slot: slot
        ).headers(of: value)
        let writer = try TopicWriter(settings: broker.settings) { _, _ in }
        defer { writer.close() }
        var beliefs: [HeartbeatTrust.Belief] = []
        for count in 1...2 {
            try writer.write(
                topic: "status", key: Array(slot.description.utf8), value: value,
                headers: headers)
            try writer.flush(milliseconds: 30_000, act: "writing")
            let deadline = Deadline(afterMs: 30_000)
            while beliefs.count < count, !deadline.hasPassed {
                _ = try feed.poll(milliseconds: 100) { beliefs.append($0.belief) }
            }
            newer = SignedWords.trust(of: ["ops", "gone"])
        }
        #expect(
            beliefs == [
                .believed(by: "worker"),
                .refused("key 'worker', which signed it, is not in the trust file"),
            ])
    }

    @Test("brokers that go away while a topic is read are waited for")
    func awayWhileReading() throws {
        let broker = try FaultyBroker(topics: [("control", 1)])
        defer { broker.stop() }
        let topic = control(broker)
        try publish([1], on: topic)
        #expect(try topic.current().count == 1)
        broker.goAway()
        broker.comeBack()
        #expect(try topic.current().mapValues(\.announcement.value) == ["m": [1]])
    }

    @Test("a leader that was on its way is asked once it is there, whatever was known before")
    func leaderOnItsWay() throws {
        let broker = try FaultyBroker(topics: [("status", 1)])
        defer { broker.stop() }
        broker.lead("status", false)
        let reader = try TopicReader(
            settings: broker.settings, topics: [("status", 1, .beginning)]
        ) { _, _ in }
        defer { reader.close() }
        let error = try #require(throws: SwerveError.self) {
            try reader.end(of: "status", timeoutMs: 1_000)
        }
        #expect(error.isRetryable, "\(error)")
        broker.lead("status", true)
        #expect(try reader.end(of: "status", timeoutMs: 30_000) == 0)
    }

    private func status(_ slot: Int, process: String) -> StatusRecord {
        StatusRecord(
            group: "g", slot: slot, total: 2, model: "m",
            incarnation: .init(id: process, startedAtMs: 1, host: "h", pid: 7), phase: .serving)
    }

    @Test("a status feed tells old from new, passes over what is none, and tells who left")
    func statusFeed() throws {
        let broker = try FaultyBroker(topics: [("status", 1)])
        defer { broker.stop() }
        let writer = try TopicWriter(settings: broker.settings) { _, _ in }
        defer { writer.close() }
        func write(_ key: String, _ value: [UInt8]?) throws {
            try writer.write(topic: "status", key: Array(key.utf8), value: value)
            try writer.flush(milliseconds: 30_000, act: "writing")
        }
        try write("g/0", status(0, process: "a").bytes)
        try write("g/0", status(0, process: "a").bytes)
        try write("no slot", status(0, process: "a").bytes)
        try write("g/1", Array("no JSON".utf8))
        let feed = try KafkaStatusFeed(settings: broker.settings, topic: "status") { _, _ in }
        defer { feed.close() }
        var news: [HeardStatus] = []
        while try !feed.poll(milliseconds: 100, { news.append($0) }) {}
        // Of one process's heartbeats the newest is enough.
        #expect(news.map(\.slot) == [SlotID(group: "g", slot: 0)])
        #expect(news.allSatisfy(\.isOld) && feed.fault == nil)
        news = []
        try write("g/1", status(1, process: "b").bytes)
        try write("g/0", nil)
        while news.count < 2 { _ = try feed.poll(milliseconds: 100) { news.append($0) } }
        #expect(news.map(\.slot.slot) == [1, 0] && !news.contains(where: \.isOld))
        #expect(news[0].record?.incarnation.id == "b" && news[1].record == nil)
    }

    @Test("a status feed without brokers is no error: it says that the end is not reached, and why")
    func statusFeedAway() throws {
        let feed = try KafkaStatusFeed(
            settings: KafkaSettings(["bootstrap.servers": "127.0.0.1:1"]), topic: "status"
        ) { _, _ in }
        defer { feed.close() }
        #expect(try !feed.poll(milliseconds: 10) { _ in Issue.record("news from nobody") })
        #expect(feed.fault?.contains("Connection refused") == true, "\(feed.fault ?? "none")")
    }

    @Test(
        "the administrator tells partitions and replicas, and that a development broker makes none")
    func administrator() throws {
        let broker = try FaultyBroker(topics: [("in", 3)])
        defer { broker.stop() }
        let administrator = try TopicAdministrator(settings: broker.settings) { _, _ in }
        defer { administrator.close() }
        #expect(
            try administrator.partitionCounts(of: ["in"], isConfirming: true, timeoutMs: 30_000)
                == ["in": 3])
        let replication = try administrator.replication(of: "in", timeoutMs: 30_000)
        #expect(replication.brokers == 1 && replication.replicas == 1)
        #expect(throws: SwerveError.self) {
            try administrator.create([.control("new")], replication: nil, timeoutMs: 500)
        }
        let error = try #require(throws: SwerveError.self) {
            try administrator.create(
                [.control(String(repeating: "t", count: 600))], replication: nil, timeoutMs: 500)
        }
        #expect(!"\(error)".isEmpty)
    }
}
