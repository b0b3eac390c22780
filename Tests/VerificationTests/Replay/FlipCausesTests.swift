import Scoring
import Testing

@testable import Verification

/// What changed a verdict most.
@Suite("Causes of flips")
struct FlipCausesTests {
    private static func explanation(_ bias: Double, _ parts: [(String, Double)]) -> Explanation {
        Explanation(
            decisionIndex: 0, decision: bias + parts.reduce(0) { $0 + $1.1 }, bias: bias,
            contributions: parts.enumerated().map { index, part in
                Explanation.Contribution(
                    value: part.1,
                    subject: .feature(
                        index: index, value: 1, weight: part.1, origin: .named(part.0)))
            }, rest: 0, restCount: 0)
    }

    private static func change(
        _ here: [(String, Double)], _ there: [(String, Double)], bias: Double = 0
    ) -> VerdictChange {
        VerdictChange(from: explanation(0, here), to: explanation(bias, there), top: 50)
    }

    private static func terms(_ threshold: Double = 0, high: Bool? = true) -> FlipCauses.Terms {
        FlipCauses.Terms(threshold: threshold, highIsAlert: high)
    }

    @Test("is the feature that moved it most in its direction")
    func feature() {
        let change = Self.change([("a", 1), ("b", 2)], [("a", -4), ("b", 5)])
        #expect(FlipCauses.cause(change, .up, Self.terms()) == "b")
        #expect(FlipCauses.cause(change, .down, Self.terms()) == "a")
        #expect(FlipCauses.cause(change, .up, Self.terms(high: false)) == "a")
        #expect(FlipCauses.cause(change, .relabelled, Self.terms()) == "a")
        #expect(FlipCauses.cause(change, .up, Self.terms(high: nil)) == "a")
    }

    @Test("may be what every record gets, or the threshold alone")
    func general() {
        let change = Self.change([("a", 1)], [("a", 1.5)], bias: 2)
        #expect(FlipCauses.cause(change, .up, Self.terms()) == FlipCauses.everyRecord)
        #expect(FlipCauses.cause(change, .up, Self.terms(3)) == FlipCauses.threshold)
        #expect(FlipCauses.cause(change, .down, Self.terms(-3)) == FlipCauses.threshold)
    }

    @Test("groups are told by size, each with some examples")
    func groups() {
        let flips = (0..<10).map { number in
            let place = StreamPlace(partition: 0, offset: Int64(number))
            return ExplainedFlip(
                flip: Flip(
                    place: place, atMs: nil, firstScore: 0, secondScore: 1, firstClass: 0,
                    secondClass: 1, value: nil), kind: number == 9 ? .down : .up, change: nil,
                cause: number < 3 ? "x" : "y")
        }
        let groups = FlipCauses.groups(flips, examples: 2)
        #expect(groups.map(\.cause) == ["y", "x", "y"])
        #expect(groups.map(\.count) == [6, 3, 1])
        #expect(groups.map(\.examples.count) == [2, 2, 1])
    }
}
