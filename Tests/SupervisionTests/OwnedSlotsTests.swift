import Lifecycle
import Supervision
import Testing

@Suite("OwnedSlots")
struct OwnedSlotsTests {
    @Test(
        "slots that fit are owned",
        arguments: [
            (1, 0, 1, 0..<1, "slot 0 of 1"), (4, 2, 2, 2..<4, "slots 2 … 3 of 4"),
            (Limits.slots, Limits.slots - 1, 1, 1_023..<1_024, "slot 1023 of 1024"),
        ])
    func fitting(total: Int, first: Int, count: Int, range: Range<Int>, text: String) throws {
        let slots = try OwnedSlots(total: total, first: first, count: count)
        #expect(slots.range == range)
        #expect(slots.description == text)
    }

    @Test("without a total the group is whoever is alive, up to the most slots that there may be")
    func elastic() throws {
        #expect(
            try OwnedSlots(total: nil, first: 6, count: 2).description
                == "slots 6 … 7 of whoever is alive")
        let last = try OwnedSlots(total: nil, first: Limits.slots - 1, count: 1)
        #expect(last.total == nil && last.description == "slot 1023 of whoever is alive")
        for (first, count) in [(Limits.slots, 1), (Limits.slots - 1, 2), (-1, 1), (0, 0)] {
            let error = #expect(throws: SwerveError.self) {
                try OwnedSlots(total: nil, first: first, count: count)
            }
            #expect(error?.act.hasPrefix("reading slots {total: auto, first: ") == true)
        }
    }

    @Test(
        "slots that do not fit are refused with the number that is wrong",
        arguments: [
            (0, 0, 1, "total"), (Limits.slots + 1, 0, 1, "total"), (-1, 0, 1, "total"),
            (4, 4, 1, "first"), (4, -1, 1, "first"), (4, Int.max, 1, "first"),
            (4, 3, 2, "count"), (4, 0, 0, "count"), (4, 1, Int.max, "count"),
        ])
    func misfitting(total: Int, first: Int, count: Int, wrong: String) {
        let error = #expect(throws: SwerveError.self) {
            try OwnedSlots(total: total, first: first, count: count)
        }
        #expect(error?.code == .usage)
        #expect(error?.reason.hasPrefix("\(wrong) is not in ") == true)
    }
}
