import Kafka
import Testing

/// When brokers count as silent, by a clock of the test's.
@Suite("Broker silence")
struct BrokerSilenceTests {
    private static let second: UInt64 = 1_000_000_000
    private static let start = 100 * second

    /// Looks every tenth of a second, and gives what was found and when, in tenths.
    private func looks(
        _ silence: inout BrokerSilence, tenths: Range<Int>, hasAnswered: (Int) -> Bool
    ) -> [(tenth: Int, finding: BrokerSilence.Finding)] {
        tenths.compactMap { tenth in
            let now = Self.start + UInt64(tenth) * Self.second / 10
            return silence.look(hasAnswered: hasAnswered(tenth), at: now).map { (tenth, $0) }
        }
    }

    @Test("5 s without an answer are silence, told once, until the next answer")
    func silent() {
        var silence = BrokerSilence(at: Self.start)
        let found = looks(&silence, tenths: 1..<200) { $0 <= 10 || $0 >= 150 }
        #expect(found.map(\.tenth) == [60, 150])
        #expect(found.first?.finding == .began(since: Self.start + Self.second))
        #expect(found.last?.finding == .over)
    }

    @Test("an answer now and then is enough, however slow the brokers are")
    func slow() {
        var silence = BrokerSilence(at: Self.start)
        #expect(looks(&silence, tenths: 1..<2_000) { $0.isMultiple(of: 49) }.isEmpty)
    }

    @Test("a process that was stopped takes its own sleep for no silence of theirs")
    func stopped() {
        var silence = BrokerSilence(at: Self.start)
        let hours = Self.start + 36_000 * Self.second
        let found = silence.look(hasAnswered: false, at: hours)
        #expect(found == nil)
        let next = silence.look(hasAnswered: true, at: hours + 1)
        #expect(next == nil)
    }

    @Test("one whose threads come on rarely hears silence by its looks, not by the hours between")
    func starved() {
        var silence = BrokerSilence(at: Self.start)
        var findings: [BrokerSilence.Finding?] = []
        for minute in 1...4 as ClosedRange<UInt64> {
            let now = Self.start + minute * 60 * Self.second
            findings.append(silence.look(hasAnswered: false, at: now))
        }
        // 2 s of each minute count.
        let since = Self.start + 180 * Self.second - 6 * Self.second
        #expect(findings == [nil, nil, .began(since: since), nil])
    }
}
