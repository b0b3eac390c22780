import Testing

@testable import Verification

/// Offsets as bits over a window that moves.
@Suite("Offset window")
struct OffsetWindowTests {
    @Test("an offset is met first once, and again within the window")
    func meets() {
        var window = OffsetWindow(capacity: 128)
        #expect(window.meet(5) == .first)
        #expect(window.meet(5) == .again)
        #expect(window.meet(3) == .first)
        #expect(window.meet(100) == .first)
        #expect(window.meet(3) == .again)
        #expect(window.meet(131) == .first)
        #expect(window.meet(3) == .unknown, "further back than the window")
        #expect(window.meet(4) == .first, "the last that is in it")
        #expect(window.meet(5) == .again)
        #expect(window.meet(-1) == .unknown)
    }

    @Test("agrees with a set, whatever the jumps")
    func random() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var window = OffsetWindow(capacity: 192)
            var seen: Set<Int64> = []
            var highest: Int64 = -1
            for _ in 0..<500 {
                let jump = Int64.random(in: -200...200, using: &generator)
                let far = Int.random(in: 0..<40, using: &generator) == 0 ? Int64(1_000) : 0
                let offset = max(0, highest + jump + far)
                highest = max(highest, offset)
                let isInside = offset > highest - 192
                let met = window.meet(offset)
                if isInside {
                    #expect((met == .again) == seen.contains(offset) && met != .unknown)
                } else {
                    #expect(met == .unknown)
                }
                seen.insert(offset)
            }
        }
    }
}
