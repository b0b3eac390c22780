import Fleet
import Foundation
import Judge
import Lifecycle
import TestSupport
import Testing

@testable import Operations
@testable import Pages
@testable import Registry

@Suite("Sizes of pages")
struct PageSizeTests {
    @Test("the overview of 100 models of 10,000 versions and 64 slots is below 150 kB")
    func overview() throws {
        let samples = SamplePages()
        let trial = SampleTrial(.usual)
        let name = "a-model-with-a-name-as-long-as-teams-give-them"
        let fleets = try [true, false].map {
            try trial.fleet(slots: 64, isTroubled: $0, model: name)
        }
        let rollout = try trial.rollout(phase: .gate, reason: "approval")
        let cards = try (0..<100).map { place -> ModelCard in
            var card = try samples.card(
                "\(name)-\(place)", epoch: 10_000, candidate: (42, .canary, "12.5%"),
                fleet: fleets[place % 2], rollout: rollout)
            card.summary = ModelSummary(
                name: card.summary.name, versions: 10_000, archived: 9_000, newest: 10_000,
                newestAt: SampleRegistry.at(5), deployment: card.summary.deployment, aliases: [])
            return card
        }
        for page in 1...3 {
            let bytes = OverviewPage(OverviewView(models: cards, page: page)).bytes(
                in: samples.context())
            #expect(bytes.count < 150_000, "\(bytes.count)")
        }
        let text = String(
            decoding: OverviewPage(OverviewView(models: cards)).bytes(in: samples.context()),
            as: UTF8.self)
        #expect(text.contains("Page 1 of 2"))
        #expect(text.contains("/?page=2"))
    }

    @Test("lists that grow are cut to a page: versions, changes, entries, slots, keys")
    func lists() throws {
        let samples = SamplePages()
        let registry = SampleRegistry(say: .usual)
        var model = try samples.model()
        model.versions = try (0..<400).reversed().map { try registry.registered($0 + 1) }
        model.changes = Array(repeating: try registry.history(), count: 30).flatMap(\.self)
        let entries = Array(repeating: registry.audit(), count: 30).flatMap(\.self)
        let pages: [any Page] = [
            ModelPage(model), AuditPage(AuditView(head: entries.first, entries: entries)),
            ModelFleetPage(try SampleTrial(.usual).fleet(slots: 1_024, isTroubled: true)),
            FleetPage(
                Array(
                    repeating: try SampleTrial(.usual).fleet(slots: 64, isTroubled: true),
                    count: 100)),
        ]
        for page in pages {
            let size = page.bytes(in: samples.context()).count
            #expect(size < 150_000, "\(type(of: page)): \(size)")
        }
    }

    @Test("a page beyond the last is the last, one before the first is the first")
    func beyond() throws {
        let samples = SamplePages()
        let cards = try (0..<60).map { try samples.card("m-\($0)", epoch: 3) }
        func text(_ page: Int) -> String {
            let bytes = OverviewPage(OverviewView(models: cards, page: page)).bytes(
                in: samples.context())
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(text(Int.max).contains("Page 2 of 2"))
        #expect(text(Int.min).contains("Page 1 of 2"))
    }

    @Test("a search shows what has it in its name")
    func search() throws {
        let samples = SamplePages()
        let cards = try ["card-testing", "http-anomaly", "login-abuse"].map {
            try samples.card($0, epoch: 3)
        }
        let page = OverviewPage(OverviewView(models: cards, search: "anom"))
        let table = page.fragments(in: samples.context()).first { $0.id == "models" }
        #expect(table?.markup.source.contains("http-anomaly") == true)
        #expect(table?.markup.source.contains("login-abuse") == false)
        #expect(page.liveAddress == "/live/?search=anom")
    }
}
