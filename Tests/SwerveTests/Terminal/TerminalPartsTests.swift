import Lifecycle
import Testing

@testable import swerve

@Suite("frames, lines and figures")
struct TerminalPartsTests {
    @Test("a page on a terminal fits into it, and nothing of the page before is left")
    func frame() {
        let frame = TerminalFrame.text(["abcdef", "g", "h", "i"], columns: 4, rows: 3)
        #expect(
            frame == "\u{1B}[Habc…\u{1B}[K\r\ng\u{1B}[K\r\n… 2…\u{1B}[K\u{1B}[J")
        #expect(
            TerminalFrame.text(["a", "b"], columns: 80, rows: 2)
                == "\u{1B}[Ha\u{1B}[K\r\nb\u{1B}[K\u{1B}[J")
    }

    @Test("a list names the first few and counts all the others")
    func list() {
        #expect(TextLayout.list(["a", "b"], separator: ", ", limit: 2) == "a, b")
        #expect(TextLayout.list(["a", "b", "c"], separator: " ", limit: 2) == "a b … 1 more")
        let shown = TextLayout.list(0..<1_000_000, separator: ", ", limit: 2) { "\($0)" }
        #expect(shown == "0, 1, … 999998 more")
    }

    @Test(
        "figures are short, whatever the number",
        arguments: [
            (0, "0.000"), (-0.0004, "-0.0004"), (1.23456, "1.235"), (-12.345, "-12.35"),
            (999.96, "1000.0"), (123_456.7, "123457"), (1e300, "1e+300"),
            (-1.234567e200, "-1.2e+200"), (.infinity, "-"), (.nan, "-"),
            (.leastNonzeroMagnitude, "5e-324"),
        ] as [(Double, String)])
    func figures(number: Double, expected: String) {
        #expect(Figures.short(number) == expected)
    }
}
