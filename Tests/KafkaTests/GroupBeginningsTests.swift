import CRdKafka
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Kafka

/// Where a group begins, on the development broker: as numbers that are committed before anything
/// is read.
@Suite("Group beginnings", .blocking)
struct GroupBeginningsTests {
    /// A broker with a topic, records on it, and members that come and go.
    private final class Group {
        let broker: DevelopmentBroker
        let settings: KafkaSettings
        let partitions: Int

        init(partitions: Int = 4, records: Int = 10) throws {
            broker = try DevelopmentBroker(topics: [("in", partitions)])
            self.partitions = partitions
            settings = KafkaSettings([
                "bootstrap.servers": broker.bootstrap, "fetch.wait.max.ms": "10", "group.id": "g",
            ])
            try send(records)
        }

        private var isThere = true

        /// The broker goes for good.
        func goAway() {
            if isThere { broker.stop() }
            isThere = false
        }

        deinit { goAway() }

        /// That many records to each partition.
        func send(_ records: Int) throws {
            let writer = try TopicWriter(settings: settings) { _, _ in }
            defer { writer.close() }
            for partition in 0..<Int32(partitions) {
                for number in 0..<records {
                    try writer.write(
                        topic: "in", partition: partition, key: [], value: [UInt8(number)])
                }
            }
            try writer.flush(milliseconds: 30_000, act: "sending")
        }

        /// Where a member begins that asks as an assignment does, and then is killed: nothing is
        /// read, and nothing is closed in good order.
        func resolve(
            _ own: [Int32], _ start: StartPosition, isFounder: Bool = true,
            earlier: EarlierService? = nil, isStopping: @escaping () -> Bool = { false },
            isWaiting: @escaping () -> Void = {}, log: @escaping KafkaLogSink = { _, _ in }
        ) throws -> [Int64]? {
            let handle = try unsafe KafkaHandle(
                RD_KAFKA_CONSUMER, settings: settings, act: "test", log: log)
            defer { handle.destroy() }
            let outcome = try GroupBeginnings(
                handle: handle, topic: "in", group: "g", start: start, hasGenerations: false,
                earlier: earlier, check: MarkCheck(settings: settings, topic: "in", log: log),
                isStopping: isStopping, isWaiting: isWaiting
            ).resolve(own, isFounder: isFounder)
            guard case .known(let offsets) = outcome else { return nil }
            #expect(offsets.map(\.partition) == own)
            return offsets.map(\.offset)
        }
    }

    @Test("latest is decided once, for all partitions, and outlives a kill before the first record")
    func latest() throws {
        let group = try Group()
        #expect(try group.resolve([0, 2], .latest) == [10, 10])
        try group.send(5)
        // The same slot again, and the other one for the first time: nothing of the five is lost.
        #expect(try group.resolve([0, 2], .latest) == [10, 10])
        #expect(try group.resolve([1, 3], .latest, isFounder: false) == [10, 10])
    }

    @Test("a broker that does not list the topic yet is waited for: a founder needs all partitions")
    func unlisted() throws {
        let group = try Group()
        group.broker.setMissing("in", true)
        var asked = 0
        let begun = try group.resolve(
            [0, 2], .latest,
            isStopping: {
                asked += 1
                if asked == 3 { group.broker.setMissing("in", false) }
                return false
            })
        #expect(begun == [10, 10])
        try group.send(5)
        #expect(try group.resolve([1, 3], .latest, isFounder: false) == [10, 10])
    }

    @Test("who waits for the member that decides shows that it comes on")
    func waitsForFounder() throws {
        let group = try Group()
        var waited = 0
        let begun = try group.resolve(
            [1, 3], .latest, isFounder: false, isStopping: { waited > 2 },
            isWaiting: { waited += 1 })
        #expect(begun == nil && waited > 2)
    }

    @Test("earliest is a number too, and committed")
    func earliest() throws {
        let group = try Group()
        #expect(try group.resolve([1], .earliest) == [0])
        // What is committed counts, whatever is asked for later.
        #expect(try group.resolve([1], .latest) == [0])
    }

    @Test("partitions that are new to a group with offsets begin at their beginning")
    func growth() throws {
        let group = try Group()
        // As a topic of two partitions was served, and then grew to four.
        #expect(try group.resolve([0, 1], .earliest) == [0, 0])
        #expect(try group.resolve([2, 3], .latest) == [0, 0])
        #expect(try group.resolve([0, 1, 2, 3], .latest, isFounder: false) == [0, 0, 0, 0])
    }

    @Test(
        "that they begin there is told where it is not what was asked for",
        arguments: [true, false])
    func growthTold(isLatest: Bool) throws {
        let group = try Group()
        _ = try group.resolve([0, 1], .earliest)
        let log = Guarded<[String]>([])
        _ = try group.resolve(
            [2, 3], isLatest ? .latest : .earliest,
            log: { _, line in
                log.withLock { if line.contains("has offsets on in") { $0.append(line) } }
            })
        #expect(log.withLock { $0.count } == (isLatest ? 1 : 0))
    }

    @Test("who does not decide waits for who does, and stops when asked to")
    func waiting() throws {
        let group = try Group()
        let log = Guarded<[String]>([])
        let outcome = try group.resolve(
            [1, 3], .latest, isFounder: false,
            isStopping: { log.withLock { !$0.isEmpty } },
            log: { _, line in
                log.withLock { if line.contains("waiting for the member") { $0.append(line) } }
            })
        #expect(outcome == nil)
        // Nothing was committed by it: the founder still decides.
        #expect(try group.resolve([0, 2], .latest) == [10, 10])
        #expect(try group.resolve([1, 3], .latest, isFounder: false) == [10, 10])
    }

    @Test("a stop while the brokers are away is no fault, and does not wait for them")
    func stopWithoutBrokers() throws {
        let group = try Group()
        group.goAway()
        #expect(try group.resolve([0], .latest, isStopping: { true }) == nil)
    }

    private func earlier(_ marks: [RecordMark] = []) -> EarlierService {
        EarlierService(isKnown: true, marks: marks, beginAnew: "say so")
    }

    @Test("offsets that are lost are asked about, and nothing is committed")
    func lost() throws {
        let group = try Group()
        for start in StartPosition.allCases {
            #expect {
                try group.resolve([0, 1], start, earlier: earlier())
            } throws: { error in
                let text = "\(error)"
                return (error as? SwerveError)?.code == .refused
                    && text.contains("it has no committed offsets") && text.contains("say so")
            }
        }
        #expect(try group.resolve([0, 1], .latest) == [10, 10])
        #expect(try group.resolve([0, 1], .latest, earlier: earlier()) == [10, 10])
    }

    /// The records as they lie in partition 1 of the topic.
    private func marks(_ group: Group) throws -> [RecordMark] {
        let reader = try TopicReader(
            settings: group.settings, topic: "in", partition: 1, offset: 0
        ) { _, _ in }
        defer { reader.close() }
        var marks: [RecordMark] = []
        while marks.count < 10 {
            try reader.poll(milliseconds: 50) { marks.append(RecordMark($0)) }
        }
        return marks
    }

    /// The group has read all of it.
    private func readToEnd(_ group: Group, to offset: Int64 = 10) throws {
        let listener = Listener()
        let consumer = try DataConsumer(
            settings: group.settings, topic: "in", membership: .fixed(slot: 0, total: 1),
            start: .earliest, listener: listener
        ) { _, _ in }
        try consumer.begin(partitionCount: group.partitions)
        consumer.store(
            (0..<Int32(group.partitions)).map { PartitionOffset(partition: $0, offset: offset) })
        consumer.close()
    }

    @Test("another record in front of a committed offset is told, with its place")
    func otherRecord() throws {
        let group = try Group()
        try readToEnd(group)
        let marks = try marks(group)
        let others = [
            RecordMark(1, 3, timestampMs: marks[3].timestampMs, key: [], value: [4]),
            RecordMark(1, 3, timestampMs: marks[3].timestampMs, key: [1], value: [3]),
            RecordMark(1, 3, timestampMs: 1, key: [], value: [3]),
        ]
        for other in others {
            #expect {
                try group.resolve([0, 1], .earliest, earlier: earlier([other]))
            } throws: { error in
                let text = "\(error)"
                return (error as? SwerveError)?.code == .refused
                    && text.contains("goes on in in [1]: at offset 3 lies another record")
                    && text.contains("say so")
            }
        }
        // Whoever has not got the partition cannot tell, and has no need to.
        #expect(try group.resolve([0], .earliest, earlier: earlier([others[0]])) == [10])
    }

    @Test("the same record is none, and neither is a place that nothing can be said of")
    func sameRecord() throws {
        let group = try Group()
        try readToEnd(group, to: 10)
        let marks = try marks(group)
        #expect(try group.resolve([1], .earliest, earlier: earlier([marks[9]])) == [10])
        // Nothing lies at this place, of which the group says that it is behind it.
        try readToEnd(group, to: 30)
        let gone = RecordMark(1, 20, timestampMs: 1, key: [], value: [1])
        #expect(try group.resolve([1], .earliest, earlier: earlier([gone])) == [30])
    }

    @Test("a group that was set back in front of the record is not asked about it")
    func setBack() throws {
        let group = try Group()
        try readToEnd(group, to: 3)
        let other = RecordMark(1, 3, timestampMs: 1, key: [], value: [99])
        #expect(try group.resolve([1], .earliest, earlier: earlier([other])) == [3])
    }

    @Test("a batch gives the mark of a record as a reader of the topic does")
    func batchMark() throws {
        let group = try Group()
        let listener = Listener()
        let consumer = try DataConsumer(
            settings: group.settings, topic: "in", membership: .fixed(slot: 1, total: 4),
            start: .earliest, listener: listener
        ) { _, _ in }
        defer { consumer.close() }
        try consumer.begin(partitionCount: 4)
        let batch = RecordBatch(capacity: 10)
        defer { batch.release() }
        while batch.count == 0 { consumer.poll(into: batch, milliseconds: 100) }
        #expect(batch.mark(partition: 1, offset: 0) == (try marks(group)[0]))
        #expect(batch.mark(partition: 0, offset: 0) == nil)
        #expect(batch.mark(partition: 1, offset: 100) == nil)
    }

    @Test("a consumer reads from the numbers, and has them before it reads anything")
    func consumer() throws {
        let group = try Group(partitions: 1, records: 3)
        let listener = Listener()
        func open() throws -> DataConsumer {
            try DataConsumer(
                settings: group.settings, topic: "in", membership: .fixed(slot: 0, total: 1),
                start: .latest, listener: listener
            ) { _, _ in }
        }
        let first = try open()
        try first.begin(partitionCount: 1)
        first.close()
        try group.send(2)
        let second = try open()
        defer { second.close() }
        try second.begin(partitionCount: 1)
        #expect(listener.assignments == [[0], [0]])
        let batch = RecordBatch(capacity: 10)
        defer { batch.release() }
        var offsets: [Int64] = []
        while offsets.count < 2 {
            second.poll(into: batch, milliseconds: 100)
            offsets += (0..<batch.count).compactMap { batch.record(at: $0)?.offset }
        }
        #expect(offsets == [3, 4])
    }
}
