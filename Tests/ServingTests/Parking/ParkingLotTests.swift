import Inputs
import Kafka
import SchemaRegistry
import Serving
import Testing

/// Which records wait, for what, and in which order they come back.
@Suite("ParkingLot")
struct ParkingLotTests {
    private let held = HeldRecords()

    private func parked(
        _ partition: Int32, _ offset: Int64, id: Int32?, bytes: Int = 10, since: UInt64 = 0
    ) -> ParkedRecord {
        ParkedRecord(
            record: KeptRecord(
                held.record(
                    String(repeating: "v", count: bytes), key: "k\(offset)", partition: partition,
                    offset: offset)),
            need: id.map { .schema(.id($0), bodyStart: 5) } ?? .refusal(.emptyPayload),
            since: since)
    }

    private func lot(_ records: [ParkedRecord], bytesMax: Int = 1 << 20) -> ParkingLot {
        var lot = ParkingLot(bytesMax: bytesMax)
        for record in records { lot.park(record) }
        return lot
    }

    /// What comes out where these ids are refused and no other is known.
    private func release(
        _ lot: inout ParkingLot, answered: Set<Int32>, limit: Int = 100
    ) -> (places: [String], hasMore: Bool) {
        var released: [ParkingLot.Release] = []
        let hasMore = lot.release(limit: limit, into: &released) { identity in
            guard case .id(let id) = identity, answered.contains(id) else { return .absent }
            return .refused(.bad, until: nil)
        }
        return (released.map { "\($0.record.partition)/\($0.record.offset)" }, hasMore)
    }

    @Test("the first of a partition keeps all behind it, whatever their schemas")
    func order() {
        var lot = lot([
            parked(0, 1, id: 7), parked(1, 1, id: 8), parked(0, 2, id: 8), parked(0, 3, id: nil),
            parked(1, 2, id: 7),
        ])
        #expect(release(&lot, answered: []).places.isEmpty)
        #expect(release(&lot, answered: [8]).places == ["1/1"])
        #expect(lot.count == 4 && lot.holds(0) && lot.holds(1))
        #expect(release(&lot, answered: [7]).places == ["0/1", "1/2"])
        #expect(!lot.holds(1) && lot.holds(0))
        // The schema of 0/1 is not asked for again: it has left.
        #expect(release(&lot, answered: [8]).places == ["0/2", "0/3"])
        #expect(lot.isEmpty && lot.bytes == 0 && !lot.holds(0))
    }

    @Test("what the next ones wait for is looked for while the first one waits")
    func ahead() {
        var lot = lot((0..<300).map { parked(0, Int64($0), id: Int32($0 + 1)) })
        var asked: [SchemaIdentity] = []
        var released: [ParkingLot.Release] = []
        _ = lot.release(limit: 10, into: &released) { identity in
            asked.append(identity)
            return .absent
        }
        #expect(released.isEmpty && asked == (1...101).map { .id($0) })
    }

    @Test("a record that is refused whatever comes waits only for those before it")
    func refusals() {
        var lot = lot([parked(2, 5, id: nil)])
        var released: [ParkingLot.Release] = []
        let hasMore = lot.release(limit: 9, into: &released) { _ in .absent }
        #expect(!hasMore)
        #expect(released.count == 1)
        guard case .refused(.emptyPayload) = released.first?.admission else {
            Issue.record("\(released)")
            return
        }
    }

    @Test("beyond the limit of a batch the partitions take turns, each in its order")
    func batches() {
        var lot = lot(
            (0..<5).map { parked(0, $0, id: 1) } + (0..<3).map { parked(3, $0, id: 1) })
        let first = release(&lot, answered: [1], limit: 4)
        #expect(first.places == ["0/0", "0/1", "0/2", "0/3"] && first.hasMore)
        let second = release(&lot, answered: [1], limit: 2)
        #expect(second.places == ["3/0", "3/1"] && second.hasMore)
        let third = release(&lot, answered: [1], limit: 2)
        #expect(third.places == ["0/4", "3/2"] && !third.hasMore)
        #expect(lot.isEmpty)
        #expect(release(&lot, answered: [1]).places.isEmpty)
    }

    @Test("a partition gets records again behind those that left, however many there were")
    func reuse() {
        var lot = ParkingLot(bytesMax: 1 << 30)
        var places: [String] = []
        var next: Int64 = 0
        for _ in 0..<7 {
            for _ in 0..<1_000 {
                lot.park(parked(0, next, id: 1))
                next += 1
            }
            places += release(&lot, answered: [1], limit: 700).places
        }
        places += release(&lot, answered: [1], limit: 10_000).places
        #expect(places == (0..<next).map { "0/\($0)" })
        #expect(lot.isEmpty && lot.bytes == 0 && lot.count == 0)
    }

    @Test("what was parked is known by its place")
    func known() {
        let lot = lot([parked(0, 4, id: 1), parked(0, 9, id: 1)])
        #expect(lot.has(partition: 0, offset: 9) && lot.has(partition: 0, offset: 4))
        #expect(!lot.has(partition: 0, offset: 10) && !lot.has(partition: 1, offset: 4))
    }

    @Test("at the bound nothing more is polled, until half of it has left")
    func bound() {
        let each = parked(0, 0, id: 1).record.bytes
        var lot = ParkingLot(bytesMax: 4 * each)
        // Before the first record a size is assumed, so that the first poll keeps the bound too.
        #expect(lot.room == 1 && ParkingLot(bytesMax: 16 << 20).room == 1_024)
        lot.saw(bytes: each)
        #expect(lot.room == 4)
        lot.park(parked(0, 0, id: 1))
        lot.park(parked(0, 1, id: 2))
        lot.park(parked(0, 2, id: 3))
        #expect(lot.room == 1 && !lot.isFull)
        lot.park(parked(0, 3, id: 3))
        #expect(lot.room == 0 && lot.isFull)
        _ = release(&lot, answered: [1])
        #expect(lot.bytes == 3 * each && lot.isFull && lot.room == 0)
        _ = release(&lot, answered: [2])
        #expect(lot.bytes == 2 * each && !lot.isFull && lot.room == 2)
    }

    @Test("one record is taken, however large it is")
    func single() {
        var lot = ParkingLot(bytesMax: 16)
        lot.saw(bytes: 5_000)
        #expect(lot.room == 1)
        lot.park(parked(0, 0, id: 1, bytes: 5_000))
        #expect(lot.isFull && lot.room == 0)
        _ = release(&lot, answered: [1])
        #expect(!lot.isFull && lot.room == 1)
    }

    @Test("records that become larger leave less room")
    func larger() {
        var lot = ParkingLot(bytesMax: 100_000)
        lot.saw(bytes: 100)
        #expect(lot.room == 1_000)
        lot.saw(bytes: 50_000)
        lot.saw(bytes: 10)
        #expect(lot.room == 2)
    }

    @Test("one large record does not make polls small for good")
    func forgotten() {
        var lot = ParkingLot(bytesMax: 1 << 20)
        lot.saw(bytes: 1 << 20)
        #expect(lot.room == 1)
        for _ in 0..<10_000 { lot.saw(bytes: 200) }
        #expect(lot.room > 1_000)
    }

    @Test("all is dropped with the assignment, and the bound is free again")
    func clear() {
        var lot = lot([parked(0, 0, id: 1), parked(1, 0, id: 1)], bytesMax: 64)
        #expect(lot.isFull)
        lot.clear()
        #expect(lot.isEmpty && !lot.isFull && lot.bytes == 0 && lot.oldest == nil)
        #expect(!lot.holds(0) && !lot.has(partition: 0, offset: 0))
        lot.park(parked(0, 0, id: 2))
        #expect(release(&lot, answered: [1, 2]).places == ["0/0"])
    }

    @Test("the oldest is the one that waits longest of all partitions' first")
    func oldest() {
        var lot = lot([
            parked(2, 8, id: 3, since: 50), parked(0, 1, id: 7, since: 40),
            parked(0, 2, id: 9, since: 41),
        ])
        #expect(
            lot.oldest
                == ParkingLot.Oldest(identity: .id(7), partition: 0, offset: 1, since: 40))
        _ = release(&lot, answered: [7])
        #expect(
            lot.oldest
                == ParkingLot.Oldest(identity: .id(9), partition: 0, offset: 2, since: 41))
        _ = release(&lot, answered: [9])
        #expect(lot.oldest?.identity == .id(3))
        _ = release(&lot, answered: [3])
        #expect(lot.oldest == nil)
    }
}
