import Inputs
import Kafka
import Lifecycle
import SchemaRegistry
import Serving
import Testing

/// A group session with records that wait for a schema.
@Suite("GroupSession with parked records")
struct ParkedSessionTests {
    private let held = HeldRecords()

    private func park(_ stand: SessionStand, _ partition: Int32, _ offset: Int64) {
        stand.session.lot.park(
            ParkedRecord(
                record: KeptRecord(held.record("value", partition: partition, offset: offset)),
                need: .schema(.id(1), bodyStart: 5), since: 0))
    }

    @Test("at the bound the member polls on for its group's news, and for no records")
    func bound() throws {
        let stand = try SessionStand()
        stand.assign([0, 1])
        stand.session.lot = ParkingLot(bytesMax: 64)
        #expect(stand.session.poll(into: stand.polled))
        #expect(!stand.consumer.isPaused)
        park(stand, 0, 5)
        let before = stand.consumer.waits.count
        #expect(stand.session.poll(into: stand.polled))
        #expect(stand.session.poll(into: stand.polled))
        #expect(stand.consumer.isPaused && stand.consumer.waits.count == before + 2)
        var released: [ParkingLot.Release] = []
        _ = stand.session.lot.release(limit: 9, into: &released) { _ in .refused(.bad, until: nil) }
        #expect(stand.session.poll(into: stand.polled))
        #expect(!stand.consumer.isPaused)
    }

    @Test("a poll brings no more records than the lot has room for")
    func room() throws {
        let stand = try SessionStand()
        stand.assign([0])
        stand.session.lot = ParkingLot(bytesMax: 1_000)
        stand.session.lot.saw(bytes: 100)
        _ = stand.session.poll(into: stand.polled)
        #expect(stand.consumer.limits.last == 10)
    }

    @Test("offsets before what is parked are stored, and nothing behind it of that partition")
    func offsets() throws {
        let stand = try SessionStand()
        stand.assign([0, 1])
        stand.handOver([(0, 4), (1, 7)])
        park(stand, 0, 5)
        stand.producer.deliver()
        stand.session.settle()
        #expect(
            stand.consumer.stored.last == [
                PartitionOffset(partition: 0, offset: 5), PartitionOffset(partition: 1, offset: 8),
            ])
        #expect(stand.session.tracker.isExpected(partition: 0, offset: 5))
        stand.handOver([(1, 8)])
        stand.producer.deliver()
        stand.session.settle()
        #expect(stand.consumer.stored.last == [PartitionOffset(partition: 1, offset: 9)])
    }

    @Test("a revocation, a loss and a new assignment each drop what is parked")
    func dropped() throws {
        for change in 0..<3 {
            let stand = try SessionStand()
            stand.assign([0])
            park(stand, 0, 5)
            stand.consumer.onPoll = { [session = stand.session] in
                switch change {
                case 0: session.revoking([0])
                case 1: session.lost([0])
                default: session.assigned([0])
                }
            }
            stand.producer.onServe = { [shared = stand.shared] in
                if let ticket = shared.gate.pending { shared.gate.answer(ticket) }
            }
            _ = stand.session.poll(into: stand.polled)
            #expect(stand.session.lot.isEmpty, "change \(change)")
            #expect(stand.consumer.stored.isEmpty)
        }
    }

    @Test("partitions that are added leave what is parked of the others")
    func added() throws {
        let stand = try SessionStand()
        stand.assign([0])
        park(stand, 0, 5)
        stand.session.added([1])
        #expect(stand.session.lot.holds(0))
        // It is not handed over before the control thread has caught up again.
        #expect(stand.session.roomForParked() == 0)
    }

    @Test("what was parked is handed over within the window of what is not committed")
    func window() throws {
        let stand = try SessionStand()
        #expect(stand.session.roomForParked() == 0)
        stand.assign([0])
        #expect(stand.session.roomForParked() > 0)
        stand.shared.signals.stop()
        #expect(stand.session.roomForParked() == 0)
    }

    @Test("a stop does not wait for schemas")
    func stop() throws {
        let stand = try SessionStand()
        stand.assign([0])
        park(stand, 0, 5)
        stand.shared.signals.stop()
        stand.session.drain()
        #expect(stand.consumer.stored.isEmpty && stand.shared.failure == nil)
    }
}
