import Lifecycle
import TestSupport
import Testing

@testable import Fleet

@Suite("what a group's processes did while they were watched")
struct FleetHistoryTests {
    private func record(
        _ slot: Int, process: String, epoch: Int64? = 12, firstPollAtMs: Int64 = 0,
        rebalances: Int64 = 0, gapMs: Double = 0, group: String = "g"
    ) -> StatusRecord {
        var record = Heard.record(slot, epoch: epoch, group: group)
        record.incarnation.id = process
        record.serving?.firstPollAtMs = firstPollAtMs
        record.counts.rebalances = rebalances
        record.pollGapMaxMs = gapMs
        return record
    }

    @Test(
        "the last slot's first poll is known once all have polled, and later words do not move it")
    func firstPolls() {
        var history = FleetHistory(group: "g")
        history.hear(.fresh(record(0, process: "a", firstPollAtMs: 70)))
        #expect(history.firstPollOfLastSlotAtMs(epoch: 12, slots: 2) == nil)
        history.hear(.fresh(record(1, process: "b", firstPollAtMs: 90)))
        history.hear(.fresh(record(1, process: "c", firstPollAtMs: 99)))
        history.hear(.fresh(record(1, process: "c", epoch: 13, firstPollAtMs: 120)))
        #expect(history.firstPollOfLastSlotAtMs(epoch: 12, slots: 2) == 90)
        #expect(history.firstPollOfLastSlotAtMs(epoch: 13, slots: 2) == nil)
    }

    @Test("counts of each process add up, however many a slot had; other groups have none")
    func processes() {
        var history = FleetHistory(group: "g")
        history.hear(.fresh(record(0, process: "a", rebalances: 1, gapMs: 7)))
        history.hear(.fresh(record(0, process: "a", rebalances: 2, gapMs: 5)))
        history.hear(.fresh(record(0, process: "b", rebalances: 1)))
        history.hear(.fresh(record(0, process: "x", rebalances: 50, gapMs: 99, group: "other")))
        history.hear(HeardStatus(slot: SlotID(group: "g", slot: 0), record: nil, isOld: false))
        #expect(history.processes == 2 && history.rebalances == 3)
        #expect(history.longestPollGapMs == 7)
        history.hear(.fresh(record(1, process: "c", rebalances: .max)))
        #expect(history.rebalances == .max)
    }
}
