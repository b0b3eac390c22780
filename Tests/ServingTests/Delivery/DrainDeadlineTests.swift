import Serving
import Testing

@Suite("DrainDeadline")
struct DrainDeadlineTests {
    @Test("each revocation has its own time; a stop and the revocations behind it share one")
    func once() {
        var deadline = DrainDeadline(limitMs: 10)
        #expect(deadline.begin(at: 1_000, isStopping: false) == 10_001_000)
        #expect(deadline.begin(at: 50_000_000, isStopping: false) == 60_000_000)
        #expect(deadline.begin(at: 70_000_000, isStopping: true) == 80_000_000)
        #expect(deadline.begin(at: 79_000_000, isStopping: true) == 80_000_000)
        #expect(deadline.begin(at: 95_000_000, isStopping: true) == 80_000_000)
    }
}
