import CRdKafka
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Kafka

/// Taking partitions, reading them, and which offsets are committed.
@Suite("DataConsumer", .blocking)
struct DataConsumerTests {
    /// A topic of four partitions with three records each, whose value is their partition and
    /// number.
    private final class Input {
        let broker: FaultyBroker

        init() throws {
            broker = try FaultyBroker(topics: [("in", 4)])
            let writer = try TopicWriter(settings: broker.settings) { _, _ in }
            defer { writer.close() }
            for partition in 0..<Int32(4) {
                for number in 0..<UInt8(3) {
                    try writer.write(
                        topic: "in", partition: partition, key: [9],
                        value: [UInt8(partition), number])
                }
            }
            try writer.flush(milliseconds: 30_000, act: "writing")
        }

        deinit { broker.stop() }

        func consumer(
            _ listener: some AssignmentListener, _ membership: GroupMembership,
            start: StartPosition = .earliest, settings: [String: String] = [:]
        ) throws -> DataConsumer {
            try DataConsumer(
                settings: broker.settings.overlaid(
                    with: KafkaSettings(["group.id": "g", "session.timeout.ms": "6000"])
                ).overlaid(with: KafkaSettings(settings)),
                topic: "in", membership: membership, start: start, listener: listener
            ) { _, _ in }
        }

        /// A member that has its partitions by a rule of its own, and what it reads.
        func read(
            slot: Int = 0, total: Int = 1, count: Int, storing: [PartitionOffset] = []
        ) throws -> [PartitionOffset] {
            let listener = Listener()
            let consumer = try consumer(listener, .fixed(slot: slot, total: total))
            defer { consumer.close() }
            try consumer.begin(partitionCount: 4)
            let found = records(consumer, count: count)
            consumer.store(storing)
            return found
        }

        /// At least `count` records, by place.
        func records(_ consumer: DataConsumer, count: Int) -> [PartitionOffset] {
            let batch = RecordBatch(capacity: 5)
            defer { batch.release() }
            var found: [PartitionOffset] = []
            while found.count < count {
                consumer.poll(into: batch, milliseconds: 50)
                for index in 0..<batch.count {
                    guard let record = batch.record(at: index) else { continue }
                    found.append(
                        PartitionOffset(partition: record.partition, offset: record.offset))
                }
            }
            return found.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
        }
    }

    private func places(_ partitions: [Int32], from first: Int64 = 0) -> [PartitionOffset] {
        partitions.flatMap { partition in
            (first..<3).map { PartitionOffset(partition: partition, offset: $0) }
        }
    }

    @Test("fixed members take partition modulo total, and read each record once")
    func fixed() throws {
        let input = try Input()
        #expect(try input.read(slot: 0, total: 2, count: 6) == places([0, 2]))
        #expect(try input.read(slot: 1, total: 2, count: 6) == places([1, 3]))
        #expect(try input.read(slot: 2, total: 3, count: 3) == places([2]))
    }

    @Test("a record's bytes are as they were written; a null value is no empty one")
    func bytes() throws {
        let broker = try FaultyBroker(topics: [("in", 1)])
        defer { broker.stop() }
        let writer = try TopicWriter(settings: broker.settings) { _, _ in }
        try writer.write(topic: "in", key: [1, 2], value: [3, 4])
        try writer.write(topic: "in", key: [5], value: nil)
        try writer.write(topic: "in", key: [], value: [])
        try writer.flush(milliseconds: 30_000, act: "writing")
        writer.close()
        let listener = Listener()
        let consumer = try DataConsumer(
            settings: broker.settings.overlaid(with: KafkaSettings(["group.id": "g"])), topic: "in",
            membership: .fixed(slot: 0, total: 1), start: .earliest, listener: listener
        ) { _, _ in }
        defer { consumer.close() }
        try consumer.begin(partitionCount: 1)
        let batch = RecordBatch(capacity: 10)
        defer { batch.release() }
        var keys: [[UInt8]?] = []
        var values: [[UInt8]?] = []
        while values.count < 3 {
            consumer.poll(into: batch, milliseconds: 50)
            for index in 0..<batch.count {
                guard let record = batch.record(at: index) else { continue }
                keys.append(unsafe record.key.map { unsafe Array($0) })
                values.append(unsafe record.value.map { unsafe Array($0) })
            }
        }
        #expect(values == [[3, 4], nil, []])
        #expect(keys[0] == [1, 2] && keys[1] == [5])
    }

    @Test("what is stored is committed at the end, and nothing that was only read")
    func stores() throws {
        let input = try Input()
        #expect(
            try input.read(
                count: 12,
                storing: [
                    PartitionOffset(partition: 1, offset: 2),
                    PartitionOffset(partition: 3, offset: 3),
                ])
                == places([0, 1, 2, 3]))
        // One of partition 1 is left, none of partition 3, all of the others.
        #expect(try input.read(count: 7) == places([0]) + places([1], from: 2) + places([2]))
    }

    @Test("offsets of partitions that are another's are passed over")
    func storesOfOthers() throws {
        let input = try Input()
        _ = try input.read(
            slot: 0, total: 2, count: 6,
            storing: [
                PartitionOffset(partition: 0, offset: 3), PartitionOffset(partition: 1, offset: 3),
            ])
        #expect(try input.read(count: 9) == places([1, 2, 3]))
    }

    @Test("a fixed member takes more partitions, and those at hand go on where they are")
    func grows() throws {
        let input = try Input()
        let listener = Listener()
        let consumer = try input.consumer(listener, .fixed(slot: 0, total: 2))
        defer { consumer.close() }
        try consumer.begin(partitionCount: 2)
        #expect(input.records(consumer, count: 3) == places([0]))
        #expect(try consumer.grow(to: 2) && listener.additions.isEmpty)
        #expect(try consumer.grow(to: 4))
        #expect(listener.assignments == [[0]] && listener.additions == [[2]])
        #expect(consumer.beginning.map(\.partition) == [0, 2])
        #expect(input.records(consumer, count: 3) == places([2]))
        // Both of its partitions can be stored.
        consumer.store([
            PartitionOffset(partition: 0, offset: 3), PartitionOffset(partition: 2, offset: 2),
        ])
        #expect(try consumer.grow(to: 4) && listener.additions.count == 1)
    }

    @Test("an offset that is committed already is committed once more, and answered")
    func commitsAgain() throws {
        let input = try Input()
        _ = try input.read(count: 12, storing: [PartitionOffset(partition: 1, offset: 2)])
        let listener = Listener()
        let consumer = try input.consumer(listener, .fixed(slot: 1, total: 4))
        defer { consumer.close() }
        try consumer.begin(partitionCount: 4)
        consumer.commitAgain(consumer.beginning)
        while listener.commits.isEmpty { consumer.serveCommits(milliseconds: 20) }
        #expect(listener.commits == [[PartitionOffset(partition: 1, offset: 2)]])
    }

    @Test("an offset that is gone is a fault of its partition, and no jump")
    func offsetGone() throws {
        let input = try Input()
        _ = try input.read(count: 12, storing: [PartitionOffset(partition: 2, offset: 100)])
        let listener = Listener()
        let consumer = try input.consumer(listener, .fixed(slot: 2, total: 4))
        defer { consumer.close() }
        try consumer.begin(partitionCount: 4)
        let batch = RecordBatch(capacity: 5)
        defer { batch.release() }
        var fault: ConsumerFault?
        while fault == nil {
            consumer.poll(into: batch, milliseconds: 50)
            for index in 0..<batch.count {
                #expect(batch.record(at: index) == nil)
                fault = fault ?? batch.fault(at: index)
            }
        }
        #expect(fault?.partition == 2)
        #expect(fault?.fault.meaning == .offsetGone)
    }

    @Test("a member of the group gets its partitions inside a poll, and commits as it leaves")
    func group() throws {
        let input = try Input()
        let listener = StoringListener()
        let consumer = try input.consumer(listener, .static(instanceID: "g-0"))
        listener.consumer = consumer
        try consumer.begin(partitionCount: 4)
        #expect(listener.assignments.isEmpty)
        #expect(input.records(consumer, count: 12) == places([0, 1, 2, 3]))
        #expect(listener.assignments == [[0, 1, 2, 3]])
        try consumer.checkAssignment()
        #expect(consumer.fatalFault == nil && consumer.takeFaults().isEmpty)
        consumer.close()
        // Stored in `revoking`, which is called as the consumer closes.
        #expect(listener.revocations == [[0, 1, 2, 3]])
        #expect(try input.read(count: 4) == places([0, 1, 2, 3], from: 2))
    }

    @Test(
        "what comes after a change of assignment is read, though the poll had records before it",
        arguments: [6_000, 400] as [Int32])
    func assignedWhilePolling(milliseconds: Int32) throws {
        let input = try Input()
        let listener = Listener()
        let consumer = try input.consumer(
            listener, .dynamic,
            settings: ["session.timeout.ms": "4000", "heartbeat.interval.ms": "100"])
        defer { consumer.close() }
        try consumer.begin(partitionCount: 4)
        #expect(input.records(consumer, count: 12) == places([0, 1, 2, 3]))
        // The next poll gathers more records at once, and is then told of a rebalance.
        let writer = try TopicWriter(settings: input.broker.settings) { _, _ in }
        defer { writer.close() }
        for number in 0..<UInt8(3) { try writer.write(topic: "in", key: [9], value: [0, number]) }
        try writer.flush(milliseconds: 30_000, act: "writing")
        input.broker.answer(
            .heartbeat,
            with: [
                RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_NO_ERROR,
                RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
            ])
        let batch = RecordBatch(capacity: 15)
        defer { batch.release() }
        var found: Set<PartitionOffset> = []
        let deadline = Deadline(afterMs: 24_000)
        // Nothing was stored: all 15 come again, and the places with them.
        while listener.assignments.count < 2 || found.count < 15, !deadline.hasPassed {
            let before = listener.assignments.count
            consumer.poll(into: batch, milliseconds: milliseconds)
            if listener.assignments.count > before { found = [] }
            for index in 0..<batch.count {
                guard let record = batch.record(at: index) else { continue }
                let place = PartitionOffset(partition: record.partition, offset: record.offset)
                #expect(found.insert(place).inserted, "\(place) is handed over twice")
            }
        }
        #expect(listener.assignments.count == 2)
        #expect(found.count == 15)
    }

    @Test("a poll waits for the first record, and not for as many as a batch holds")
    func first() throws {
        let input = try Input()
        let listener = Listener()
        let consumer = try input.consumer(listener, .fixed(slot: 0, total: 1))
        defer { consumer.close() }
        try consumer.begin(partitionCount: 4)
        let batch = RecordBatch(capacity: 100)
        defer { batch.release() }
        let wholeWait = Deadline(afterMs: 60_000)
        consumer.poll(into: batch, milliseconds: 60_000)
        #expect((1...12).contains(batch.count))
        #expect(!wholeWait.hasPassed)
    }

    @Test("a batch gives its records back, and is used again")
    func batch() throws {
        let batch = RecordBatch(capacity: 3)
        #expect(batch.count == 0)
        #expect(batch.record(at: 0) == nil && batch.fault(at: 0) == nil)
        let input = try Input()
        let listener = Listener()
        let consumer = try input.consumer(listener, .fixed(slot: 0, total: 4))
        defer { consumer.close() }
        try consumer.begin(partitionCount: 4)
        while batch.count < 3 { consumer.poll(into: batch, milliseconds: 500) }
        #expect((0..<3).map { batch.record(at: $0)?.offset } == [0, 1, 2])
        batch.release()
        #expect(batch.count == 0 && batch.record(at: 0) == nil)
        consumer.poll(into: batch, milliseconds: 0)
        #expect(batch.count == 0)
    }

    @Test("a close waits for brokers that are there, and for none that are away")
    func close() throws {
        for membership in [GroupMembership.static(instanceID: "g-0"), .fixed(slot: 0, total: 1)] {
            for isAway in [false, true] {
                let input = try Input()
                let listener = Listener()
                let consumer = try input.consumer(listener, membership)
                try consumer.begin(partitionCount: 4)
                _ = input.records(consumer, count: 12)
                consumer.store([PartitionOffset(partition: 0, offset: 3)])
                if isAway { input.broker.goAway() }
                #expect(consumer.close() == !isAway)
            }
        }
    }

    /// Nanoseconds.
    private func seconds(_ count: UInt64) -> UInt64 { count * 1_000_000_000 }

    @Test("a topic that is doubted and listed is not gone, however long it is doubted")
    func doubt() throws {
        let input = try Input()
        let listener = Listener()
        let consumer = try input.consumer(listener, .fixed(slot: 0, total: 1))
        defer { consumer.close() }
        try consumer.begin(partitionCount: 4)
        for moment in 1...6 as ClosedRange<UInt64> {
            consumer.doubtTopic()
            #expect(!consumer.isTopicGone(at: seconds(moment)))
        }
    }

    @Test("a topic that no listing has for two seconds is gone, where somebody doubted it")
    func gone() throws {
        let broker = try FaultyBroker(topics: [("other", 1)])
        defer { broker.stop() }
        let listener = Listener()
        let consumer = try DataConsumer(
            settings: broker.settings.overlaid(with: KafkaSettings(["group.id": "g"])), topic: "in",
            membership: .fixed(slot: 0, total: 1), start: .earliest, listener: listener
        ) { _, _ in }
        defer { consumer.close() }
        try consumer.begin(partitionCount: 0)
        for moment in 1...6 as ClosedRange<UInt64> {
            #expect(!consumer.isTopicGone(at: seconds(moment)), "nobody doubts it")
        }
        consumer.doubtTopic()
        #expect(!consumer.isTopicGone(at: seconds(10)))
        #expect(!consumer.isTopicGone(at: seconds(11)))
        // No broker says anything: that is no absence, and the two seconds begin anew.
        broker.goAway()
        #expect(!consumer.isTopicGone(at: seconds(12)))
        broker.comeBack()
        var moment: UInt64 = 20
        while !consumer.isTopicGone(at: seconds(moment)) { moment += 1 }
        #expect(moment >= 22)
    }

    @Test("a member that is fenced while it commits where it begins says so as its fatal fault")
    func fencedBeginning() throws {
        let input = try Input()
        input.broker.answer(.offsetCommit, with: [RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID])
        let listener = Listener()
        let consumer = try input.consumer(listener, .static(instanceID: "g-0"))
        defer { consumer.close() }
        try consumer.begin(partitionCount: 4)
        let batch = RecordBatch(capacity: 5)
        defer { batch.release() }
        while consumer.fatalFault == nil { consumer.poll(into: batch, milliseconds: 50) }
        #expect(consumer.fatalFault?.meaning == .fenced)
        #expect { try consumer.checkAssignment() } throws: {
            ($0 as? SwerveError)?.code == .refused
        }
        #expect(listener.assignments.isEmpty)
    }
}

/// Stores what a worker that is done with all but the last record would.
private final class StoringListener: AssignmentListener {
    weak var consumer: DataConsumer?
    private(set) var assignments: [[Int32]] = []
    private(set) var revocations: [[Int32]] = []
    var isStopping: Bool { false }

    func assigned(_ partitions: [Int32]) { assignments.append(partitions.sorted()) }
    func revoking(_ partitions: [Int32]) {
        revocations.append(partitions.sorted())
        consumer?.store(partitions.map { PartitionOffset(partition: $0, offset: 2) })
    }
    func lost(_ partitions: [Int32]) { Issue.record("lost \(partitions)") }
}
