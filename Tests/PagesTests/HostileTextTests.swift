import Lifecycle
import TestSupport
import Testing

@testable import Pages

@Suite("Hostile text on pages")
struct HostileTextTests {
    /// The order of elements and their attributes, without the isolation of each line of a text.
    private static func skeleton(_ page: MarkupReader) -> [String] {
        page.skeleton.filter { $0 != "bdi" }
    }

    @Test(
        "whatever is in a field, no page gets another element or attribute",
        arguments: SampleTexts.allCases)
    func structure(texts: SampleTexts) throws {
        let usual = try SamplePages.all()
        let hostile = try SamplePages.all(texts)
        #expect(usual.map(\.name) == hostile.map(\.name))
        for (one, other) in zip(usual, hostile) {
            let page = MarkupReader(other.text)
            #expect(page.faults.isEmpty, "\(other.name): \(page.faults)")
            #expect(
                Self.skeleton(page) == Self.skeleton(MarkupReader(one.text)),
                "\(texts): \(other.name)")
        }
    }

    @Test(
        "no control, bidirectional or unseen character reaches a page",
        arguments: SampleTexts.allCases)
    func characters(texts: SampleTexts) throws {
        for sample in try SamplePages.all(texts) {
            let wrong = sample.text.unicodeScalars.filter { scalar in
                switch scalar.value {
                case 0x0A: false
                case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E,
                    0x2066...0x2069, 0xFEFF, 0xFFFE, 0xFFFF, 0xE0000...0xE0FFF:
                    true
                default: false
                }
            }
            #expect(wrong.isEmpty, "\(sample.name): \(wrong.prefix(5).map(\.value))")
        }
    }

    @Test(
        "long texts are cut: no page grows by more than a part",
        arguments: [SampleTexts.long, .piled])
    func sizes(texts: SampleTexts) throws {
        for sample in try SamplePages.all(texts) {
            #expect(sample.bytes.count < 400_000, "\(sample.name): \(sample.bytes.count)")
        }
    }

    @Test("what is hidden in a text is to be seen")
    func visible() {
        let markup: HTML = "<p>\(name: "a\u{202E}b\u{0}\u{200B}<i>")</p>"
        #expect(markup.source == "<p><bdi>a\\u{202e}b\\u{0}\\u{200b}&lt;i&gt;</bdi></p>")
    }

    @Test("joiners stay, which scripts need")
    func joiners() {
        let markup: HTML = "\("نامه\u{200C}ها 👩\u{200D}🚀")"
        #expect(markup.source == "نامه\u{200C}ها 👩\u{200D}🚀")
    }

    @Test("a text of few characters and many scalars is cut by its scalars")
    func scalars() {
        let cut = VisibleText.bounded("e" + String(repeating: "\u{301}", count: 9_000), 200)
        #expect(cut.unicodeScalars.count == 200)
        #expect(cut.unicodeScalars.last == "…")
        #expect(VisibleText.bounded("abc", 3) == "abc")
    }

    @Test("lines stay lines where a text has some")
    func lines() {
        let markup: HTML = "<pre>\(lines: "GET /\r\na")</pre>"
        #expect(markup.source == "<pre><bdi>GET /\\u{d}</bdi>\n<bdi>a</bdi></pre>")
    }
}
