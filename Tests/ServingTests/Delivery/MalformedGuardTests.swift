import Serving
import Testing

@Suite("MalformedGuard")
struct MalformedGuardTests {
    @Test("more than half of the first thousand trips, and half of them does not")
    func first() {
        var half = MalformedGuard()
        for record in 0..<1_000 { half.record(isMalformed: record % 2 == 0) }
        #expect(!half.isTripped && half.malformed == 500)
        var more = MalformedGuard()
        for record in 0..<501 {
            #expect(!more.isTripped)
            more.record(isMalformed: record >= 0)
        }
        #expect(more.isTripped)
    }

    @Test("later ones only count")
    func later() {
        var lines = MalformedGuard()
        for _ in 0..<1_000 { lines.record(isMalformed: false) }
        for _ in 0..<5_000 { lines.record(isMalformed: true) }
        #expect(!lines.isTripped && lines.malformed == 5_000)
    }
}
