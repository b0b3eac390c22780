import Lifecycle
import Testing

@testable import Serving

@Suite("DeliveryTimes")
struct DeliveryTimesTests {
    private static let millisecond: UInt64 = 1_000_000

    @Test("a record's latency is its age at the poll and its batch's time, counted once it is done")
    func latency() {
        var times = DeliveryTimes(batchLimit: 2, batchRecords: 3)
        times.begin(tag: 1, records: 3, polledAt: 1_000, wallMs: 10_000)
        times.took(writtenMs: 9_990)
        times.took(writtenMs: 9_000)
        times.took(writtenMs: nil)
        times.settled(before: 1, at: 5_000)
        #expect(times.timings.sinceWritten.count == 0, "nothing is acknowledged yet")
        times.settled(before: 2, at: 1_000 + 4 * Self.millisecond)
        let timings = times.timings
        // 14 ms and 1,004 ms; the third says nothing of its writing.
        #expect(timings.sinceWritten.count == 2)
        #expect(abs(timings.sinceWritten.sum - 1.018) < 1e-9)
        #expect(timings.sincePolled.count == 3)
        #expect(abs(timings.sincePolled.sum - 0.012) < 1e-9)
        #expect(timings.batches.count == 1 && timings.batches.sum == 3)
        #expect(times.lastRecordAtMs == 9_990)
        times.settled(before: 2, at: 9 * Self.millisecond)
        #expect(times.timings == timings, "a batch is counted once")
    }

    @Test("a writer's clock that is ahead makes a record 0 old, and one far back is held")
    func clocks() {
        var times = DeliveryTimes(batchLimit: 2, batchRecords: 2)
        times.begin(tag: 1, records: 2, polledAt: 0, wallMs: 1_000)
        times.took(writtenMs: 999_999)
        times.took(writtenMs: -9_000_000_000_000)
        times.settled(before: 2, at: Self.millisecond)
        #expect(times.timings.sinceWritten.counts.first == 1)
        #expect(times.timings.sinceWritten.counts.last == 1)
    }

    @Test("a place is used again by a later batch, and its earlier records are gone")
    func ring() {
        var times = DeliveryTimes(batchLimit: 2, batchRecords: 2)
        for tag in UInt(1)...10 {
            times.begin(tag: tag, records: 2, polledAt: 0, wallMs: 1_000)
            times.took(writtenMs: 1_000)
            times.took(writtenMs: 1_000)
            times.settled(before: tag + 1, at: Self.millisecond)
        }
        #expect(times.timings.sinceWritten.count == 20)
        #expect(times.timings.sincePolled.count == 20)
        #expect(times.timings.batches.count == 10)
    }

    @Test("a batch without records, as of those that were passed over, is no measurement")
    func empty() {
        var times = DeliveryTimes(batchLimit: 2, batchRecords: 2)
        times.begin(tag: 1, records: 0, polledAt: 0, wallMs: 0)
        times.settled(before: 2, at: 1)
        #expect(times.timings.batches.count == 0 && times.timings.sincePolled.count == 0)
        #expect(times.lastRecordAtMs == nil)
    }

    @Test("bounds are inclusive")
    func bounds() {
        var histogram = WholeHistogram(bounds: [1, 10])
        for value: Int64 in [0, 1, 2, 10, 11] { histogram.add(value) }
        histogram.add(5, times: 3)
        let told = histogram.told(unit: 1)
        #expect(told.counts == [2, 5, 1] && told.sum == 39)
    }

    @Test("a rate is over a second or more, and there is none before")
    func rate() {
        var rate = RecordRate()
        rate.note(0, at: 0)
        rate.note(500, at: 500_000_000)
        #expect(rate.perSecond == nil)
        rate.note(3_000, at: 2_000_000_000)
        #expect(rate.perSecond == 1_500)
        rate.note(3_000, at: 2_500_000_000)
        #expect(rate.perSecond == 1_500)
        rate.note(3_000, at: 3_000_000_000)
        #expect(rate.perSecond == 0)
    }
}
