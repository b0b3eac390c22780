import Lifecycle
import TestSupport
import Testing

@testable import Pages

@Suite("The structure of pages")
struct PageStructureTests {
    /// Each page that there is, read strictly.
    private func each(_ body: (SamplePages.Sample, MarkupReader) throws -> Void) throws {
        for sample in try SamplePages.all() { try body(sample, MarkupReader(sample.text)) }
    }

    @Test("tags are balanced, attributes quoted, text escaped")
    func balanced() throws {
        try each { sample, page in
            #expect(page.faults.isEmpty, "\(sample.name): \(page.faults)")
            #expect(sample.text.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
        }
    }

    @Test("the reader finds what it is for")
    func readerFinds() {
        for wrong in [
            "<p>a</div>", "<p>a", "<p class=x>a</p>", "<p>a & b</p>", "<p>a > b</p>",
            "<p id=\"a\" id=\"b\"></p>",
            "<p title=\"<b>\"></p>", "<p title=\"it's\"></p>", "<p", "< p>a</p>",
        ] {
            #expect(!MarkupReader(wrong).faults.isEmpty, "\(wrong)")
        }
        #expect(
            MarkupReader("<p class=\"a\">a &amp; b<br><svg><path d=\"M0\"/></svg></p>").faults
                .isEmpty)
    }

    @Test("the page of the audit chain says what each entry is about, and what it may not tell")
    func audit() throws {
        let pages = try SamplePages.all()
        let limited = try #require(pages.first { $0.name == "audit-limited" }?.text)
        #expect(limited.contains("told to who may see all models"))
        #expect(!limited.contains("not verified") && !limited.contains("has not verified"))
        let whole = try #require(pages.first { $0.name == "audit" }?.text)
        #expect(whole.contains(">token ci, promoter of http-*<"), "\(whole)")
        #expect(whole.contains(">webhook 3, https://hooks.example/swerve<"))
    }

    @Test("ids are unique, and what refers to one finds it")
    func ids() throws {
        try each { sample, page in
            let ids = page.elements.compactMap { $0["id"] }
            let twice = Dictionary(grouping: ids) { $0 }.filter { $0.value.count > 1 }.keys
            #expect(twice.isEmpty, "\(sample.name): \(twice.sorted())")
            let references = page.elements.flatMap { element in
                ["for", "aria-labelledby", "aria-describedby", "href"].compactMap {
                    name -> String? in
                    guard let value = element[name] else { return nil }
                    guard name == "href" else { return value }
                    return value.hasPrefix("#") ? String(value.dropFirst()) : nil
                }
            }
            for reference in references {
                #expect(ids.contains(reference), "\(sample.name): \(reference)")
            }
        }
    }

    @Test("every field has a label, every select and textarea too")
    func labels() throws {
        try each { sample, page in
            let labelled = Set(page.elements.filter { $0.name == "label" }.compactMap { $0["for"] })
            for field in page.elements where ["input", "select", "textarea"].contains(field.name) {
                if field["type"] == "hidden" { continue }
                #expect(labelled.contains(field["id"] ?? ""), "\(sample.name): \(field)")
            }
        }
    }

    @Test("headings begin with one h1 and never leave a step out")
    func headings() throws {
        try each { sample, page in
            let levels = page.elements.map(\.name)
                .filter { $0.count == 2 && $0.hasPrefix("h") && $0 != "hr" }.compactMap {
                    Int($0.dropFirst())
                }
            #expect(levels.first == 1, "\(sample.name): \(levels)")
            #expect(levels.count { $0 == 1 } == 1, "\(sample.name)")
            for (above, below) in zip(levels, levels.dropFirst()) {
                #expect(below <= above + 1, "\(sample.name): \(levels)")
            }
        }
    }

    @Test("no script, style or handler stands in a page, nothing comes from elsewhere")
    func policy() throws {
        let allowed = Set(PageAssets.all.map(\.path))
        try each { sample, page in
            for element in page.elements {
                #expect(
                    !["style", "iframe", "object", "embed", "base", "img"].contains(element.name))
                if element.name == "script" {
                    #expect(allowed.contains(element["src"] ?? ""), "\(sample.name)")
                }
                for (name, value) in element.attributes {
                    #expect(!name.hasPrefix("on") && name != "style", "\(sample.name): \(name)")
                    guard ["href", "src", "action"].contains(name) else { continue }
                    let isHere =
                        value.hasPrefix("/") && !value.hasPrefix("//") || value.hasPrefix("#")
                    let isIssuer = sample.name == "sign-in" && value == "https://id.example/auth"
                    #expect(isHere || isIssuer, "\(sample.name): \(value)")
                }
            }
        }
    }

    @Test("tables have captions and scopes; pictures have words or are hidden")
    func tables() throws {
        try each { sample, page in
            let names = page.elements.map(\.name)
            #expect(
                names.count { $0 == "table" } == names.count { $0 == "caption" }, "\(sample.name)")
            for cell in page.elements where cell.name == "th" {
                #expect(cell["scope"] == "col" || cell["scope"] == "row", "\(sample.name)")
            }
            for picture in page.elements where picture.name == "svg" {
                let isTold = picture["role"] == "img" && picture["aria-label"]?.isEmpty == false
                let isInner = picture["preserveAspectRatio"] != nil
                #expect(isTold || picture["aria-hidden"] == "true" || isInner, "\(sample.name)")
            }
        }
    }

    @Test("what is sent is a form with a token; what is read is not")
    func forms() throws {
        try each { sample, page in
            let tokens = page.elements.filter { $0["name"] == ActField.token }
            let posts = page.elements.filter { $0.name == "form" && $0["method"] == "post" }
            #expect(tokens.count == posts.count, "\(sample.name)")
            guard sample.name.hasPrefix("act-") else { return }
            let sent = page.elements.filter {
                $0.name == "textarea" && $0["name"] == ActField.reason
            }
            let isSent = !sent.isEmpty
            let isRefused = ["act-refused", "act-signed", "act-approve"].contains(sample.name)
            #expect(isSent == !isRefused, "\(sample.name): \(sent)")
            if isSent {
                let epoch = page.elements.first { $0["name"] == ActField.epoch }?["value"]
                #expect(epoch == (sample.name == "act-first" ? "0" : "23"), "\(sample.name)")
            }
        }
    }

    @Test("each fragment is one element with its id, and stands in its page as it is")
    func fragments() throws {
        for sample in try SamplePages.all() {
            let fragments = sample.page.fragments(in: sample.context)
            if sample.page.liveAddress != nil { #expect(!fragments.isEmpty, "\(sample.name)") }
            for fragment in fragments {
                let page = MarkupReader(fragment.markup.source)
                #expect(page.faults.isEmpty, "\(sample.name): \(page.faults)")
                #expect(page.elements.first?["id"] == fragment.id, "\(sample.name)")
                #expect(
                    sample.text.contains(fragment.markup.source), "\(sample.name): \(fragment.id)")
                // A field would lose what somebody types.
                #expect(
                    !page.elements.contains { ["input", "select", "textarea"].contains($0.name) })
            }
        }
    }
}
