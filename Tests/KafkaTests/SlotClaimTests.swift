import CRdKafka
import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Kafka

/// A slot's claim: on the mock as far as its transactions go, and on a real broker.
@Suite("SlotClaim", .serialized, .blocking)
struct SlotClaimTests {
    private static let real: String? = {
        let value = ProcessInfo.processInfo.environment["SWERVE_TEST_BOOTSTRAP"] ?? ""
        return value.isEmpty ? nil : value
    }()

    private static func claim(
        _ settings: KafkaSettings, topic: String, transactionMs: Int = 10_000
    ) -> SlotClaim {
        SlotClaim(
            settings: settings, slot: SlotID(group: topic, slot: 0), topic: topic,
            transactionMs: transactionMs
        ) { _, _ in }
    }

    private let word = SlotClaim.Word(key: [1], value: [2, 3])

    /// Turns until the claim says `wanted`.
    private func wait(for wanted: SlotClaim.Standing, _ claim: SlotClaim) {
        while claim.turn(timeoutMs: 250) != wanted {}
    }

    // MARK: - On the mock

    @Test("it takes the place and is told that it holds it; its word is on the topic")
    func holds() throws {
        let broker = try FaultyBroker(topics: [("status", 1)])
        defer { broker.stop() }
        let claim = Self.claim(broker.settings, topic: "status")
        defer { claim.close() }
        #expect(claim.turn(timeoutMs: 30_000) == .held)
        #expect(claim.turn(timeoutMs: 30_000) == nil)
        #expect(claim.turn(asking: word, timeoutMs: 30_000) == .held)
        let records = try broker.read("status", count: 1)
        #expect(records.first?.value == [2, 3])
    }

    @Test("a coordinator that is loading at the start is asked again until it gives the place")
    func loading() throws {
        let broker = try FaultyBroker(topics: [("status", 1)])
        defer { broker.stop() }
        broker.answer(
            .initProducerID,
            with: Array(repeating: RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, count: 3))
        let claim = Self.claim(broker.settings, topic: "status")
        defer { claim.close() }
        guard case .unknown(let error) = claim.turn(timeoutMs: 1) else {
            Issue.record("it was given at once")
            return
        }
        #expect(error.isRetryable, "\(error)")
        wait(for: .held, claim)
    }

    @Test("fenced as it asks, the place is another's")
    func fenced() throws {
        let broker = try FaultyBroker(topics: [("status", 1)])
        defer { broker.stop() }
        let claim = Self.claim(broker.settings, topic: "status")
        defer { claim.close() }
        #expect(claim.turn(timeoutMs: 30_000) == .held)
        broker.answer(.endTransaction, with: [RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH])
        guard case .taken = claim.turn(asking: word, timeoutMs: 30_000) else {
            Issue.record("it is held")
            return
        }
        #expect(claim.turn(asking: word, timeoutMs: 30_000) == nil)
    }

    @Test("a right that is missing is told as one, by its name")
    func denied() throws {
        let broker = try FaultyBroker(topics: [("status", 1)])
        defer { broker.stop() }
        broker.answer(
            .initProducerID, with: [RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED])
        let claim = Self.claim(broker.settings, topic: "status")
        defer { claim.close() }
        guard case .unknown(let error) = claim.turn(timeoutMs: 30_000) else {
            Issue.record("it is held")
            return
        }
        #expect(error.code == .refused)
        #expect(error.reason.contains("Write on transactional id status-0-claim"), "\(error)")
    }

    /// Asks until the place is held.
    ///
    /// - Returns: what was said until then.
    private func ask(_ claim: SlotClaim) -> [String] {
        var words: [String] = []
        while true {
            switch claim.turn(asking: word, timeoutMs: 200) {
            case .held: return words
            case .unknown(let error): words.append(error.reason)
            case .taken(let reason):
                Issue.record("taken: \(reason)")
                return words
            case nil: break
            }
        }
    }

    @Test("a question that is taken back, slowly, is followed by the next one")
    func aborting() throws {
        let broker = try FaultyBroker(topics: [("status", 1)])
        defer { broker.stop() }
        let claim = Self.claim(broker.settings, topic: "status")
        defer { claim.close() }
        #expect(claim.turn(timeoutMs: 30_000) == .held)
        // The commit fails for good, and the abort takes many tries.
        broker.answer(
            .endTransaction,
            with: [RD_KAFKA_RESP_ERR_UNKNOWN]
                + Array(repeating: RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, count: 20))
        var words: [String] = []
        while !claim.isAborting {
            if case .unknown(let error) = claim.turn(asking: word, timeoutMs: 100) {
                words.append(error.reason)
            }
        }
        words += ask(claim)
        #expect(!words.isEmpty)
        #expect(!words.contains { $0.contains("Conflicting") }, "\(words)")
    }

    @Test("brokers that go away in the middle of a question and come back leave the claim whole")
    func outage() throws {
        let broker = try FaultyBroker(topics: [("status", 1)])
        defer { broker.stop() }
        let claim = Self.claim(broker.settings, topic: "status", transactionMs: 1_000)
        defer { claim.close() }
        #expect(claim.turn(timeoutMs: 30_000) == .held)
        broker.goAway()
        // For longer than the word is tried.
        for _ in 0..<20 { _ = claim.turn(asking: word, timeoutMs: 100) }
        broker.comeBack()
        let words = ask(claim)
        #expect(!words.contains { $0.contains("Conflicting") }, "\(words)")
    }

    // MARK: - On a real broker

    /// A status topic of its own, and what clears it away.
    private func withTopic(_ body: (KafkaSettings, String) throws -> Void) throws {
        let settings = KafkaSettings(["bootstrap.servers": Self.real ?? ""])
        let topic = "claim-\(UUID().uuidString.prefix(8).lowercased())"
        let administrator = try TopicAdministrator(settings: settings) { _, _ in }
        defer { administrator.close() }
        _ = try administrator.create(
            [.data(topic, partitions: 1)], replication: nil,
            timeoutMs: 30_000)
        defer { _ = try? administrator.delete([topic], timeoutMs: 30_000) }
        try body(settings, topic)
    }

    @Test(
        "of two processes the broker names the later one, and the older one only as it asks",
        .enabled(if: SlotClaimTests.real != nil, "needs a broker that fences"))
    func twins() throws {
        try withTopic { settings, topic in
            let older = Self.claim(settings, topic: topic)
            defer { older.close() }
            wait(for: .held, older)
            #expect(older.turn(asking: word, timeoutMs: 30_000) == .held)
            let later = Self.claim(settings, topic: topic)
            defer { later.close() }
            wait(for: .held, later)
            guard case .taken = older.turn(asking: word, timeoutMs: 30_000) else {
                Issue.record("the older one holds it too")
                return
            }
            #expect(later.turn(asking: word, timeoutMs: 30_000) == .held)
        }
    }

    /// Asks, and leaves the question open, with its word on the topic.
    ///
    /// - Returns: where the topic ends with the mark by which the coordinator ends the question.
    private func leaveOpen(_ claim: SlotClaim, end: () throws -> Int64) throws -> Int64 {
        while true {
            // A question that was asked in vain may have left its word and its mark.
            let before = try end()
            // Too short for the answer: what is written stays open.
            _ = claim.turn(asking: word, timeoutMs: 1)
            let deadline = Deadline(afterMs: 5_000)
            while !deadline.hasPassed { if try end() > before { return before + 2 } }
            // A busy machine did not send it within the transaction's time: it is taken back.
            while claim.isOpen { _ = claim.turn(timeoutMs: 1_000) }
        }
    }

    @Test(
        "a question that the coordinator ended for its age is no sign of another process",
        .enabled(if: SlotClaimTests.real != nil, "needs a broker that ends transactions"))
    func outlived() throws {
        try withTopic { settings, topic in
            let claim = Self.claim(settings, topic: topic, transactionMs: 1_000)
            defer { claim.close() }
            wait(for: .held, claim)
            let reader = try TopicReader(
                settings: settings, topics: [(topic, 1, .beginning)]
            ) { _, _ in }
            defer { reader.close() }
            let end = { () throws(SwerveError) in try reader.end(of: topic, timeoutMs: 30_000) }
            let ended = try leaveOpen(claim, end: end)
            while try end() < ended {}
            var standings: [SlotClaim.Standing] = []
            while standings.last != .held {
                if let standing = claim.turn(timeoutMs: 1_000) { standings.append(standing) }
            }
            #expect(
                standings.dropLast().contains { standing in
                    guard case .unknown(let error) = standing else { return false }
                    return error.reason.contains("anew")
                }, "\(standings)")
            #expect(claim.turn(asking: word, timeoutMs: 30_000) == .held)
        }
    }
}
