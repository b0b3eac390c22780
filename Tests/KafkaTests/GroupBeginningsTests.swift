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
            isStopping: @escaping () -> Bool = { false }, log: @escaping KafkaLogSink = { _, _ in }
        ) throws -> [Int64]? {
            let handle = try unsafe KafkaHandle(
                RD_KAFKA_CONSUMER, settings: settings, act: "test", log: log)
            defer { handle.destroy() }
            let outcome = try GroupBeginnings(
                handle: handle, topic: "in", group: "g", start: start, hasGenerations: false,
                isStopping: isStopping
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
