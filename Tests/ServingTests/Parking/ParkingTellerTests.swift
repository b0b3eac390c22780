import Inputs
import Kafka
import Serving
import Testing

/// When records that wait are told of, and how.
@Suite("ParkingTeller")
struct ParkingTellerTests {
    private let held = HeldRecords()

    private func lot(since: UInt64) -> ParkingLot {
        var lot = ParkingLot(bytesMax: 1 << 20)
        lot.park(
            ParkedRecord(
                record: KeptRecord(held.record("v", partition: 3, offset: 9)),
                need: .schema(.id(17), bodyStart: 5), since: since))
        return lot
    }

    private static let second: UInt64 = 1_000_000_000

    private func tell(
        _ teller: inout ParkingTeller, _ lot: ParkingLot, at seconds: UInt64
    ) -> ParkingTeller.Telling {
        teller.tell(of: lot, at: seconds * Self.second) { oldest in
            "why \(oldest.identity?.words ?? "")"
        }
    }

    @Test("a wait of ten seconds is an obstacle, and says what is waited for")
    func obstacle() {
        var teller = ParkingTeller()
        let lot = lot(since: 100 * Self.second)
        #expect(tell(&teller, lot, at: 102) == ParkingTeller.Telling())
        #expect(tell(&teller, lot, at: 109).obstacle == nil)
        let told = tell(&teller, lot, at: 110).obstacle
        #expect(
            told == "1 record waits for its schema, for 10 s, the first of them at partition 3, "
                + "offset 9: why 17")
        #expect(tell(&teller, ParkingLot(bytesMax: 1), at: 111).obstacle == nil)
    }

    @Test("the log hears of it once a minute, and when it is over")
    func lines() {
        var teller = ParkingTeller()
        let lot = lot(since: 100 * Self.second)
        let empty = ParkingLot(bytesMax: 1)
        #expect(tell(&teller, lot, at: 101).line == nil)
        #expect(tell(&teller, lot, at: 103).line != nil)
        #expect(tell(&teller, lot, at: 104).line == nil)
        #expect(tell(&teller, lot, at: 162).line == nil)
        #expect(tell(&teller, lot, at: 163).line != nil)
        #expect(
            tell(&teller, empty, at: 170).line
                == "no record waits for its schema any more, after 70 s")
        #expect(tell(&teller, empty, at: 171).line == nil)
    }

    @Test("what is over before anything was told of it is not told")
    func short() {
        var teller = ParkingTeller()
        #expect(tell(&teller, lot(since: 100 * Self.second), at: 101).line == nil)
        #expect(tell(&teller, ParkingLot(bytesMax: 1), at: 102).line == nil)
    }
}
