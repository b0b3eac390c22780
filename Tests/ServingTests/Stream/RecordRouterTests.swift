import Inputs
import Kafka
import Lifecycle
import Platform
import Serving
import Testing

@Suite("RecordRouter")
struct RecordRouterTests {
    private let held = HeldRecords()

    private func tracker(_ partitions: [Int32]) -> DeliveryTracker {
        var tracker = DeliveryTracker(batchLimit: 3, partitionCount: 4)
        tracker.assigned(partitions)
        return tracker
    }

    @Test("staged is what belongs to the assignment and was not taken before, in its order")
    func takesItsOwn() throws {
        let set = try Streams.set(try Streams.constant(1, score: 1))
        var tracker = tracker([1, 3])
        var router = RecordRouter(capacity: 8)
        router.begin(&tracker)
        let polled: [(Int32, Int64)] = [(1, 10), (0, 0), (3, 4), (1, 10), (1, 12), (3, 3), (9, 1)]
        for (index, (partition, offset)) in polled.enumerated() {
            router.stage(
                held.record("", partition: partition, offset: offset), at: index, for: set,
                &tracker)
        }
        #expect(router.staged.map(\.index) == [0, 2, 4])
        #expect(router.staged.map(\.view.offset) == [10, 4, 12])
        #expect(router.staged.allSatisfy { $0.route == .stable })
        tracker.close()
        // Each owes a delivery, under the tag of the batch.
        #expect(tracker.outstandingCount == 3)
        tracker.delivered(Delivery(tag: router.tag, count: 3, failure: nil))
        #expect(tracker.outstandingCount == 0)
    }

    @Test("a batch begins without what the one before held, and without a poll it is done at once")
    func beginsAnew() throws {
        let set = try Streams.set(try Streams.constant(1, score: 1))
        var tracker = tracker([0])
        var router = RecordRouter(capacity: 8)
        router.begin(&tracker)
        router.stage(held.record(""), at: 0, for: set, &tracker)
        tracker.close()
        let first = router.tag
        router.stage(RecordBatch(capacity: 4), for: set, &tracker)
        tracker.close()
        #expect(router.staged.isEmpty && router.faults.isEmpty)
        #expect(router.tag != first)
        #expect(tracker.outstandingCount == 1)
    }

    @Test("a record that is passed over is done, owes nothing and is no boundary")
    func passedOver() throws {
        let set = try Streams.set(try Streams.constant(1, score: 1))
        var tracker = tracker([1])
        var router = RecordRouter(capacity: 8)
        router.begin(&tracker)
        router.passOver(held.record("", partition: 1, offset: 20), &tracker)
        router.passOver(held.record("", partition: 1, offset: 21), &tracker)
        // Taken before, and not ours.
        router.passOver(held.record("", partition: 1, offset: 21), &tracker)
        router.passOver(held.record("", partition: 2, offset: 1), &tracker)
        router.stage(held.record("", partition: 1, offset: 22), at: 4, for: set, &tracker)
        tracker.close()
        #expect(router.takenCount == 3)
        #expect(router.passedOver == 2 && router.staged.map(\.view.offset) == [22])
        #expect(set.progress.boundaries[1] == 22)
        #expect(tracker.outstandingCount == 1)
        tracker.delivered(Delivery(tag: router.tag, count: 1, failure: nil))
        var done: [PartitionOffset] = []
        tracker.takeCompleted(into: &done)
        #expect(done == [PartitionOffset(partition: 1, offset: 23)])
        router.begin(&tracker)
        #expect(router.passedOver == 0)
    }

    @Test("what was found too old is passed over, whatever the router's own clock says")
    func tooOld() throws {
        let set = try Streams.set(try Streams.constant(1, score: 1))
        var tracker = tracker([0])
        let batch = RecordBatch(capacity: 4)
        batch.take([
            KeptRecord(held.record("", offset: 5), timestampMs: 1_000),
            KeptRecord(held.record("", offset: 6), timestampMs: 1_000),
        ])
        var router = RecordRouter(capacity: 4, maxAgeMs: 100, nowMs: { 1_000 })
        router.stage(
            batch, for: set, admissions: [.tooOld, .refused(.emptyPayload)], &tracker)
        #expect(router.staged.map(\.view.offset) == [6] && router.passedOver == 1)
    }

    @Test("the boundary of a partition is its first record that was staged under the set")
    func boundaries() throws {
        let set = try Streams.set(try Streams.constant(1, score: 1))
        var tracker = tracker([1])
        var router = RecordRouter(capacity: 8)
        router.begin(&tracker)
        for (index, offset) in [Int64(20), 21, 22].enumerated() {
            router.stage(
                held.record("", partition: 1, offset: offset), at: index, for: set, &tracker)
        }
        router.stage(held.record("", partition: 2, offset: 5), at: 3, for: set, &tracker)
        #expect((0..<4).map { set.progress.boundaries[$0] } == [-1, 20, -1, -1])
    }

    @Test(
        "who scores a record follows from its key, or without one from its place",
        arguments: [Candidate.Mode.canary, .shadow])
    func routes(mode: Candidate.Mode) throws {
        let set = try Streams.set(
            try Streams.constant(1, score: 1), candidate: try Streams.constant(2, score: 2),
            mode: mode, share: 3_000)
        var tracker = tracker([0])
        var router = RecordRouter(capacity: 2_000)
        router.begin(&tracker)
        for number in 0..<2_000 {
            let key = number.isMultiple(of: 2) ? "key-\(number)" : nil
            router.stage(
                held.record("", key: key, offset: Int64(number)), at: number, for: set, &tracker)
        }
        var tried = 0
        for (number, record) in router.staged.enumerated() {
            let bucket =
                number.isMultiple(of: 2)
                ? CanaryBucket.bucket(key: Array("key-\(number)".utf8), salt: 7)
                : CanaryBucket.bucket(partition: 0, offset: Int64(number), salt: 7)
            let isTried = bucket < 3_000
            tried += isTried ? 1 : 0
            let wanted: StagedRecord.Route =
                isTried ? (mode == .canary ? .canary : .shadow) : .stable
            #expect(record.route == wanted)
        }
        #expect((400...800).contains(tried))
    }
}
