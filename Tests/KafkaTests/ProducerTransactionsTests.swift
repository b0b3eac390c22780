import CRdKafka
import Foundation
import Lifecycle
import TestSupport
import Testing

@testable import Kafka

/// Predictions and offsets in one transaction: on the mock as far as its transactions go, which
/// keep no offsets and take nothing back, and on a real broker.
@Suite("ProducerTransactions", .serialized, .blocking)
struct ProducerTransactionsTests {
    private static let real: String? = {
        let value = ProcessInfo.processInfo.environment["SWERVE_TEST_BOOTSTRAP"] ?? ""
        return value.isEmpty ? nil : value
    }()

    /// A producer with its transactions, and a consumer whose offsets they commit.
    private final class Stand {
        let producer: RecordProducer
        let transactions: ProducerTransactions
        let deliveries = Deliveries()
        let listener = Listener()
        let consumer: DataConsumer

        init(
            _ settings: KafkaSettings, input: String = "in", output: String = "out",
            membership: GroupMembership = .fixed(slot: 0, total: 1)
        ) throws {
            producer = try RecordProducer(
                settings: settings, outputTopic: output, deadLetterTopic: "\(output)-dead",
                batchCapacity: 8,
                transactionalID: ProducerTransactions.transactionalID(
                    of: SlotID(group: input, slot: 0))
            ) { _, _ in }
            transactions = ProducerTransactions(of: producer)
            producer.listener = deliveries
            consumer = try DataConsumer(
                settings: settings.withDefaults(["group.id": input]), topic: input,
                membership: membership, start: .earliest, commits: .withTransactions,
                listener: listener
            ) { _, _ in }
            transactions.consumer = consumer
        }

        func close() {
            consumer.close()
            producer.close()
        }

        func send(_ value: UInt8) throws {
            try unsafe [value].withUnsafeBufferPointer { bytes in
                unsafe producer.append(value: bytes, key: nil, partition: 0, tag: 1)
                try producer.send()
            }
        }

        /// Until the brokers have acknowledged so many in all.
        func awaitDeliveries(_ count: Int) {
            while deliveries.all.reduce(0, { $0 + $1.count }) < count {
                producer.serve(milliseconds: 100)
            }
        }

        /// The first answer to `call` that is not passing; reports are served between two tries.
        func answer(_ call: (Int32) -> TransactionAnswer) -> TransactionAnswer {
            while true {
                let answer = call(100)
                guard case .passing = answer else { return answer }
                producer.serve(milliseconds: 0)
            }
        }

        func take() { #expect(answer(transactions.take) == .done) }

        func sendOffsets(_ offset: Int64) -> TransactionAnswer {
            answer { milliseconds in
                transactions.sendOffsets(
                    [PartitionOffset(partition: 0, offset: offset)], timeoutMs: milliseconds)
            }
        }
    }

    private static let topics: [(name: String, partitions: Int)] = [
        ("in", 1), ("out", 1), ("out-dead", 1),
    ]

    private func withMock(_ body: (FaultyBroker, Stand) throws -> Void) throws {
        let broker = try FaultyBroker(topics: Self.topics)
        defer { broker.stop() }
        let stand = try Stand(broker.settings)
        defer { stand.close() }
        try body(broker, stand)
    }

    // MARK: - On the mock

    @Test("records and offsets are committed together, one transaction after the other")
    func commits() throws {
        try withMock { broker, stand in
            stand.take()
            for number in 1...2 as ClosedRange<UInt8> {
                #expect(stand.transactions.begin() == .done)
                try stand.send(number)
                stand.awaitDeliveries(Int(number))
                #expect(stand.sendOffsets(Int64(number)) == .done)
                #expect(stand.answer(stand.transactions.commit) == .done)
            }
            #expect(try broker.read("out", count: 2).map(\.value) == [[1], [2]])
        }
    }

    @Test("a transaction is taken back with records out whose reports nobody has taken")
    func aborts() throws {
        try withMock { broker, stand in
            stand.take()
            #expect(stand.transactions.begin() == .done)
            try stand.send(1)
            #expect(stand.answer(stand.transactions.abort) == .done)
            #expect(stand.transactions.begin() == .done)
            try stand.send(2)
            stand.awaitDeliveries(2)
            #expect(stand.sendOffsets(1) == .done)
            #expect(stand.answer(stand.transactions.commit) == .done)
        }
    }

    @Test("records that an abort drops are failed deliveries, and no faults of the producer's")
    func dropped() throws {
        try withMock { broker, stand in
            stand.take()
            #expect(stand.transactions.begin() == .done)
            let busy = Array(repeating: RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, count: 1_000)
            broker.answer(.produce, with: busy)
            try stand.send(1)
            #expect(stand.answer(stand.transactions.abort) == .done)
            stand.awaitDeliveries(1)
            let failures = stand.deliveries.all.map { $0.failure ?? "" }
            #expect(failures.allSatisfy { $0.contains("_PURGE_") }, "\(failures)")
            #expect(stand.producer.takeFaults().isEmpty && stand.producer.fatalFault == nil)
        }
    }

    @Test("what is passing is told as that, and the same call goes on with it")
    func passing() throws {
        try withMock { broker, stand in
            broker.answer(
                .initProducerID,
                with: Array(repeating: RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, count: 3))
            guard case .passing(let error) = stand.transactions.take(timeoutMs: 1) else {
                Issue.record("it was taken at once")
                return
            }
            #expect(error.isRetryable, "\(error)")
            stand.take()
            #expect(stand.transactions.begin() == .done)
            try stand.send(1)
            stand.awaitDeliveries(1)
            broker.answer(
                .addOffsetsToTransaction, with: [RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS])
            broker.answer(
                .commitOffsetsOfTransaction, with: [RD_KAFKA_RESP_ERR_NOT_COORDINATOR])
            #expect(stand.sendOffsets(1) == .done)
            broker.answer(
                .endTransaction,
                with: Array(repeating: RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, count: 3))
            #expect(stand.answer(stand.transactions.commit) == .done)
        }
    }

    @Test("a member whose generation is over cannot commit, and its transaction is taken back")
    func staleMember() throws {
        try withMock { broker, stand in
            stand.take()
            #expect(stand.transactions.begin() == .done)
            try stand.send(1)
            stand.awaitDeliveries(1)
            broker.answer(
                .commitOffsetsOfTransaction, with: [RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION])
            guard case .needsAbort(let error) = stand.sendOffsets(1) else {
                Issue.record("it could")
                return
            }
            #expect(error.isRetryable, "a new process heals it: \(error)")
            #expect(stand.answer(stand.transactions.abort) == .done)
        }
    }

    @Test(
        "whoever has lost its place is told so by any call",
        arguments: [
            (FaultyBroker.Request.endTransaction, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH),
            (.commitOffsetsOfTransaction, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID),
        ])
    func fenced(request: FaultyBroker.Request, code: rd_kafka_resp_err_t) throws {
        try withMock { broker, stand in
            stand.take()
            #expect(stand.transactions.begin() == .done)
            try stand.send(1)
            stand.awaitDeliveries(1)
            broker.answer(request, with: [code])
            var answer = stand.sendOffsets(1)
            if answer == .done { answer = stand.answer(stand.transactions.commit) }
            guard case .fenced = answer else {
                Issue.record("\(answer)")
                return
            }
        }
    }

    @Test("a right that is missing is told as one, by its name")
    func denied() throws {
        try withMock { broker, stand in
            broker.answer(
                .initProducerID, with: [RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED])
            guard case .broken(let error) = stand.answer(stand.transactions.take) else {
                Issue.record("it was taken")
                return
            }
            #expect(error.code == .refused)
            #expect(error.reason.contains("Write on transactional id in-0-stream"), "\(error)")
        }
    }

    @Test("a record that the brokers refuse leaves nothing but an abort")
    func refusedRecord() throws {
        try withMock { broker, stand in
            stand.take()
            #expect(stand.transactions.begin() == .done)
            broker.answer(.produce, with: [RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE])
            try stand.send(1)
            stand.awaitDeliveries(1)
            #expect(stand.deliveries.all.allSatisfy { $0.failure != nil })
            guard case .needsAbort = stand.sendOffsets(1) else {
                Issue.record("its offsets were taken")
                return
            }
            #expect(stand.answer(stand.transactions.abort) == .done)
        }
    }

    @Test("a slot's id begins with its group, and is no other slot's and not its claim's")
    func identifiers() {
        let groups = [
            "g", "g-1", "g-1-stream", "a b", "a%20b", "ü", String(repeating: "é", count: 100),
        ]
        var seen: Set<String> = []
        for group in groups {
            for slot in [0, 1, 11, 1_023] {
                let place = SlotID(group: group, slot: slot)
                let id = ProducerTransactions.transactionalID(of: place)
                #expect(seen.insert(id).inserted, "\(id)")
                #expect(seen.insert(SlotClaim.transactionalID(of: place)).inserted, "\(id)")
                #expect(id.hasPrefix("\(group)-"), "access rules by prefix name the group")
            }
        }
        #expect(
            ProducerTransactions.transactionalID(of: SlotID(group: "a b", slot: 3))
                == "a b-3-stream")
    }

    // MARK: - On a real broker

    /// Input and outputs of its own, and what clears them away.
    private func withTopics(_ body: (KafkaSettings, String, String) throws -> Void) throws {
        let settings = KafkaSettings(["bootstrap.servers": Self.real ?? ""])
        let input = "transactions-\(UUID().uuidString.prefix(8).lowercased())"
        let topics = [input, "\(input)-out", "\(input)-out-dead"]
        let administrator = try TopicAdministrator(settings: settings) { _, _ in }
        defer { administrator.close() }
        _ = try administrator.create(
            topics.map { .data($0, partitions: 1) }, replication: nil, timeoutMs: 30_000)
        defer { _ = try? administrator.delete(topics, timeoutMs: 30_000) }
        try body(settings, input, topics[1])
    }

    /// What readers of committed records see.
    private func committed(_ settings: KafkaSettings, _ topic: String) throws -> [[UInt8]] {
        let reader = try TopicReader(
            settings: settings, topics: [(topic, 1, .beginning)]
        ) { _, _ in }
        defer { reader.close() }
        let end = try reader.end(of: topic, partition: 0, timeoutMs: 30_000)
        var values: [[UInt8]] = []
        while reader.position(of: topic, partition: 0) < end {
            try reader.poll(milliseconds: 100) { values.append($0.value ?? []) }
        }
        return values
    }

    @Test(
        "a later process takes the id: what the older one had open counts for nothing, and it ends",
        .enabled(if: ProducerTransactionsTests.real != nil, "needs a broker that fences"))
    func twins() throws {
        try withTopics { settings, input, output in
            let older = try Stand(settings, input: input, output: output)
            defer { older.close() }
            older.take()
            #expect(older.transactions.begin() == .done)
            try older.send(1)
            older.awaitDeliveries(1)
            let later = try Stand(settings, input: input, output: output)
            defer { later.close() }
            later.take()
            #expect(later.transactions.begin() == .done)
            try later.send(2)
            later.awaitDeliveries(1)
            #expect(later.sendOffsets(1) == .done)
            #expect(later.answer(later.transactions.commit) == .done)
            var answer = older.sendOffsets(1)
            if answer == .done { answer = older.answer(older.transactions.commit) }
            guard case .fenced = answer else {
                Issue.record("\(answer)")
                return
            }
            #expect(try committed(settings, output) == [[2]])
        }
    }

    @Test(
        "the group says that a later process has a static member's place",
        .enabled(if: ProducerTransactionsTests.real != nil, "needs a broker that lists members"))
    func replacedMember() throws {
        try withTopics { settings, input, output in
            let listeners = [Listener(), Listener()]
            let consumers = try listeners.map { listener in
                try DataConsumer(
                    settings: settings.withDefaults(["group.id": input]), topic: input,
                    membership: .static(instanceID: "\(input)-0"), start: .earliest,
                    commits: .withTransactions, listener: listener
                ) { _, _ in }
            }
            defer { consumers.forEach { $0.close() } }
            let batch = RecordBatch(capacity: 1)
            for (consumer, listener) in zip(consumers, listeners) {
                try consumer.begin(partitionCount: 1)
                while listener.assignments.isEmpty {
                    consumer.poll(into: batch, milliseconds: 100)
                }
                #expect(consumer.standing(timeoutMs: 30_000) == .free)
            }
            guard case .replaced = consumers[0].standing(timeoutMs: 30_000) else {
                Issue.record("the older one has its place still")
                return
            }
        }
    }

    @Test(
        "offsets count with their transaction alone: the next member begins behind a committed one",
        .enabled(if: ProducerTransactionsTests.real != nil, "needs a broker that keeps offsets"))
    func offsets() throws {
        try withTopics { settings, input, output in
            let writer = try TopicWriter(settings: settings) { _, _ in }
            for number in 0..<4 as Range<UInt8> {
                try writer.write(topic: input, key: [], value: [number])
            }
            try writer.flush(milliseconds: 30_000, act: "writing")
            writer.close()
            /// The first record that a new member of the group reads.
            func first(_ stand: Stand) throws -> Int64 {
                let batch = RecordBatch(capacity: 1)
                defer { batch.release() }
                try stand.consumer.begin(partitionCount: 1)
                while true {
                    stand.consumer.poll(into: batch, milliseconds: 100)
                    if batch.count > 0, let record = batch.record(at: 0) { return record.offset }
                }
            }
            for (isCommitted, expected) in [(true, 0), (false, 2), (false, 2)] as [(Bool, Int64)] {
                let stand = try Stand(
                    settings, input: input, output: output,
                    membership: .static(instanceID: "\(input)-0"))
                defer { stand.close() }
                stand.take()
                #expect(try first(stand) == expected)
                #expect(stand.transactions.begin() == .done)
                try stand.send(UInt8(expected))
                stand.awaitDeliveries(1)
                #expect(stand.sendOffsets(expected + 2) == .done)
                let end = isCommitted ? stand.transactions.commit : stand.transactions.abort
                #expect(stand.answer(end) == .done)
            }
            #expect(try committed(settings, output) == [[0]])
        }
    }
}
