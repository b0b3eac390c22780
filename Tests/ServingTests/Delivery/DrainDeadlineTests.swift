import Serving
import Testing

@Suite("DrainDeadline")
struct DrainDeadlineTests {
    private static let second: UInt64 = 1_000_000_000
    private static let limit: UInt64 = 10_000_000_000

    private var deadline = DrainDeadline(limitMs: 10_000)

    private mutating func expect(
        _ stop: DrainDeadline.Stop?, begunAt: UInt64, end: UInt64,
        at location: SourceLocation = #_sourceLocation
    ) {
        let found = deadline.end(stop, begunAt: begunAt)
        #expect(found == end, sourceLocation: location)
    }

    @Test("each revocation has its own time; a stop and the revocations behind it share one")
    mutating func once() {
        expect(nil, begunAt: 1_000, end: 1_000 + Self.limit)
        expect(nil, begunAt: 50 * Self.second, end: 60 * Self.second)
        let stop = DrainDeadline.Stop(askedAt: 70 * Self.second)
        expect(stop, begunAt: 71 * Self.second, end: 80 * Self.second)
        expect(stop, begunAt: 79 * Self.second, end: 80 * Self.second)
        expect(stop, begunAt: 95 * Self.second, end: 80 * Self.second)
    }

    @Test("what was scored until the stop's time was nearly over has a moment too, once")
    mutating func late() {
        let stop = DrainDeadline.Stop(askedAt: 70 * Self.second)
        expect(stop, begunAt: 100 * Self.second, end: 101 * Self.second)
        expect(stop, begunAt: 105 * Self.second, end: 101 * Self.second)
        var short = DrainDeadline(limitMs: 10)
        let end = short.end(stop, begunAt: 100 * Self.second)
        #expect(end == 100 * Self.second + 10_000_000)
    }

    @Test("brokers that were away before are waited for less, and no less than a moment")
    mutating func away() {
        let asked = 70 * Self.second
        func since(_ seconds: UInt64) -> DrainDeadline.Stop {
            DrainDeadline.Stop(askedAt: asked, awaySince: seconds * Self.second)
        }
        expect(since(66), begunAt: asked, end: 76 * Self.second)
        expect(since(20), begunAt: asked, end: 71 * Self.second)
        // Those that went away behind it may come back, and so may those that were away.
        expect(since(72), begunAt: asked, end: 80 * Self.second)
        expect(DrainDeadline.Stop(askedAt: asked), begunAt: asked, end: 80 * Self.second)
    }
}
