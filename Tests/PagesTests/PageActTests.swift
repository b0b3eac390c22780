import Judge
import Lifecycle
import TestSupport
import Testing

@testable import Operations
@testable import Pages
@testable import Registry

@Suite("Acts of pages")
struct PageActTests {
    @Test("an act comes back from its name and its fields")
    func reading() throws {
        let acts: [PageAct] = [
            .promote(3), .canary(8, try Share("0.25%")), .shadow(8, try Share("100%")), .complete,
            .abort,
            .rollback, .rollbackTo(2),
        ]
        for act in acts + RolloutWord.allCases.map(PageAct.rollout) {
            let fields = Dictionary(uniqueKeysWithValues: act.fields.map { ($0.name, $0.value) })
            let read = try PageAct(
                name: act.name, version: fields["version"], share: fields["share"])
            #expect(read == act)
        }
    }

    @Test("people may leave the percent sign away, and put spaces around it")
    func shares() throws {
        for text in ["5", "5%", " 5 % "] {
            #expect(
                try PageAct(name: "canary", version: "8", share: text)
                    == .canary(8, try Share("5%")))
        }
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            ("promote", nil, nil), ("promote", "0", nil), ("promote", "-1", nil),
            ("promote", "9999999999", nil),
            ("promote", "1x", nil), ("canary", "8", nil), ("canary", "8", "0"),
            ("canary", "8", "101"),
            ("canary", "8", "nan"), ("canary", "8", "5%%"), ("rollback", "latest", nil),
        ] as [(String, String?, String?)])
    func refusals(name: String, version: String?, share: String?) {
        #expect { try PageAct(name: name, version: version, share: share) } throws: {
            code($0) == .usage
        }
    }

    @Test(
        "an act that there is not is not found",
        arguments: ["", "settings", "rollout-", "rollout-go", "Promote"])
    func unknown(name: String) {
        #expect { try PageAct(name: name, version: "1", share: "1%") } throws: {
            code($0) == .notFound
        }
    }

    @Test("the confirmation says before and after, by the rules that carry it out")
    func preview() throws {
        let samples = SamplePages()
        func told(_ act: PageAct) throws -> [String] {
            switch ActPreview(try samples.act(act)) {
            case .changes(_, let sentences): sentences
            case .refused(let error): ["refused: \(error.reason)"]
            }
        }
        #expect(try told(.canary(42, Share("25%")))[0] == "Canary 42 is widened from 5% to 25%.")
        #expect(try told(.abort)[0] == "Canary 42 at 5% is dropped.")
        #expect(
            try told(.complete)[0]
                == "Canary 42 becomes stable in place of 41; 41 stays the way back.")
        #expect(
            try told(.rollout(.pause)) == [
                "The rollout is running now and will be paused.", "The deployment stays as it is.",
            ])
        #expect(
            try told(.rollout(.skip)) == [
                "The rollout is running now and will be running.", "It goes from step 3 to step 4.",
                "Canary 42 is widened from 5% to 25%.",
            ])
        #expect(try told(.rollout(.approve)) == ["refused: no step waits for approval"])
        #expect(try told(.canary(41, Share("5%"))) == ["refused: it is the stable version"])
    }

    @Test("a version that is not there is refused before anything is sent")
    func unknownVersion() throws {
        var view = try SamplePages().act(.promote(99))
        view.digest = nil
        guard case .refused(let error) = ActPreview(view) else {
            Issue.record("not refused")
            return
        }
        #expect(error.code == .notFound)
        let page = String(decoding: ActPage(view).bytes(in: SamplePages().context()), as: UTF8.self)
        #expect(!page.contains("<textarea"))
    }

    @Test("who may not change sees what would change, and no form")
    func reader() throws {
        var view = try SamplePages().act(.abort)
        view.mayChange = false
        let page = String(decoding: ActPage(view).bytes(in: SamplePages().context()), as: UTF8.self)
        #expect(page.contains("is dropped"))
        #expect(!page.contains("<textarea"))
    }

    @Test("a hub that only reads offers no form either")
    func readsOnly() throws {
        var context = SamplePages().context()
        context.readsOnly = "another hub leads"
        let page = String(
            decoding: ActPage(try SamplePages().act(.abort)).bytes(in: context), as: UTF8.self)
        #expect(!page.contains("<textarea"))
    }

    @Test("the act that is sent is the one that was shown")
    func form() throws {
        let view = try SamplePages().act(.canary(42, try Share("12.5%")))
        let page = MarkupReader(
            String(decoding: ActPage(view).bytes(in: SamplePages().context()), as: UTF8.self))
        let form = page.elements.first { $0.name == "form" && $0["class"] == "confirm" }
        #expect(form?["action"] == "/models/http-anomaly/acts/canary")
        #expect(form?["method"] == "post")
        let fields = page.elements.filter { $0.name == "input" && $0["type"] == "hidden" }
        #expect(fields.first { $0["name"] == "version" }?["value"] == "42")
        #expect(fields.first { $0["name"] == "share" }?["value"] == "12.5%")
        #expect(fields.first { $0["name"] == ActField.key }?["value"] == "4be1")
    }

    @Test("after the sign-in nobody is sent away from the hub")
    func next() {
        let context = SamplePages().context()
        for (given, expected) in [
            ("/models/a?x=1", "/models/a?x=1"), ("//evil.example", "/"),
            ("https://evil.example", "/"),
            ("/\\evil.example", "/"),
        ] {
            let page = MarkupReader(
                String(decoding: SignInPage(next: given).bytes(in: context), as: UTF8.self))
            #expect(page.elements.first { $0["name"] == "next" }?["value"] == expected)
        }
    }
}
