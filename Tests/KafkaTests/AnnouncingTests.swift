import CRdKafka
import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Kafka

/// The right to announce, and announcements in a transaction: on the mock as far as it goes, and
/// on a real broker.
@Suite("Announcing on the control topic", .serialized, .blocking)
struct AnnouncingTests {
    private static let real: String? = {
        let value = ProcessInfo.processInfo.environment["SWERVE_TEST_BOOTSTRAP"] ?? ""
        return value.isEmpty ? nil : value
    }()

    private static func topic(
        _ settings: KafkaSettings, _ name: String = "control"
    ) -> KafkaControlTopic {
        KafkaControlTopic(settings: settings, topic: name, timeoutMs: 30_000) { _, _ in }
    }

    private static func words(_ values: UInt8...) -> [KeyedAnnouncement] {
        values.map { KeyedAnnouncement(key: "m", Announcement(value: [$0])) }
    }

    private func newest(_ topic: KafkaControlTopic) throws -> [UInt8]? {
        try topic.current()["m"]?.announcement.value
    }

    // MARK: - On the mock

    @Test("without the right nothing is published")
    func withoutRight() throws {
        let broker = try FaultyBroker(topics: [("control", 1)])
        defer { broker.stop() }
        let topic = Self.topic(broker.settings)
        defer { topic.close() }
        #expect(throws: SwerveError.self) { try topic.publish(Self.words(1)) }
        try topic.claim(for: "r")
        #expect(try topic.publish(Self.words(1)) == .published)
        #expect(try newest(topic) == [1])
        // A development broker fences nobody, by its own word.
        #expect(try !topic.isFencing())
    }

    @Test("overtaken, it has written nothing, and goes on once it takes the right anew")
    func overtaken() throws {
        let broker = try FaultyBroker(topics: [("control", 1)])
        defer { broker.stop() }
        let topic = Self.topic(broker.settings)
        defer { topic.close() }
        try topic.prepare(for: "r")
        try topic.claim(for: "r")
        broker.answer(
            .addPartitionsToTransaction, with: [RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH])
        guard case .overtaken = try topic.publish(Self.words(1)) else {
            Issue.record("it was published")
            return
        }
        #expect(try newest(topic) == nil)
        try topic.claim(for: "r")
        #expect(try topic.publish(Self.words(2)) == .published)
        #expect(try newest(topic) == [2])
    }

    @Test(
        "a right that is missing is named, and waiting does not help",
        arguments: [
            (
                .initProducerID, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                "Write on transactional id swerve-outbox-r"
            ),
            (
                .addPartitionsToTransaction, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                "Write on topic control"
            ),
            (.produce, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "Write on topic control"),
        ] as [(FaultyBroker.Request, rd_kafka_resp_err_t, String)])
    func denied(request: FaultyBroker.Request, code: rd_kafka_resp_err_t, right: String) throws {
        let broker = try FaultyBroker(topics: [("control", 1)])
        defer { broker.stop() }
        let topic = Self.topic(broker.settings)
        defer { topic.close() }
        broker.answer(request, with: [code])
        let error = try #require(throws: SwerveError.self) {
            try topic.claim(for: "r")
            _ = try topic.publish(Self.words(1))
        }
        #expect(error.code == .refused && !error.isRetryable, "\(error)")
        #expect("\(error)".contains(right), "\(error)")
        // Once it is given, the same goes through.
        try topic.claim(for: "r")
        #expect(try topic.publish(Self.words(2)) == .published)
    }

    @Test("a coordinator that is loading is waited for")
    func loading() throws {
        let broker = try FaultyBroker(topics: [("control", 1)])
        defer { broker.stop() }
        broker.answer(
            .initProducerID,
            with: Array(repeating: RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, count: 3))
        let topic = Self.topic(broker.settings)
        defer { topic.close() }
        try topic.prepare(for: "r")
        try topic.claim(for: "r")
        broker.answer(
            .endTransaction,
            with: Array(repeating: RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, count: 3))
        #expect(try topic.publish(Self.words(1)) == .published)
    }

    @Test("a transaction that a moving leader ends is made again")
    func movingLeader() throws {
        let broker = try FaultyBroker(topics: [("control", 1)])
        defer { broker.stop() }
        let topic = Self.topic(broker.settings)
        defer { topic.close() }
        try topic.prepare(for: "r")
        try topic.claim(for: "r")
        broker.answer(
            .addPartitionsToTransaction,
            with: [
                RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            ])
        #expect(try topic.publish(Self.words(1)) == .published)
        #expect(try newest(topic) == [1])
    }

    @Test("brokers without transactions are told as such, as passing, when the time is over")
    func withoutTransactions() throws {
        let broker = try FaultyBroker(topics: [("control", 1)])
        defer { broker.stop() }
        broker.answer(
            .findCoordinator,
            with: Array(repeating: RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, count: 100))
        let topic = KafkaControlTopic(
            settings: broker.settings, topic: "control", timeoutMs: 1_000
        ) { _, _ in }
        defer { topic.close() }
        let error = try #require(throws: SwerveError.self) { try topic.claim(for: "r") }
        #expect(error.isRetryable && "\(error)".contains("__transaction_state"), "\(error)")
    }

    // MARK: - On a real broker

    /// A control topic of its own, and what clears it away.
    private func withTopic(_ body: (KafkaSettings, String) throws -> Void) throws {
        let settings = KafkaSettings([
            "bootstrap.servers": Self.real ?? "", "fetch.wait.max.ms": "10",
        ])
        let name = "announcing-\(UUID().uuidString.prefix(8).lowercased())"
        let administrator = try TopicAdministrator(settings: settings) { _, _ in }
        defer { administrator.close() }
        _ = try administrator.create([.control(name)], replication: nil, timeoutMs: 30_000)
        defer { _ = try? administrator.delete([name], timeoutMs: 30_000) }
        try body(settings, name)
    }

    @Test(
        "who was stopped between look and write publishes nothing behind who came later",
        .enabled(if: AnnouncingTests.real != nil, "needs a broker that fences"))
    func stoppedBetween() throws {
        try withTopic { settings, name in
            let registry = UUID().uuidString
            let older = Self.topic(settings, name)
            defer { older.close() }
            try older.prepare(for: registry)
            try older.claim(for: registry)
            #expect(try older.isFencing())
            // It has looked, and is stopped. Another one announces meanwhile.
            let later = Self.topic(settings, name)
            defer { later.close() }
            try later.prepare(for: registry)
            try later.claim(for: registry)
            #expect(try later.publish(Self.words(6)) == .published)
            #expect(try newest(later) == [6])
            guard case .overtaken = try older.publish(Self.words(5)) else {
                Issue.record("the older one was published")
                return
            }
            let fresh = Self.topic(settings, name)
            defer { fresh.close() }
            var values: [[UInt8]] = []
            try fresh.forEachAnnouncement { _, word in values.append(word.announcement.value) }
            #expect(values == [[6]])
            // It looks anew, and then it may.
            try older.claim(for: registry)
            #expect(try newest(older) == [6])
            #expect(try older.publish(Self.words(7)) == .published)
            #expect(try newest(older) == [7])
            // Another registry's right is another one.
            let other = Self.topic(settings, name)
            defer { other.close() }
            let another = UUID().uuidString
            try other.prepare(for: another)
            try other.claim(for: another)
            #expect(try older.publish(Self.words(8)) == .published)
        }
    }

    @Test(
        "what was written and not finished is read by nobody, and ends where a next one announces",
        .enabled(if: AnnouncingTests.real != nil, "needs a broker that keeps transactions"))
    func unfinished() throws {
        try withTopic { settings, name in
            let registry = UUID().uuidString
            let whole = Self.topic(settings, name)
            defer { whole.close() }
            try whole.prepare(for: registry)
            try whole.claim(for: registry)
            #expect(try whole.publish(Self.words(1)) == .published)
            whole.close()
            // A process that dies between writing and finishing.
            var settingsOfDead = settings
            settingsOfDead["transactional.id"] = KafkaNames().announcer(of: registry)
            let dead = try unsafe KafkaHandle(
                RD_KAFKA_PRODUCER, settings: settingsOfDead, act: "dying"
            ) { _, _ in }
            let destination = unsafe rd_kafka_topic_new(dead.raw, name, nil)
            #expect(unsafe rd_kafka_init_transactions(dead.raw, 30_000) == nil)
            #expect(unsafe rd_kafka_begin_transaction(dead.raw) == nil)
            let record = HeadedRecord(key: Array("m".utf8), value: [9], headers: [("a", "b")])
            if let destination = unsafe destination {
                _ = unsafe record.produce(dead.raw, destination, partition: 0)
            }
            _ = unsafe rd_kafka_flush(dead.raw, 30_000)
            unsafe rd_kafka_topic_destroy(destination)
            dead.destroy()

            // Neither believed nor waited for.
            let reader = Self.topic(settings, name)
            defer { reader.close() }
            #expect(try newest(reader) == [1])
            let next = Self.topic(settings, name)
            defer { next.close() }
            try next.prepare(for: registry)
            try next.claim(for: registry)
            #expect(try newest(next) == [1])
            #expect(try next.publish(Self.words(2)) == .published)
            #expect(try newest(next) == [2])
            #expect(try newest(reader) == [2])
        }
    }
}
