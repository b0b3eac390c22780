import Kafka
import Lifecycle
import TestSupport
import Testing

@testable import Serving

/// What is told for the ledger, and what is written of it; without a broker.
@Suite("LedgerTeller")
struct LedgerTellerTests {
    /// A tracker and the teller that follows it, as the group session has them.
    private struct Stand {
        let queue: LedgerQueue
        var teller: LedgerTeller
        var tracker = DeliveryTracker(batchLimit: 4, partitionCount: 4)

        init(isKept: Bool = true) {
            queue = LedgerQueue(isKept: isKept)
            teller = LedgerTeller(queue)
        }

        mutating func assign(_ partitions: [Int32]) {
            tracker.assigned(partitions)
            teller.assigned(partitions, generation: tracker.generation)
        }

        mutating func take(_ records: [(Int32, Int64)]) {
            let tag = tracker.open()
            for (partition, offset) in records
            where tracker.accept(partition: partition, offset: offset) {
                tracker.delivered(Delivery(tag: tag, count: 1, failure: nil))
            }
            tracker.close()
            teller.batchClosed(&tracker)
            var done: [PartitionOffset] = []
            tracker.takeCompleted(into: &done)
        }

        mutating func takeUp(_ epoch: Int64) throws {
            teller.takeUp(try LedgerTellerTests.deployment(epoch), &tracker)
        }

        mutating func release() {
            teller.released(&tracker)
            tracker.unassigned()
        }

        /// What was told since the last time, in short.
        func told() -> [String] {
            queue.take().told.map { told in
                let spans = told.spans.map { "\($0.partition):\($0.first)-\($0.last)" }
                return
                    (["\(told.event.rawValue) \(told.deployment?.epoch ?? 0)"] + spans)
                    .joined(separator: " ")
            }
        }
    }

    private static func deployment(_ epoch: Int64) throws -> Deployment {
        Deployment(
            model: try ModelName("m"), epoch: epoch,
            stable: DeployedVersion(
                version: Int(epoch), digest: Digest(sha256: [UInt8](repeating: 1, count: 32))),
            salt: 1)
    }

    @Test("the first record of each partition is told once, and both ends with the epoch's end")
    func epochs() throws {
        var stand = Stand()
        stand.assign([0, 2])
        try stand.takeUp(1)
        #expect(stand.told() == ["assigned 0", "taken_up 1"])
        stand.take([(0, 5), (0, 7)])
        #expect(stand.told() == ["began 1 0:5-7"])
        stand.take([(0, 8), (2, 1)])
        #expect(stand.told() == ["began 1 2:1-1"])
        stand.take([(0, 9)])
        #expect(stand.told() == [])
        try stand.takeUp(2)
        #expect(stand.told() == ["superseded 1 0:5-9 2:1-1", "taken_up 2"])
        stand.take([(2, 2)])
        #expect(stand.told() == ["began 2 2:2-2"])
        stand.release()
        #expect(stand.told() == ["released 2 2:2-2"])
    }

    @Test("a partition that comes back begins anew; what was taken before is told once")
    func assignments() throws {
        var stand = Stand()
        try stand.takeUp(1)
        stand.assign([0])
        stand.take([(0, 0)])
        stand.release()
        stand.release()
        #expect(
            stand.told() == ["taken_up 1", "assigned 1", "began 1 0:0-0", "released 1 0:0-0"])
        stand.assign([0])
        // Another one had it meanwhile.
        stand.take([(0, 50)])
        #expect(stand.told() == ["assigned 1", "began 1 0:50-50"])
        // What is not ours is nobody's span.
        stand.take([(1, 3)])
        #expect(stand.told() == [])
    }

    @Test("without a ledger nothing is told")
    func none() throws {
        var stand = Stand(isKept: false)
        stand.assign([0])
        try stand.takeUp(1)
        stand.take([(0, 0)])
        stand.release()
        #expect(stand.told() == [])
    }

    @Test("a ledger that is made later is told of what was taken before and has not ended")
    func madeLater() throws {
        var stand = Stand(isKept: false)
        stand.assign([0])
        try stand.takeUp(1)
        stand.take([(0, 0)])
        try stand.takeUp(2)
        stand.take([(0, 1)])
        stand.queue.keep()
        stand.take([(0, 2)])
        #expect(stand.told() == ["began 2 0:1-2"])
        stand.release()
        #expect(stand.told() == ["released 2 0:1-2"])
    }

    @Test("an event names the deployment, and the control record that the control thread knows")
    func entry() throws {
        var stand = Stand()
        stand.assign([0])
        try stand.takeUp(4)
        stand.take([(0, 3)])
        let log = KeptLog()
        let configuration = Streams.configuration()
        let incarnation = StatusRecord.Incarnation(id: "i", startedAtMs: 1, host: "h", pid: 7)
        let writer = LedgerWriter(
            configuration: configuration, incarnation: incarnation, queue: stand.queue,
            log: log.log)
        let told = try #require(stand.queue.take().told.last)
        let entry = writer.entry(told)
        #expect(entry.event == .began && entry.epoch == 4 && entry.stable == 4)
        #expect(entry.key == "g/2" && entry.topic == "in" && entry.incarnation == incarnation)
        #expect(entry.partitions == [0] && entry.generation == 1)
        #expect(entry.spans == [.init(partition: 0, first: 3, last: 3)])
        #expect(LedgerEntry(key: Array("g/2".utf8), value: entry.bytes) == entry)
    }
}
