import Foundation
import GRDB
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@Suite("webhooks in the registry")
struct WebhookTests {
    private let fixture: Fixture
    private var registry: Registry { fixture.registry }

    init() throws { fixture = try Fixture(versions: 1) }

    @discardableResult
    private func add(
        _ url: String = "https://example.com/hook", events: [WebhookEventKind] = [],
        models: String = "*"
    ) throws -> (webhook: Webhook, secret: String) {
        try registry.addWebhook(
            NewWebhook(url: url, events: events, models: models), note: Fixture.note)
    }

    private func kinds(_ webhook: Int64? = nil) throws -> [String] {
        try registry.deliveries(to: webhook, newest: 100).reversed().map(\.kind)
    }

    private func due() throws -> [DueDelivery] {
        try registry.dueDeliveries(nowMs: 1_000, farMs: .max, limit: 100)
    }

    private func body(_ delivery: DueDelivery) throws -> JSONValue {
        try JSONValue(parsing: delivery.body.utf8, act: "reading")
    }

    @Test("each change tells those who want it, in its own transaction, and numbers have no gaps")
    func changes() throws {
        let all = try add().webhook.id
        let some = try add(events: [.rolledBack, .promoted]).webhook.id
        let others = try add(models: "other-*").webhook.id
        let mine = try add(models: "http-*").webhook.id
        try fixture.register("model 2")
        try fixture.register("model 2")
        try fixture.register("other", as: "other-one")
        try fixture.change(.promote(1))
        try fixture.change(.canary(2, Share("5%")))
        try fixture.change(.canary(2, Share("10%")))
        try fixture.change(.shadow(2, Share("10%")))
        try fixture.change(.abort)
        try fixture.change(.shadow(2, Share("10%")))
        try fixture.change(.complete)
        try fixture.change(.rollback)
        let ours = [
            "version.registered", "deployment.promoted", "deployment.canary_started",
            "deployment.candidate_changed", "deployment.candidate_changed", "deployment.aborted",
            "deployment.shadow_started", "deployment.completed", "deployment.rolled_back",
        ]
        #expect(try kinds(mine) == ours)
        #expect(try kinds(all) == [ours[0]] + ours)
        #expect(try kinds(some) == ["deployment.promoted", "deployment.rolled_back"])
        #expect(try kinds(others) == ["version.registered"])
        let sequences = try registry.deliveries(to: mine, newest: 100).reversed().map(\.sequence)
        // The first was told to nobody.
        #expect(sequences == Array(2...10))
        let last = try body(try #require(try due().last { $0.webhook == mine }))
        #expect(last["type"] == "deployment.rolled_back")
        #expect(last["timestamp"]?.string == Fixture.note.at)
        #expect(last["data"]?["model"] == "http-anomaly" && last["data"]?["sequence"] == 10)
        #expect(last["data"]?["epoch"] == 8 && last["data"]?["version"] == 1)
        #expect(last["data"]?["before"]?["version"] == 2)
        #expect(last["data"]?["by"] == "ada" && last["data"]?["reason"] == "tests")
        #expect(last["data"]?["registry"]?.string == registry.id)
        // The same event has one id, whoever is told.
        let ids = try registry.deliveries(newest: 100).filter { $0.kind.hasSuffix("rolled_back") }
        #expect(ids.count == 3 && Set(ids.map(\.message)).count == 1)
    }

    @Test("a change that is refused tells nothing")
    func refused() throws {
        try add()
        #expect(throws: SwerveError.self) { try fixture.change(.rollback) }
        #expect(throws: SwerveError.self) { try fixture.change(.promote(1), expectedEpoch: 7) }
        #expect(try kinds() == [])
    }

    @Test("nobody is told of what was before; without webhooks nothing is kept")
    func before() throws {
        try fixture.change(.promote(1))
        #expect(try fixture.count("webhook_events") == 0)
        try add()
        #expect(try due().isEmpty)
        try fixture.register("model 2")
        #expect(try due().map { try body($0)["data"]?["sequence"]?.int } == [3])
    }

    @Test("the secret is told once, and neither the registry nor its backup has it or its key")
    func secrets() throws {
        let (webhook, secret) = try add()
        #expect(secret.hasPrefix("whsec_"))
        let bytes = try #require(Data(base64Encoded: String(secret.dropFirst(6))))
        #expect(bytes.count == 32)
        #expect(try registry.webhookSecrets(of: webhook.id) == [Array(bytes)])
        let key = try #require(
            Data(
                base64Encoded: try SecretFile(path: fixture.path + ".webhook-key")
                    .read(act: "reading")))
        let mode = try #require(try FileStatus.of(fixture.path + ".webhook-key")).permissions
        #expect(mode & 0o007 == 0)
        let folder = try TemporaryFolder()
        let path = folder.path("copy.db")
        _ = try registry.backup(to: path, isForced: false)
        for file in [fixture.path, path] {
            let content = try Data(contentsOf: URL(fileURLWithPath: file))
            for hidden in [bytes, key, bytes.base64EncodedData(), key.base64EncodedData()] {
                #expect(content.range(of: hidden) == nil)
            }
        }
        let copy = try Registry.open(path: path, access: .readWrite(create: false))
        let error = try #require(throws: SwerveError.self) {
            try copy.webhookSecrets(of: webhook.id)
        }
        #expect(error.code == .refused && error.remedy.contains("rotate"), "\(error)")
        // There it gets another.
        let rotated = try copy.rotateWebhook(webhook.id, keepingMs: 1_000, note: Fixture.note)
        #expect(try copy.webhookSecrets(of: webhook.id).count == 1 && rotated.secret != secret)
    }

    @Test("a rotated secret signs beside the new one until its time, and never a third")
    func rotation() throws {
        let (webhook, first) = try add()
        let second = try registry.rotateWebhook(
            webhook.id, keepingMs: 60_000, note: Fixture.note)
        #expect(second.webhook.secrets.count == 2 && second.webhook.secrets[0].endsAt == nil)
        func secrets(_ afterMs: Int64 = 0) throws -> [String] {
            try registry.webhookSecrets(of: webhook.id, nowMs: WallClock.nowMs + afterMs).map {
                "whsec_" + Data($0).base64EncodedString()
            }
        }
        #expect(try secrets() == [second.secret, first])
        #expect(try secrets(61_000) == [second.secret])
        let third = try registry.rotateWebhook(
            webhook.id, keepingMs: 60_000, note: Fixture.note)
        #expect(try secrets() == [third.secret, second.secret])
        let fourth = try registry.rotateWebhook(webhook.id, keepingMs: 0, note: Fixture.note)
        #expect(try secrets() == [fourth.secret])
        #expect(throws: SwerveError.self) {
            try registry.rotateWebhook(webhook.id, keepingMs: -1, note: Fixture.note)
        }
    }

    @Test("adding, rotating and removing are in the audit chain, which finds what was edited")
    func audit() throws {
        let first = try add(events: [.promoted]).webhook.id
        let second = try add("https://example.com/2").webhook.id
        _ = try registry.rotateWebhook(first, keepingMs: 0, note: Fixture.note)
        try registry.removeWebhook(first, note: Fixture.note)
        let acts = try registry.auditEntries(newest: 4).map(\.act)
        #expect(acts == ["add-webhook", "add-webhook", "rotate-webhook", "remove-webhook"])
        #expect(try registry.verifyAudit().findings == [])
        #expect(try registry.webhooks().map(\.id) == [second])
        #expect { try registry.webhook(first) } throws: {
            problem($0)?.kind == .webhookNotFound
        }
        #expect(throws: SwerveError.self) {
            try registry.removeWebhook(first, note: Fixture.note)
        }
        // A number is never given again.
        #expect(try add().webhook.id == 3)
        try fixture.raw().write { db in
            try db.execute(
                sql: """
                    DROP TRIGGER webhooks_immutable;
                    UPDATE webhooks SET url = 'https://evil.example' WHERE id = 2;
                    INSERT INTO webhooks
                        (id, url, events, models, allows_private, added_at, added_by)
                    VALUES (9, 'https://evil.example', '[]', '*', 1, '', '')
                    """)
        }
        let words = try registry.verifyAudit().findings.map(\.words).joined(separator: "\n")
        #expect(words.contains("webhook 2") && words.contains("evil.example"), "\(words)")
        #expect(words.contains("webhook 9 is in the registry, and no entry tells of it"))
    }

    @Test("attempts are kept with what came of them; the state is that of the last")
    func attempts() throws {
        let webhook = try add().webhook.id
        try fixture.register("model 2")
        let delivery = try #require(try due().first)
        func end(_ verdict: WebhookOutcome.Verdict, _ status: Int?, _ words: String) throws {
            try registry.end(
                delivery,
                WebhookOutcome(verdict, atMs: 5_000, tookMs: 7, status: status, words: words))
        }
        try end(.again(atMs: 9_000), nil, "nobody there")
        var found = try #require(try registry.deliveries(newest: 1).first)
        #expect(found.state == .waiting && found.attempts == 1)
        #expect(found.last?.words == "nobody there" && found.last?.status == nil)
        #expect(found.nextAt == Timestamp.text(ofMs: 9_000))
        #expect(try registry.dueDeliveries(nowMs: 8_999, farMs: 50_000, limit: 9).isEmpty)
        #expect(try registry.dueDeliveries(nowMs: 9_000, farMs: 50_000, limit: 9).count == 1)
        // Planned by a clock that was set back since.
        #expect(try registry.dueDeliveries(nowMs: 10, farMs: 8_000, limit: 9).count == 1)
        try end(.delivered, 204, "")
        found = try #require(try registry.deliveries(newest: 1).first)
        #expect(found.state == .delivered && found.attempts == 2 && found.nextAt == nil)
        // One that has ended is not written again.
        try end(.givenUp, 500, "late")
        #expect(try registry.deliveries(newest: 1).first == found)
        let again = try registry.redeliver(delivery.id)
        #expect(again.message == delivery.message && again.id != delivery.id)
        #expect(again.state == .waiting && again.webhook == webhook)
        #expect { try registry.redeliver(77) } throws: { problem($0)?.kind == .deliveryNotFound }
    }

    @Test("a receiver that wants no more gets nothing more")
    func unwanted() throws {
        let webhook = try add().webhook.id
        let other = try add("https://example.com/2").webhook.id
        try fixture.register("model 2")
        try fixture.register("model 3")
        let delivery = try #require(try due().first { $0.webhook == webhook })
        try registry.end(
            delivery, WebhookOutcome(.unwanted, atMs: 5, tookMs: 1, status: 410, words: "gone"))
        #expect(try registry.webhook(webhook).endedAt != nil)
        let states = try registry.deliveries(to: webhook, newest: 9).map(\.state)
        #expect(states == [.dropped, .dropped])
        try fixture.register("model 4")
        #expect(try due().map(\.webhook) == [other, other, other])
        #expect(throws: SwerveError.self) {
            try registry.testWebhook(webhook, note: Fixture.note)
        }
        // Until somebody says otherwise: then of what happens from now on.
        #expect(try registry.enableWebhook(webhook, note: Fixture.note).endedAt == nil)
        #expect(try due().filter { $0.webhook == webhook }.isEmpty)
        try fixture.register("model 5")
        #expect(try due().filter { $0.webhook == webhook }.count == 1)
        #expect { try registry.enableWebhook(webhook, note: Fixture.note) } throws: {
            ($0 as? SwerveError)?.code == .unchanged
        }
        #expect { try registry.enableWebhook(77, note: Fixture.note) } throws: {
            problem($0)?.kind == .webhookNotFound
        }
        let newest = try #require(try registry.auditEntries(of: nil, newest: 2).first)
        #expect(newest.act == "enable-webhook")
        #expect(try registry.verifyAudit().findings.isEmpty)
    }

    @Test("what was never tried comes before what failed, and busy ones are left out")
    func order() throws {
        let webhook = try add().webhook.id
        try fixture.register("model 2")
        let failed = try #require(try due().first)
        try registry.end(
            failed, WebhookOutcome(.again(atMs: 0), atMs: 5, tookMs: 1, status: 500, words: ""))
        try fixture.register("model 3")
        #expect(try due().map(\.attempts) == [0, 1])
        func left(_ change: (inout DueDelivery.Busy) -> Void) throws -> [Int] {
            var busy = DueDelivery.Busy()
            change(&busy)
            return try registry.dueDeliveries(nowMs: 9, farMs: .max, without: busy, limit: 9)
                .map(\.attempts)
        }
        #expect(try left { $0.deliveries = [failed.id] } == [0])
        #expect(try left { $0.failing = [webhook] } == [0])
        #expect(try left { $0.full = [webhook] } == [])
    }

    @Test("the log of deliveries goes after its days, and what waits stays")
    func prune() throws {
        try add()
        for number in 2...4 { try fixture.register("model \(number)") }
        let all = try due()
        for delivery in all.prefix(2) {
            try registry.end(
                delivery,
                WebhookOutcome(.delivered, atMs: 1_000, tookMs: 1, status: 200, words: ""))
        }
        try registry.pruneDeliveries(endedBeforeMs: 1_000)
        #expect(try registry.deliveries(newest: 9).count == 3)
        try registry.pruneDeliveries(endedBeforeMs: 1_001)
        #expect(try registry.deliveries(newest: 9).map(\.state) == [.waiting])
        #expect(try fixture.count("webhook_events") == 1)
        #expect(try fixture.count("webhook_attempts") == 0)
    }

    @Test("an occurrence of a condition is told once, whoever sees it")
    func conditions() throws {
        try add()
        let another = try Registry.open(path: fixture.path, access: .readWrite(create: false))
        func tell(_ occurrence: String, _ registry: Registry) throws -> Bool {
            try registry.tell(
                WebhookCondition(
                    .rejected, of: fixture.model, occurrence: occurrence, ["epoch": 3]),
                at: Fixture.note.at)
        }
        #expect(try tell("epoch 3", registry))
        #expect(try !tell("epoch 3", another))
        #expect(try tell("epoch 4", another))
        try registry.endCondition(.rejected, of: fixture.model)
        #expect(try tell("epoch 4", registry))
        #expect(try kinds() == ["worker.rejected", "worker.rejected", "worker.rejected"])
    }

    @Test("words that fit no column, hostile rows, and too many are refused")
    func bounds() throws {
        for models in ["", "Http", "a b", "[a]", String(repeating: "a", count: 64)] {
            #expect(throws: SwerveError.self) { try add(models: models) }
        }
        #expect(throws: SwerveError.self) {
            try add("https://x/" + String(repeating: "a", count: 3_000))
        }
        for number in 1...100 { try add("https://example.com/\(number)") }
        #expect { try add() } throws: { code($0) == .tooLarge }
        try fixture.raw().write { db in
            try db.execute(
                sql: """
                    DROP TRIGGER webhooks_immutable;
                    UPDATE webhooks SET events = '["no.such"]' WHERE id = 1
                    """)
        }
        #expect { try registry.webhooks() } throws: { code($0) == .invalid }
    }
}
