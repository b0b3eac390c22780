import Kafka
import TestSupport
import Testing

/// What is told of brokers that are away, by a clock of the test's.
@Suite("Broker outage", .blocking)
struct BrokerOutageTests {
    private static let second: UInt64 = 1_000_000_000

    /// Not inside the macro, which takes no mutating call.
    private func expect(
        _ found: BrokerOutage.Telling?, _ expected: BrokerOutage.Telling?,
        at location: SourceLocation = #_sourceLocation
    ) { #expect(found == expected, sourceLocation: location) }

    @Test("35 s away: one line when it goes and one when it is back, whatever librdkafka repeats")
    func shortOutage() {
        var outage = BrokerOutage()
        var told: [BrokerOutage.Telling] = []
        for tenth in 0..<350 {
            let now = 100 * Self.second + UInt64(tenth) * Self.second / 10
            if let telling = outage.trouble(isTotal: tenth == 3, at: now) { told.append(telling) }
        }
        #expect(told == [.began(isFirst: true)])
        expect(outage.answered(at: 135 * Self.second), .over(seconds: 35, untold: 349))
        expect(outage.answered(at: 136 * Self.second), nil)
        // Another handle finds its connection a little later.
        expect(outage.trouble(isTotal: false, at: 139 * Self.second), nil)
        expect(outage.trouble(isTotal: false, at: 150 * Self.second), .began(isFirst: false))
    }

    @Test("a long one is told once a minute, with how many errors were not told")
    func longOutage() {
        var outage = BrokerOutage()
        var told: [BrokerOutage.Telling] = []
        for second in 1...150 {
            let now = UInt64(second) * Self.second
            if let telling = outage.trouble(isTotal: true, at: now) { told.append(telling) }
        }
        #expect(
            told == [
                .began(isFirst: true), .lasts(seconds: 60, untold: 59),
                .lasts(seconds: 120, untold: 59),
            ])
    }

    @Test("since when no broker at all is connected is known, and over with the first answer")
    func total() {
        var outage = BrokerOutage()
        expect(outage.trouble(isTotal: false, at: Self.second), .began(isFirst: true))
        #expect(outage.totalSince == nil)
        for second in [5, 6, 7] as [UInt64] {
            expect(outage.trouble(isTotal: true, at: second * Self.second), nil)
        }
        expect(outage.trouble(isTotal: false, at: 8 * Self.second), nil)
        #expect(outage.totalSince == 5 * Self.second)
        expect(outage.answered(at: 9 * Self.second), .over(seconds: 8, untold: 4))
        #expect(outage.totalSince == nil)
    }

    @Test("one broker of several that is away is not back because the others answer")
    func partial() {
        var outage = BrokerOutage()
        expect(outage.trouble(isTotal: false, at: Self.second), .began(isFirst: true))
        for second in 2...30 { expect(outage.answered(at: UInt64(second) * Self.second), nil) }
        expect(outage.trouble(isTotal: false, at: 31 * Self.second), nil)
        expect(outage.answered(at: 60 * Self.second), nil)
        expect(outage.answered(at: 67 * Self.second), .over(seconds: 66, untold: 1))
    }

    @Test("brokers that cease to answer are away since their last answer, also where one was back")
    func silence() {
        var outage = BrokerOutage()
        expect(outage.trouble(isTotal: true, at: Self.second), .began(isFirst: true))
        expect(outage.answered(at: 2 * Self.second), .over(seconds: 1, untold: 0))
        // No echo of that outage, although it follows soon.
        expect(
            outage.silent(since: 3 * Self.second, at: 8 * Self.second), .began(isFirst: false))
        #expect(outage.totalSince == 3 * Self.second)
        expect(outage.answered(at: 10 * Self.second), .over(seconds: 7, untold: 0))
        #expect(outage.totalSince == nil)
        // One that is known already began when it did.
        expect(outage.trouble(isTotal: false, at: 30 * Self.second), .began(isFirst: false))
        expect(outage.silent(since: 31 * Self.second, at: 36 * Self.second), nil)
        #expect(outage.totalSince == 31 * Self.second)
        expect(outage.trouble(isTotal: true, at: 37 * Self.second), nil)
        #expect(outage.totalSince == 31 * Self.second)
        expect(outage.answered(at: 40 * Self.second), .over(seconds: 10, untold: 2))
    }
}
