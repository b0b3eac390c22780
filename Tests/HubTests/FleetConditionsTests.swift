import Fleet
import Foundation
import GRDB
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Hub

@Suite("what webhooks are told of the fleet")
struct FleetConditionsTests {
    private var conditions = FleetConditions()
    private let deployment: Deployment

    init() throws { deployment = try SampleFleet.deployment(12) }

    private func boards(_ records: [StatusRecord], atMs: Int64) -> FleetBoards {
        var boards = FleetBoards()
        boards.reachEnd(atMs: Heard.nowMs - 60_000)
        for record in records { boards.hear(.fresh(record), heardAtMs: atMs) }
        return boards
    }

    private mutating func look(
        _ records: [StatusRecord], afterMs: Int64 = 0, _ deployment: Deployment? = nil
    ) -> [FleetConditions.Change] {
        let nowMs = Heard.nowMs + afterMs
        return conditions.look(
            at: boards(records, atMs: nowMs), wanted: [deployment ?? self.deployment],
            registry: SampleFleet.registry, nowMs: nowMs)
    }

    @Test("a refused deployment is told once an epoch, with slot and reason")
    mutating func rejected() throws {
        let rejecting = [Heard.record(0, epoch: 11).rejecting(12), Heard.record(1, epoch: 11)]
        let changes = look(rejecting)
        guard case .told(let condition) = changes.first, changes.count == 1 else {
            Issue.record("\(changes)")
            return
        }
        #expect(condition.kind == .rejected && condition.occurrence == "epoch 12")
        #expect(condition.data["slot"] == 0 && condition.data["reason"] == "digest mismatch")
        #expect(look(rejecting, afterMs: 1_000).isEmpty)
        // All others refuse it too; one starts again: the same occurrence.
        #expect(look(rejecting.map { $0.rejecting(12) }, afterMs: 2_000).isEmpty)
        #expect(look([Heard.record(0), Heard.record(1)], afterMs: 3_000).isEmpty)
        #expect(look(rejecting, afterMs: 4_000).isEmpty)
        let next = try SampleFleet.deployment(13)
        #expect(
            look([Heard.record(0).rejecting(13), Heard.record(1)], afterMs: 5_000, next).count == 1)
    }

    @Test("a split is told once it has stood for longer than a change takes, and ends as slowly")
    mutating func split() throws {
        let split = [Heard.record(0), Heard.record(1, epoch: 11)]
        let whole = [Heard.record(0), Heard.record(1)]
        let span = FleetConditions.standsMs
        #expect(look(split).isEmpty)
        #expect(look(split, afterMs: span - 1).isEmpty)
        // A change that ended in between.
        #expect(look(whole, afterMs: span).isEmpty)
        #expect(look(split, afterMs: span + 1).isEmpty)
        #expect(look(split, afterMs: 2 * span).isEmpty)
        let changes = look(split, afterMs: 2 * span + 1)
        guard case .told(let condition) = changes.first else {
            Issue.record("\(changes)")
            return
        }
        #expect(condition.kind == .split)
        #expect(condition.data["serving"]?.array?.map { $0["epoch"]?.int } == [11, 12])
        #expect(look(split, afterMs: 2 * span + 2).isEmpty)
        #expect(look(whole, afterMs: 2 * span + 3).isEmpty)
        let ended = look(whole, afterMs: 3 * span + 3)
        #expect(ended == [.ended(.split, deployment.model)])
        #expect(look(whole, afterMs: 5 * span).isEmpty)
    }

    @Test("slots that are silent, or of other models, are nobody's split")
    mutating func silent() throws {
        let records = [
            Heard.record(0),
            Heard.record(2, of: 3, epoch: 3, model: "other"),
        ]
        var board = boards([Heard.record(1, epoch: 11)], atMs: Heard.nowMs)
        board.hear(.fresh(records[0]), heardAtMs: Heard.nowMs + 100_000)
        board.hear(.fresh(records[1]), heardAtMs: Heard.nowMs + 100_000)
        for afterMs: Int64 in [100_000, 140_000] {
            board.hear(.fresh(records[0]), heardAtMs: Heard.nowMs + afterMs)
            let changes = conditions.look(
                at: board, wanted: [deployment], registry: SampleFleet.registry,
                nowMs: Heard.nowMs + afterMs)
            #expect(!changes.contains { if case .told = $0 { true } else { false } })
        }
    }
}

/// The watch beside a registry, with a fleet that says what the test says.
@Suite("watching for webhooks", .blocking)
struct ConditionWatchTests {
    private final class Sight: HeardFleet {
        func look() throws(SwerveError) -> (boards: FleetBoards, nowMs: Int64)? { nil }
        func rest() {}
    }

    @Test("what the audit chain does not bear out is told, once")
    func finding() throws {
        let setup = try WebhookSetup()
        _ = try setup.add("200")
        try setup.registry.addKey(
            try ModelName("ci"), publicKey: [UInt8](repeating: 9, count: 32), roles: [.promote],
            note: WebhookSetup.note)
        // Past the registry, as its own rules allow it.
        try DatabaseQueue(path: setup.folder.path("swerve.db")).write { db in
            try db.execute(
                sql: "UPDATE keys SET revoked_at = 'now', revoked_by = 'eve', revoked_reason = ''")
        }
        try setup.start()
        let found = AuditKeeper.Chain(number: 1, report: try setup.registry.verifyAudit())
        let watch = try ConditionWatch(
            setup.registry, sight: { Sight() }, chain: { found }, isLeading: { true },
            hear: { Issue.record("\($0): \($1)") })
        watch.start()
        let message = try #require(try setup.receiver.wait(for: 1).first)
        watch.stop()
        let document = try JSONValue(parsing: message.body.utf8, act: "reading")
        #expect(document["type"] == "audit.finding" && document["data"]?["findings"] == 1)
        #expect(document["data"]?["first"]?.string?.contains("revocation of key ci") == true)
        // Another look, by another process, tells nothing: it asks for what it says once more,
        // behind the number of what it has said.
        let again = AuditKeeper.Chain(number: 1, report: try setup.registry.verifyAudit())
        #expect(again.report.count == 1)
        let looks = Guarded(0)
        let looked = try EventFD()
        let other = try ConditionWatch(
            setup.registry, sight: { Sight() },
            chain: {
                looks.withLock { $0 += 1 }
                looked.signal()
                return again
            }, isLeading: { true }, hear: { Issue.record("\($0): \($1)") })
        other.start()
        while looks.withLock({ $0 < 2 }) {
            _ = try Poll.waitForAny([looked.descriptor], timeoutMs: nil)
            looked.drain()
        }
        other.stop()
        #expect(try setup.registry.deliveries(newest: 9).count == 1)
    }

    @Test("a registry that cannot be read is told to whoever runs the hub")
    func unreadable() throws {
        let setup = try WebhookSetup()
        _ = try setup.add("200")
        let report = try setup.registry.verifyAudit()
        try DatabaseQueue(path: setup.folder.path("swerve.db")).write { db in
            try db.execute(sql: "ALTER TABLE webhooks RENAME TO webhooks_away")
        }
        let told = Guarded<Set<String>>([])
        let heard = try EventFD()
        let watch = try ConditionWatch(
            setup.registry, sight: { Sight() },
            chain: { AuditKeeper.Chain(number: 1, report: report) }, isLeading: { true }
        ) { what, _ in
            told.withLock { _ = $0.insert(what) }
            heard.signal()
        }
        watch.start()
        while told.withLock({ $0.count < 2 }) {
            _ = try Poll.waitForAny([heard.descriptor], timeoutMs: nil)
            heard.drain()
        }
        watch.stop()
        #expect(told.withLock { $0 } == ["fleet", "audit"])
    }
}
