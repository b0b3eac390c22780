import Inputs
import Kafka
import SchemaRegistry
import Serving
import Testing

/// Which polled records are staged at once, which wait, and what comes out of the lot.
@Suite("SchemaIntake")
struct SchemaIntakeTests {
    /// A table that knows what it is told.
    private final class Table: SchemaSource {
        var known: [SchemaIdentity: AvroSchema] = [:]
        var unknown: Set<SchemaIdentity> = []
        private(set) var asked: [SchemaIdentity] = []
        var version: UInt64 = 0
        var figures: (known: Int, wanted: Int, faults: Int) { (known.count, 0, 0) }

        func find(_ identity: SchemaIdentity) -> SchemaAnswer<AvroSchema> {
            asked.append(identity)
            if let schema = known[identity] { return .known(schema) }
            return unknown.contains(identity) ? .refused(.unknown, until: nil) : .absent
        }

        func why(_ identity: SchemaIdentity) -> String? { nil }
    }

    /// One worker's intake, lot and tracker, and records that are polled or released.
    private final class Stand {
        let table = Table()
        let intake: SchemaIntake<Table>
        var lot = ParkingLot(bytesMax: 1 << 20)
        var tracker = DeliveryTracker(batchLimit: 8, partitionCount: 4)
        let batch = RecordBatch(capacity: 100)
        private let held = HeldRecords()

        init(maxAgeMs: Int64? = nil, nowMs: Int64 = 0) {
            intake = SchemaIntake(
                source: table, capacity: 100, recordBytes: 1_000, maxAgeMs: maxAgeMs,
                nowMs: { nowMs })
            tracker.assigned([0, 1])
        }

        func record(
            _ partition: Int32, _ offset: Int64, id: UInt8?, writtenMs: Int64? = nil
        ) -> KeptRecord {
            KeptRecord(
                held.record(
                    id.map { "\u{0}\u{0}\u{0}\u{0}" + String(UnicodeScalar($0)) + "body" },
                    partition: partition, offset: offset), timestampMs: writtenMs)
        }

        /// What becomes of each record of a poll.
        func poll(_ records: [KeptRecord]) -> [String] {
            batch.release()
            batch.take(records)
            intake.admit(batch, into: &lot, tracker, at: 5)
            return words
        }

        /// What comes out of the lot, with its places.
        func release(_ limit: Int = 100, at now: UInt64 = 10) -> [String] {
            batch.release()
            guard intake.isDue(at: now),
                intake.release(limit, of: &lot, into: batch, at: now)
            else { return [] }
            return words.enumerated().map { index, word in
                let view = batch.record(at: index)
                return "\(view?.partition ?? -1)/\(view?.offset ?? -1) \(word)"
            }
        }

        private var words: [String] {
            intake.admissions.map { admission in
                switch admission {
                case .body(let handle, let start): unsafe "\(handle.schema.number)@\(start)"
                case .refused(let reason): reason.code
                case .parked: "parked"
                case .tooOld: "too old"
                }
            }
        }
    }

    private func schema() throws -> AvroSchema {
        try AvroSchema(SchemaText(Array(#""string""#.utf8)))
    }

    @Test("what is known is staged, what is refused too, and an absent schema stops its partition")
    func admit() throws {
        let stand = Stand()
        let known = try schema()
        stand.table.known[.id(7)] = known
        stand.table.unknown = [.id(9)]
        let words = stand.poll([
            stand.record(0, 0, id: 7), stand.record(0, 1, id: 8), stand.record(1, 0, id: 9),
            stand.record(0, 2, id: 7), stand.record(1, 1, id: 7), stand.record(0, 3, id: nil),
            stand.record(1, 2, id: nil),
        ])
        let body = "\(known.number)@5"
        #expect(
            words == [body, "parked", "unknown_schema", "parked", body, "parked", "null_payload"])
        #expect(stand.lot.count == 3)
        // A later poll of that partition waits too.
        #expect(stand.poll([stand.record(0, 4, id: 7)]) == ["parked"])
    }

    @Test("what waits is looked at when an answer has come, and comes out in order")
    func release() throws {
        let stand = Stand()
        let known = try schema()
        stand.table.known[.id(7)] = known
        _ = stand.poll([
            stand.record(0, 1, id: 8), stand.record(0, 2, id: 7), stand.record(0, 3, id: nil),
        ])
        #expect(stand.release().isEmpty)
        let asked = stand.table.asked.count
        #expect(stand.release().isEmpty)
        #expect(stand.table.asked.count == asked, "looked at without news")
        let late = try schema()
        stand.table.known[.id(8)] = late
        stand.table.version += 1
        #expect(
            stand.release() == [
                "0/1 \(late.number)@5", "0/2 \(known.number)@5", "0/3 null_payload",
            ])
        #expect(stand.lot.isEmpty)
        #expect(stand.poll([stand.record(0, 4, id: 8)]) == ["\(late.number)@5"])
    }

    @Test("more than a batch comes out batch by batch, without further news")
    func batches() throws {
        let stand = Stand()
        _ = stand.poll((0..<5).map { stand.record(0, $0, id: 8) })
        stand.table.unknown = [.id(8)]
        stand.table.version += 1
        #expect(stand.release(2).count == 2)
        #expect(stand.release(2).count == 2)
        #expect(stand.release(2) == ["0/4 unknown_schema"])
        #expect(stand.release(0).isEmpty)
    }

    @Test("what waits stays asked for, once a second")
    func keepsAsking() {
        let stand = Stand()
        _ = stand.poll([stand.record(0, 1, id: 8)])
        #expect(stand.release(at: 10).isEmpty)
        let asked = stand.table.asked.count
        #expect(stand.release(at: 999_999_999).isEmpty)
        #expect(stand.table.asked.count == asked)
        #expect(stand.release(at: 1_000_000_010).isEmpty)
        #expect(stand.table.asked.count == asked + 1)
    }

    @Test("records of other workers, and such as were taken before, are not looked at")
    func foreign() throws {
        let stand = Stand()
        _ = stand.tracker.open()
        let isTaken = stand.tracker.accept(partition: 0, offset: 5)
        #expect(isTaken)
        stand.tracker.close()
        _ = stand.poll([stand.record(3, 0, id: 8), stand.record(0, 5, id: 8)])
        #expect(stand.lot.isEmpty && stand.table.asked.isEmpty)
    }

    @Test("a record that comes again while it waits is not parked twice")
    func twice() {
        let stand = Stand()
        _ = stand.poll([stand.record(0, 1, id: 8), stand.record(0, 2, id: 8)])
        let words = stand.poll([
            stand.record(0, 1, id: 8), stand.record(0, 2, id: 8), stand.record(0, 3, id: 8),
        ])
        #expect(words == ["parked", "parked", "parked"] && stand.lot.count == 3)
    }

    @Test("what is too old waits for no schema, but behind those that do")
    func old() {
        let stand = Stand(maxAgeMs: 100, nowMs: 1_000)
        let words = stand.poll([stand.record(0, 1, id: 8, writtenMs: 899)])
        #expect(words == ["too old"])
        #expect(stand.lot.isEmpty && stand.table.asked.isEmpty)
        _ = stand.poll([
            stand.record(0, 2, id: 8, writtenMs: 900), stand.record(0, 3, id: 8, writtenMs: 1),
        ])
        #expect(stand.lot.count == 2)
    }
}
