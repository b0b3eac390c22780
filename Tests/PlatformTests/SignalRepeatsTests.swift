import Testing

@testable import Platform

@Suite("Signals that arrive twice")
struct SignalRepeatsTests {
    /// Which of the signals count, each with the moment of its reading in ns.
    private func counted(_ signals: [(ProcessSignal, UInt64)]) -> [Bool] {
        var repeats = SignalRepeats()
        return signals.map { signal, moment in repeats.counts(signal, nowNs: moment) }
    }

    @Test("the same within a second of the one that counted is no second request")
    func repeats() {
        let start: UInt64 = 5_000_000_000
        let second = SignalRepeats.windowNs
        // What did not count does not make the second longer.
        let moments = [start, start + 1, start + second - 1, start + second, start + second + 1]
        #expect(counted(moments.map { (.terminate, $0) }) == [true, false, false, true, false])
    }

    @Test("another signal is another request")
    func others() {
        let found = counted([(.interrupt, 7), (.terminate, 8), (.interrupt, 9)])
        #expect(found == [true, true, false])
    }
}
