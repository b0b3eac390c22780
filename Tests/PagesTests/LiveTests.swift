import Foundation
import Judge
import Lifecycle
import TestSupport
import Testing

@testable import Pages

@Suite("Live updates and assets")
struct LiveTests {
    @Test("a fragment is one event whose lines are its markup's")
    func event() {
        let fragment = LiveFragment("a", "<p id=\"a\">one\ntwo</p>\n")
        #expect(
            String(decoding: fragment.event, as: UTF8.self)
                == "event: fragment\ndata: <p id=\"a\">one\ndata: two</p>\n\n")
    }

    @Test("no text can end an event or begin another", arguments: SampleTexts.allCases)
    func frames(texts: SampleTexts) throws {
        for sample in try SamplePages.all(texts) {
            for fragment in sample.page.fragments(in: sample.context) {
                let text = String(decoding: fragment.event, as: UTF8.self)
                #expect(!text.unicodeScalars.contains("\r"))
                let lines = text.components(separatedBy: "\n")
                #expect(lines[0] == "event: fragment")
                #expect(lines.suffix(2) == ["", ""])
                #expect(lines.dropFirst().dropLast(2).allSatisfy { $0.hasPrefix("data: ") })
            }
        }
    }

    @Test("what is read out does not change with every count")
    func news() throws {
        var view = try SamplePages().model()
        func told() -> [String?] {
            ModelPage(view).fragments(in: SamplePages().context()).map { fragment in
                MarkupReader(fragment.markup.source).elements.first?["data-news"]
            }
        }
        let before = told()
        #expect(before.compactMap(\.self).count == 2)
        view.rollout = try SampleTrial(.usual).rollout(pairs: 62_999)
        view.fleet = try SampleTrial(.usual).fleet(slots: 64, isTroubled: false)
        #expect(told() == before)
        view.rollout = try SampleTrial(.usual).rollout(phase: .gate, reason: "approval")
        #expect(told() != before)
    }

    @Test("the clock and the end of a session are events of one line")
    func others() {
        let clock = String(decoding: LiveEvent.clock(1_700_000_000_000), as: UTF8.self)
        #expect(
            clock
                == "event: clock\ndata: As of <time datetime=\"2023-11-14T22:13:20.000Z\">14 Nov 22:13:20</time>.\n\n"
        )
        #expect(String(decoding: LiveEvent.ended, as: UTF8.self).hasPrefix("event: ended\ndata: "))
    }

    @Test("a page that changes names its stream, one that does not names none")
    func addresses() throws {
        for sample in try SamplePages.all() {
            let page = MarkupReader(sample.text)
            let body = page.elements.first { $0.name == "body" }
            #expect(body?["data-live"] == sample.page.liveAddress, "\(sample.name)")
            #expect(sample.page.liveAddress?.hasPrefix("/live/") != false)
        }
    }

    @Test("assets have the names of their content, and need nothing from elsewhere")
    func assets() {
        #expect(Set(PageAssets.all.map(\.path)).count == PageAssets.all.count)
        for asset in PageAssets.all {
            #expect(asset.path.hasPrefix("/assets/"))
            #expect(!asset.bytes.isEmpty && asset.bytes.count < 64_000)
            // The name of a kind of document, which nobody fetches.
            let text = String(decoding: asset.bytes, as: UTF8.self)
                .replacingOccurrences(of: "xmlns=\"http://www.w3.org/2000/svg\"", with: "")
            for wrong in ["http:", "https:", "@import", "eval(", "url(\"", "url(/"] {
                #expect(!text.contains(wrong), "\(asset.path): \(wrong)")
            }
        }
    }

    @Test("the policy allows no inline script or style")
    func policy() {
        #expect(!PageAssets.contentSecurityPolicy.contains("unsafe"))
        #expect(PageAssets.contentSecurityPolicy.hasPrefix("default-src 'none'; "))
    }

    private static let preview = ProcessInfo.processInfo.environment["SWERVE_PAGES_PREVIEW"]

    @Test(
        "the pages go to a folder to be looked at",
        .enabled(if: preview != nil, "SWERVE_PAGES_PREVIEW names no folder"))
    func previewed() throws {
        let folder = try #require(Self.preview)
        let root = URL(fileURLWithPath: folder)
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        let texts: [(SampleTexts, String)] = [
            (.usual, ""), (.long, "-long"), (.turning, "-turning"),
        ]
        for (texts, ending) in texts {
            for sample in try SamplePages.all(texts) {
                var text = sample.text
                for asset in PageAssets.all {
                    text = text.replacingOccurrences(
                        of: asset.path, with: String(asset.path.dropFirst("/assets/".count)))
                }
                try Data(text.utf8).write(
                    to: root.appendingPathComponent("\(sample.name)\(ending).html"))
            }
        }
        for asset in PageAssets.all {
            let name = String(asset.path.dropFirst("/assets/".count))
            try Data(asset.bytes).write(to: root.appendingPathComponent(name))
        }
    }
}
