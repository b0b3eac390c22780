import Lifecycle
import Testing

@testable import swerve

/// What goes into a page of HTML.
@Suite("Pages")
struct ReplayPageTests {
    @Test("text is escaped, and what no document may have is replaced")
    func escaped() {
        #expect(HTMLText.escaped(#"<b a="1">'&"#) == "&lt;b a=&quot;1&quot;&gt;&#39;&amp;")
        #expect(HTMLText.escaped("a\u{0}\u{1B}\u{202E}b\n") == "a\u{FFFD}\u{FFFD}\u{FFFD}b\n")
        var page = Markup()
        page.add("p", "</p><script>")
        page.table(["<"], [["</td>"]])
        #expect(!page.text.contains("<script") && page.text.contains("&lt;/td&gt;"))
    }

    private static func plot(_ points: [(x: Double, y: Double)]) -> Plot {
        Plot(
            title: "a < b", xName: "<x>", yName: "y",
            series: [Plot.Series(name: "&", colour: 0, points: points)], xEnds: ("<", ">"))
    }

    @Test("a plot draws whatever numbers there are")
    func plots() {
        #expect(Self.plot([]).lines.isEmpty)
        for points in [[(1.0, 0.0)], [(0, 0), (0, 0)], [(0, .infinity), (1, 2), (.nan, 3)]] {
            for drawn in [Self.plot(points).lines, Self.plot(points).steps] {
                #expect(drawn.hasPrefix("<svg") && drawn.hasSuffix("</svg>"))
                #expect(!drawn.contains("nan") && !drawn.contains("inf"))
                #expect(drawn.contains("a &lt; b") && !drawn.contains("<x>"))
                // Each axis has its own name.
                #expect(drawn.contains("text-anchor=\"middle\" class=\"\">&lt;x&gt;</text>"))
                #expect(drawn.contains("rotate(-90 12 122)\">y</text>"))
            }
        }
    }
}
