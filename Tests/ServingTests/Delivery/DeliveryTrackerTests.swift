import Kafka
import Serving
import Testing

@Suite("DeliveryTracker")
struct DeliveryTrackerTests {
    private func tracker(partitions: [Int32] = [0, 1]) -> DeliveryTracker {
        var tracker = DeliveryTracker(batchLimit: 3, partitionCount: 4)
        tracker.assigned(partitions)
        return tracker
    }

    /// Opens, fills and closes a batch of `records`.
    private func batch(
        _ tracker: inout DeliveryTracker, _ records: [(Int32, Int64)]
    ) -> UInt {
        let tag = tracker.open()
        for (partition, offset) in records {
            _ = tracker.accept(partition: partition, offset: offset)
        }
        tracker.close()
        return tag
    }

    private func completed(_ tracker: inout DeliveryTracker) -> [PartitionOffset] {
        var offsets: [PartitionOffset] = []
        tracker.takeCompleted(into: &offsets)
        return offsets.sorted { $0.partition < $1.partition }
    }

    private func ok(_ tag: UInt, _ count: Int) -> Delivery {
        Delivery(tag: tag, count: count, failure: nil)
    }

    @Test("no offset comes out before every prediction of the batch is acknowledged")
    func waitsForAll() {
        var tracker = tracker()
        let tag = batch(&tracker, [(0, 10), (1, 5), (0, 11)])
        tracker.delivered(ok(tag, 2))
        #expect(completed(&tracker).isEmpty)
        #expect(tracker.outstandingCount == 1)
        tracker.delivered(ok(tag, 1))
        #expect(
            completed(&tracker) == [
                PartitionOffset(partition: 0, offset: 12), PartitionOffset(partition: 1, offset: 6),
            ])
        #expect(tracker.isIdle)
    }

    @Test("batches finish in order, however their deliveries come")
    func inOrder() {
        var tracker = tracker()
        let first = batch(&tracker, [(0, 0)])
        let second = batch(&tracker, [(0, 1), (1, 7)])
        tracker.delivered(ok(second, 2))
        #expect(completed(&tracker).isEmpty)
        tracker.delivered(ok(first, 1))
        #expect(
            completed(&tracker) == [
                PartitionOffset(partition: 0, offset: 2), PartitionOffset(partition: 1, offset: 8),
            ])
    }

    @Test("a failed delivery lets nothing behind it come out")
    func failureStops() {
        var tracker = tracker()
        let first = batch(&tracker, [(0, 0)])
        let second = batch(&tracker, [(0, 1)])
        tracker.delivered(Delivery(tag: first, count: 1, failure: "message too large"))
        tracker.delivered(ok(second, 1))
        #expect(completed(&tracker).isEmpty)
        #expect(tracker.failure == "message too large")
    }

    @Test("completions of an earlier assignment store nothing")
    func earlierGeneration() {
        var tracker = tracker()
        let old = batch(&tracker, [(0, 3)])
        tracker.unassigned()
        tracker.assigned([0])
        let new = batch(&tracker, [(0, 3)])
        tracker.delivered(ok(old, 1))
        #expect(completed(&tracker).isEmpty)
        tracker.delivered(ok(new, 1))
        #expect(completed(&tracker) == [PartitionOffset(partition: 0, offset: 4)])
    }

    @Test("records of foreign partitions and records taken before are not accepted")
    func refuses() {
        var tracker = tracker(partitions: [1])
        let tag = tracker.open()
        let foreign = tracker.accept(partition: 0, offset: 0)
        let unknown = tracker.accept(partition: 99, offset: 0)
        let first = tracker.accept(partition: 1, offset: 8)
        let again = tracker.accept(partition: 1, offset: 8)
        let earlier = tracker.accept(partition: 1, offset: 7)
        let afterHole = tracker.accept(partition: 1, offset: 20)
        tracker.close()
        #expect(
            [foreign, unknown, first, again, earlier, afterHole]
                == [false, false, true, false, false, true])
        // Only what was accepted owes a delivery.
        #expect(tracker.outstandingCount == 2)
        tracker.delivered(ok(tag, 2))
        #expect(completed(&tracker) == [PartitionOffset(partition: 1, offset: 21)])
    }

    @Test("two batches may be open: they are closed by their tags, and finish in order")
    func twoOpen() {
        var tracker = tracker()
        let first = tracker.open()
        _ = tracker.accept(partition: 0, offset: 0)
        let second = tracker.open()
        _ = tracker.accept(partition: 0, offset: 1)
        _ = tracker.accept(partition: 1, offset: 5)
        #expect(tracker.outstandingCount == 0 && tracker.isFilling)
        tracker.close(first)
        #expect(tracker.outstandingCount == 1 && tracker.isFilling)
        #expect(tracker.batch(first).positions == [PartitionOffset(partition: 0, offset: 1)])
        #expect(tracker.batch(second).records == 2)
        tracker.delivered(ok(first, 1))
        #expect(completed(&tracker) == [PartitionOffset(partition: 0, offset: 1)])
        tracker.close(second)
        #expect(!tracker.isFilling)
        tracker.delivered(ok(second, 2))
        #expect(
            completed(&tracker) == [
                PartitionOffset(partition: 0, offset: 2), PartitionOffset(partition: 1, offset: 6),
            ])
        #expect(tracker.isIdle)
    }

    @Test("the second of two open batches does not finish before the first")
    func secondFirst() {
        var tracker = tracker()
        let first = tracker.open()
        _ = tracker.accept(partition: 0, offset: 0)
        let second = tracker.open()
        _ = tracker.accept(partition: 0, offset: 1)
        tracker.close(second)
        tracker.delivered(ok(second, 1))
        #expect(completed(&tracker).isEmpty && tracker.isFilling)
        tracker.close(first)
        tracker.delivered(ok(first, 1))
        #expect(completed(&tracker) == [PartitionOffset(partition: 0, offset: 2)])
    }

    @Test("a dropped batch gives no offset, owes nothing, and holds nothing up")
    func dropped() {
        var tracker = tracker()
        let first = batch(&tracker, [(0, 0)])
        let dropped = tracker.open()
        _ = tracker.accept(partition: 0, offset: 1)
        _ = tracker.accept(partition: 1, offset: 0)
        tracker.drop(dropped)
        #expect(!tracker.isFilling && tracker.outstandingCount == 1)
        let last = batch(&tracker, [(1, 7)])
        tracker.delivered(ok(first, 1))
        #expect(completed(&tracker) == [PartitionOffset(partition: 0, offset: 1)])
        tracker.delivered(ok(last, 1))
        #expect(completed(&tracker) == [PartitionOffset(partition: 1, offset: 8)])
        #expect(tracker.isIdle)
    }

    @Test("an open batch is not done, even with nothing out")
    func openIsNotDone() {
        var tracker = tracker()
        let tag = tracker.open()
        let isAccepted = tracker.accept(partition: 0, offset: 0)
        tracker.delivered(ok(tag, 1))
        #expect(isAccepted)
        #expect(completed(&tracker).isEmpty)
        tracker.close()
        #expect(completed(&tracker) == [PartitionOffset(partition: 0, offset: 1)])
    }

    @Test("a batch that is never closed is never done, and nobody waits for it")
    func neverClosed() {
        var tracker = tracker()
        let first = batch(&tracker, [(0, 0)])
        let open = tracker.open()
        let isAccepted = tracker.accept(partition: 1, offset: 0)
        #expect(isAccepted)
        #expect(tracker.outstandingCount == 1)
        tracker.delivered(ok(first, 1))
        #expect(tracker.outstandingCount == 0)
        #expect(completed(&tracker) == [PartitionOffset(partition: 0, offset: 1)])
        // Also where what was handed over of it is acknowledged.
        tracker.delivered(ok(open, 1))
        #expect(completed(&tracker).isEmpty)
        #expect(!tracker.isIdle)
    }

    @Test("a batch without records is done at once")
    func empty() {
        var tracker = tracker()
        _ = batch(&tracker, [])
        #expect(tracker.outstandingCount == 0)
        #expect(completed(&tracker).isEmpty)
        #expect(tracker.isIdle)
    }

    @Test("it is full with as many batches out as allowed, and room comes back in order")
    func full() {
        var tracker = tracker()
        let tags = (0..<3).map { batch(&tracker, [(0, Int64($0))]) }
        #expect(tracker.isFull)
        tracker.delivered(ok(tags[0], 1))
        _ = completed(&tracker)
        #expect(!tracker.isFull)
    }

    @Test("partitions that the topic grew by are taken in")
    func growth() {
        var tracker = tracker(partitions: [9])
        let tag = batch(&tracker, [(9, 0)])
        tracker.delivered(ok(tag, 1))
        #expect(completed(&tracker) == [PartitionOffset(partition: 9, offset: 1)])
    }

    @Test("partitions beside those at hand leave these and what is out as they are")
    func added() {
        var tracker = tracker(partitions: [0])
        let tag = batch(&tracker, [(0, 4)])
        tracker.added([5])
        tracker.delivered(ok(tag, 1))
        #expect(completed(&tracker) == [PartitionOffset(partition: 0, offset: 5)])
        _ = tracker.open()
        let isTakenTwice = tracker.accept(partition: 0, offset: 4)
        let isTaken = tracker.accept(partition: 5, offset: 0)
        #expect(!isTakenTwice && isTaken)
    }

    @Test(
        "random deliveries in any order never store an offset whose record is out",
        arguments: 0..<50)
    func random(seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        var tracker = DeliveryTracker(batchLimit: 8, partitionCount: 3)
        tracker.assigned([0, 1, 2])
        var next: [Int64] = [0, 0, 0]
        var out: [(tag: UInt, partition: Int32, offset: Int64)] = []
        var stored: [Int64] = [0, 0, 0]
        for _ in 0..<400 {
            if !tracker.isFull, random.below(2) == 0 {
                let tag = tracker.open()
                for _ in 0..<random.below(5) {
                    let partition = random.below(3)
                    let offset = next[partition]
                    next[partition] += 1 + Int64(random.below(2))
                    guard tracker.accept(partition: Int32(partition), offset: offset) else {
                        continue
                    }
                    out.append((tag, Int32(partition), offset))
                }
                tracker.close()
            } else if !out.isEmpty {
                let done = out.remove(at: random.below(out.count))
                tracker.delivered(ok(done.tag, 1))
            }
            for position in completed(&tracker) {
                let slot = Int(position.partition)
                #expect(position.offset > stored[slot])
                stored[slot] = position.offset
            }
            for record in out { #expect(record.offset >= stored[Int(record.partition)]) }
        }
        for record in out { tracker.delivered(ok(record.tag, 1)) }
        _ = completed(&tracker)
        #expect(tracker.isIdle)
    }
}

/// A small seeded generator, so that a failure can be repeated.
struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}
