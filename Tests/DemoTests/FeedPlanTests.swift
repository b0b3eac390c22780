import Demo
import Testing

@Suite("Feed plan")
struct FeedPlanTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var rate = 10_000
        let fed: Int
        let settled: Int
        let isDue: Bool
        let pace: Double
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "at the start, full speed", fed: 0, settled: 0, isDue: false, pace: 10_000),
        Case(name: "one before 25 %", fed: 49_999, settled: 0, isDue: false, pace: 10_000),
        Case(name: "at 25 % the canary is due", fed: 50_000, settled: 0, isDue: true, pace: 10_000),
        Case(name: "settling slows down", fed: 74_000, settled: 0, isDue: true, pace: 1_000),
        Case(name: "it never stops", fed: 75_000, settled: 0, isDue: true, pace: 5),
        Case(name: "not even beyond half", fed: 80_000, settled: 0, isDue: true, pace: 5),
        Case(name: "but for the next change", fed: 99_999, settled: 0, isDue: true, pace: 0),
        Case(
            name: "settled, full speed again", fed: 75_000, settled: 1, isDue: false, pace: 10_000),
        Case(name: "at 50 %", fed: 100_000, settled: 1, isDue: true, pace: 10_000),
        Case(name: "at 75 %", fed: 150_000, settled: 2, isDue: true, pace: 10_000),
        Case(name: "the last record waits too", fed: 199_999, settled: 2, isDue: true, pace: 0),
        Case(name: "all settled", fed: 199_999, settled: 3, isDue: false, pace: 10_000),
        Case(name: "all fed", fed: 200_000, settled: 3, isDue: false, pace: 0),
        Case(name: "unlimited", rate: 0, fed: 10, settled: 0, isDue: false, pace: .infinity),
        Case(
            name: "unlimited slows too", rate: 0, fed: 50_000, settled: 0, isDue: true, pace: 25_000
        ),
    ]

    @Test("the pace follows records and changes", arguments: cases)
    func paceFollows(one: Case) {
        let plan = FeedPlan(records: 200_000, rate: one.rate)
        #expect(plan.isDue(fed: one.fed, settled: one.settled) == one.isDue)
        #expect(plan.pace(fed: one.fed, settled: one.settled) == one.pace)
    }

    @Test(
        "changes come at a quarter, a half and three quarters", arguments: [1_000, 1_001, 200_000])
    func thresholds(records: Int) {
        let plan = FeedPlan(records: records, rate: 0)
        #expect((0..<3).map(plan.threshold) == [records / 4, records / 2, records * 3 / 4])
        #expect(plan.threshold(3) == records)
    }

    @Test(
        "a second at 10,000 a second grants 10,000, in turns of any length", arguments: [1, 7, 50])
    func paceIsKept(turnMs: Int) {
        var pacer = Pacer(FeedPlan(records: 200_000, rate: 10_000))
        var fed = 0
        for turn in 0...(1_000 / turnMs) {
            let now = UInt64(turn * turnMs) * 1_000_000
            let granted = pacer.grant(nowNs: now, fed: fed, settled: 0, most: 5_000)
            pacer.spend(granted)
            fed += granted
        }
        #expect((9_900...10_000).contains(fed))
    }

    @Test("a long pause is not made up for by a flood")
    func creditIsBounded() {
        var pacer = Pacer(FeedPlan(records: 200_000, rate: 10_000))
        #expect(pacer.grant(nowNs: 0, fed: 0, settled: 0, most: 1_000_000) == 0)
        let granted = pacer.grant(nowNs: 60_000_000_000, fed: 0, settled: 0, most: 1_000_000)
        #expect(granted == 5_000)
    }

    @Test("a grant ends where the next change may come")
    func grantEndsAtChange() {
        var pacer = Pacer(FeedPlan(records: 1_000, rate: 0))
        #expect(pacer.grant(nowNs: 0, fed: 0, settled: 0, most: 5_000) == 250)
        #expect(pacer.grant(nowNs: 1, fed: 1_000, settled: 3, most: 5_000) == 0)
        #expect(pacer.grant(nowNs: 2, fed: 750, settled: 3, most: 5_000) == 250)
    }

    @Test("no partition holds more unanswered bytes than the development broker keeps")
    func outstandingIsBounded() {
        var outstanding = OutstandingBytes(partitions: 2)
        var fed = 0
        while outstanding.hasRoom(partition: 0, record: 1_000) {
            outstanding.fed(partition: 0, record: 1_000)
            fed += 1
        }
        #expect(fed * 1_000 <= OutstandingBytes.boundBytes)
        #expect(fed > 1_500)
        #expect(outstanding.hasRoom(partition: 1, record: 1_000))
        outstanding.answered(partition: 0, record: 1_000)
        #expect(outstanding.hasRoom(partition: 0, record: 1_000))
    }

    @Test("a record larger than the bound waits for an empty partition")
    func largeRecordNeedsEmptyPartition() {
        var outstanding = OutstandingBytes(partitions: 1)
        let large = OutstandingBytes.boundBytes * 2
        #expect(outstanding.hasRoom(partition: 0, record: large))
        outstanding.fed(partition: 0, record: 1)
        #expect(!outstanding.hasRoom(partition: 0, record: large))
    }
}
