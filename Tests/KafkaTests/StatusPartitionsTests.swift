import Lifecycle
import TestSupport
import Testing

@testable import Kafka

/// A status topic of several partitions: who writes where, and what is read of it.
@Suite("Status partitions", .blocking)
struct StatusPartitionsTests {
    @Test(
        "a key's partition is the one that Kafka's own producers choose",
        arguments: [("21", 340), ("abc", 107), ("foobar", 166)] as [(String, Int32)])
    func rule(key: String, partition: Int32) {
        // murmur2 of Kafka's own test, without its sign, modulo 1,000.
        #expect(StatusPartitions(count: 1_000).partition(ofKey: Array(key.utf8)) == partition)
    }

    @Test("with one partition all slots share it, and no topic has none", arguments: [0, 1])
    func single(count: Int) {
        let partitions = StatusPartitions(count: count)
        #expect(partitions.count == 1)
        for slot in 0..<20 {
            #expect(partitions.partition(of: SlotID(group: "g", slot: slot)) == 0)
        }
    }

    @Test("the slots of a fleet are spread over all partitions, each by its key")
    func spread() {
        let partitions = StatusPartitions(count: 4)
        var found: Set<Int32> = []
        for slot in 0..<40 {
            let id = SlotID(group: "http-anomaly", slot: slot)
            let partition = partitions.partition(of: id)
            #expect(partition == partitions.partition(ofKey: Array(id.description.utf8)))
            found.insert(partition)
        }
        #expect(found == [0, 1, 2, 3])
    }

    private func status(_ slot: Int, process: String) -> [UInt8] {
        StatusRecord(
            group: "g", slot: slot, total: 8, model: "m",
            incarnation: .init(id: process, startedAtMs: 1, host: "h", pid: 7), phase: .serving
        ).bytes
    }

    /// A broker with a status topic of four partitions, and who writes there by the rule, or
    /// beside it.
    private final class Topic {
        let broker: FaultyBroker
        let writer: TopicWriter
        let partitions = StatusPartitions(count: 4)

        init() throws {
            broker = try FaultyBroker(topics: [("status", 4)])
            writer = try TopicWriter(settings: broker.settings) { _, _ in }
        }

        func write(_ slot: Int, _ value: [UInt8]?, besideBy shift: Int32 = 0) throws {
            let id = SlotID(group: "g", slot: slot)
            try writer.write(
                topic: "status", partition: (partitions.partition(of: id) + shift) % 4,
                key: Array(id.description.utf8), value: value)
            try writer.flush(milliseconds: 30_000, act: "writing")
        }

        func close() {
            writer.close()
            broker.stop()
        }
    }

    @Test("a feed hears every partition to its end, and passes over a slot's words beside its own")
    func feed() throws {
        let topic = try Topic()
        defer { topic.close() }
        for slot in 0..<8 {
            try topic.write(slot, status(slot, process: "before"), besideBy: 1)
            try topic.write(slot, status(slot, process: "now"))
            try topic.write(slot, status(slot, process: "now"))
        }
        let feed = try KafkaStatusFeed(settings: topic.broker.settings, topic: "status") { _, _ in }
        defer { feed.close() }
        var news: [HeardStatus] = []
        while try !feed.poll(milliseconds: 100, { news.append($0) }) {}
        #expect(news.map(\.slot.slot).sorted() == Array(0..<8))
        #expect(news.filter { !$0.isOld }.isEmpty)
        #expect(Set(news.map { $0.record?.incarnation.id }) == ["now"])
        news = []
        for slot in 0..<8 { try topic.write(slot, nil, besideBy: 2) }
        for slot in 0..<8 { try topic.write(slot, slot == 5 ? nil : status(slot, process: "next")) }
        while news.count < 8 { _ = try feed.poll(milliseconds: 100) { news.append($0) } }
        #expect(news.map(\.slot.slot).sorted() == Array(0..<8))
        #expect(news.filter { $0.isOld }.isEmpty)
        #expect(news.filter { $0.record == nil }.map(\.slot.slot) == [5])
    }

    @Test("brokers that go away behind the topic's end are told, and that they are back")
    func absence() throws {
        let topic = try Topic()
        defer { topic.close() }
        try topic.write(1, status(1, process: "now"))
        let feed = try KafkaStatusFeed(
            settings: topic.broker.settings, topic: "status", log: { _, _ in }, countEveryNs: 1)
        defer { feed.close() }
        while try !feed.poll(milliseconds: 100, { _ in }) {}
        #expect(feed.absence == nil)
        topic.broker.goAway()
        while feed.absence == nil { _ = try feed.poll(milliseconds: 100) { _ in } }
        #expect(feed.absence?.isEmpty == false && feed.fault == nil)
        topic.broker.comeBack()
        while feed.absence != nil { _ = try feed.poll(milliseconds: 100) { _ in } }
    }

    @Test("a reader goes over from one partition to another, from its first record")
    func goesOver() throws {
        let topic = try Topic()
        defer { topic.close() }
        for partition in 0..<4 as Range<Int32> {
            for number in 0..<3 as Range<UInt8> {
                try topic.writer.write(
                    topic: "status", partition: partition, key: [1],
                    value: [UInt8(partition), number])
            }
        }
        try topic.writer.flush(milliseconds: 30_000, act: "writing")
        let reader = try TopicReader(
            settings: topic.broker.settings,
            partitions: [("status", 1, .beginning), ("status", 2, .tail(1))]
        ) { _, _ in }
        defer { reader.close() }
        var heard: [[UInt8]?] = []
        func read(_ partitions: Int32...) throws {
            heard = []
            while partitions.contains(where: { reader.position(of: "status", partition: $0) < 3 }) {
                try reader.poll(milliseconds: 100) { heard.append($0.value) }
            }
        }
        try read(1, 2)
        #expect(Set(heard) == [[1, 0], [1, 1], [1, 2], [2, 2]])
        try reader.read(3, of: "status", insteadOf: 1, timeoutMs: 10_000)
        try read(2, 3)
        #expect(heard == [[3, 0], [3, 1], [3, 2]])
        #expect(reader.position(of: "status", partition: 1) == -1)
    }
}
