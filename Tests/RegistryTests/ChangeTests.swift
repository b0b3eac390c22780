import GRDB
import Lifecycle
import Registry
import TestSupport
import Testing

@Suite("changing deployments")
struct ChangeTests {
    @Test("epochs count from 1; state, history and outbox tell the same")
    func story() throws {
        let fixture = try Fixture(versions: 3)
        #expect(try fixture.registry.deployment(of: fixture.model) == nil)
        let steps: [(DeploymentChange<Int>, stable: Int, candidate: Int?, previous: Int?)] = [
            (.promote(1), 1, nil, nil),
            (.canary(2, try Share("5%")), 1, 2, nil),
            (.canary(2, try Share("10%")), 1, 2, nil),
            (.promote(2), 2, nil, 1),
            (.rollback, 1, nil, nil),
            (.rollbackTo(3), 3, nil, nil),
        ]
        for (index, step) in steps.enumerated() {
            let before = try fixture.registry.deployment(of: fixture.model)
            let after = try fixture.change(step.0)
            #expect(after.epoch == Int64(index + 1))
            #expect(after.stable.version == step.stable)
            #expect(after.candidate?.deployed.version == step.candidate)
            #expect(after.previous?.version == step.previous)
            #expect(try fixture.registry.deployment(of: fixture.model) == after)
            let entry = try #require(try fixture.registry.history(of: fixture.model).last)
            #expect(entry.before == before)
            #expect(entry.after == after)
            #expect(entry.note == Fixture.note)
            let pending = try fixture.registry.pendingPublications()
            #expect(pending.map(\.epoch) == [after.epoch])
            let record = try ControlRecord(
                key: fixture.model.description.utf8, value: try #require(pending.first).record)
            #expect(record.deployment == after)
            #expect(record.registry == fixture.registry.id)
            #expect(record.issuedBy == "ada")
        }
        #expect(try fixture.registry.history(of: fixture.model, newest: 2).map(\.epoch) == [5, 6])
        #expect(try fixture.registry.deployments().map(\.epoch) == [6])
    }

    @Test("widening a canary keeps the salt, a new canary takes a fresh one")
    func salts() throws {
        let fixture = try Fixture(versions: 3)
        try fixture.change(.promote(1), salt: 1)
        #expect(try fixture.change(.canary(2, try Share("5%")), salt: 2).salt == 2)
        #expect(try fixture.change(.canary(2, try Share("10%")), salt: 3).salt == 2)
        #expect(try fixture.change(.canary(3, try Share("10%")), salt: .max).salt == .max)
        #expect(try fixture.registry.deployment(of: fixture.model)?.salt == .max)
    }

    @Test(
        "an expected epoch that moved on is refused, both named",
        arguments: [(0, 2), (1, 2), (3, 2)] as [(Int64, Int64)])
    func expectedEpoch(expected: Int64, found: Int64) throws {
        let fixture = try Fixture(versions: 3)
        try fixture.change(.promote(1), expectedEpoch: 0)
        try fixture.change(.promote(2), expectedEpoch: 1)
        #expect {
            try fixture.change(.promote(3), expectedEpoch: expected)
        } throws: {
            code($0) == .refused && "\($0)".contains("epoch \(expected) was expected")
                && "\($0)".contains("is at epoch \(found)")
        }
        #expect(try fixture.change(.promote(3), expectedEpoch: 2).epoch == 3)
    }

    @Test("a refused change leaves no trace")
    func refusedLeavesNothing() throws {
        let fixture = try Fixture(versions: 1)
        try fixture.change(.promote(1))
        let wrong: [(DeploymentChange<Int>, SwerveError.Code)] = [
            (.promote(1), .refused), (.promote(9), .notFound), (.rollback, .refused),
            (.canary(1, try Share("5%")), .refused), (.rollbackTo(7), .notFound),
        ]
        for (request, expected) in wrong {
            #expect { try fixture.change(request) } throws: { code($0) == expected }
        }
        #expect(try fixture.registry.deployment(of: fixture.model)?.epoch == 1)
        #expect(try fixture.registry.history(of: fixture.model).count == 1)
    }

    @Test("adopting announces the present state above the topic's epoch, over the other registry's")
    func adopts() throws {
        let fixture = try Fixture(versions: 2)
        #expect {
            try fixture.registry.change(
                ChangeOrder(
                    .adopt(DeploymentTakeover(adoption: Self.adoption("x", 5))), of: fixture.model,
                    note: Fixture.note))
        } throws: { code($0) == .refused }
        let first = try fixture.change(.promote(1))
        let adopted = try fixture.registry.change(
            ChangeOrder(
                .adopt(DeploymentTakeover(adoption: Self.adoption("other", 41))), of: fixture.model,
                note: Fixture.note))
        #expect(adopted.epoch == 42)
        #expect(adopted.stable == first.stable)
        let next = try fixture.change(.promote(2))
        #expect(next.epoch == 43)
        // The allowance goes with whatever is announced next.
        let pending = try #require(try fixture.registry.pendingPublications().first)
        #expect(pending.epoch == 43)
        #expect(pending.adoption?.registry == "other")
        #expect(pending.adoption?.epoch == 41)
        try fixture.registry.markPublished(fixture.model, upTo: 43, at: "now")
        try fixture.change(.rollback)
        #expect(try fixture.registry.pendingPublications().map(\.adoption) == [nil])
    }

    private static func adoption(
        _ registry: String, _ epoch: Int64
    ) -> PendingPublication.Adoption {
        PendingPublication.Adoption(registry: registry, epoch: epoch)
    }

    @Test("a record that is passed over needs no epoch above it, and the audit chain tells of it")
    func disregards() throws {
        let fixture = try Fixture(versions: 2)
        try fixture.change(.promote(1))
        let next = try fixture.registry.change(
            ChangeOrder(
                .adopt(DeploymentTakeover(disregarded: Self.adoption("x", 9_007_199_254_740_991))),
                of: fixture.model, note: Fixture.note))
        #expect(next.epoch == 2)
        #expect(try fixture.registry.pendingPublications().map(\.adoption) == [nil])
        let entry = try #require(try fixture.registry.auditHead())
        #expect(entry.act == "adopt" && entry.fields["adopted"] == nil)
        #expect(entry.fields["disregarded"]?["epoch"]?.int == 9_007_199_254_740_991)
        #expect(try fixture.registry.verifyAudit().isClean)
    }

    @Test("an epoch without a successor is refused, not overflowed")
    func epochsEnd() throws {
        let fixture = try Fixture(versions: 2)
        try fixture.change(.promote(1))
        for above in [Int64.max, 9_007_199_254_740_991] {
            #expect {
                try fixture.registry.change(
                    ChangeOrder(
                        .adopt(DeploymentTakeover(adoption: Self.adoption("x", above))),
                        of: fixture.model, note: Fixture.note))
            } throws: { code($0) == .refused }
        }
        _ = try fixture.registry.change(
            ChangeOrder(
                .adopt(DeploymentTakeover(adoption: Self.adoption("x", 9_007_199_254_740_990))),
                of: fixture.model, note: Fixture.note))
        #expect { try fixture.change(.promote(2)) } throws: { code($0) == .refused }
    }

    @Test("published ones leave the outbox, and come back when asked for")
    func outbox() throws {
        let fixture = try Fixture(versions: 2)
        try fixture.change(.promote(1))
        try fixture.change(.promote(2))
        try fixture.registry.markPublished(fixture.model, upTo: 1, at: "now")
        #expect(try fixture.registry.pendingPublications().map(\.epoch) == [2])
        try fixture.registry.markPublished(fixture.model, upTo: 2, at: "now")
        #expect(try fixture.registry.pendingPublications().isEmpty)
        #expect(try fixture.registry.requeue(fixture.model) == 1)
        #expect(try fixture.registry.pendingPublications().map(\.epoch) == [2])
        #expect(try fixture.registry.requeue() == 1)
        #expect {
            try fixture.registry.requeue(ModelName("none"))
        } throws: { code($0) == .notFound }
        let fresh = try Fixture(versions: 1)
        #expect(try fresh.registry.requeue() == 0)
        #expect {
            try fresh.registry.requeue(fresh.model)
        } throws: { code($0) == .refused && problem($0)?.kind == .neverPromoted }
    }

    @Test("remarks above their bounds are refused as usage")
    func remarks() throws {
        let fixture = try Fixture(versions: 1)
        let long = String(repeating: "é", count: 2_100)
        for note in [ChangeNote(by: "a", at: "", reason: long), ChangeNote(by: long, at: "")] {
            #expect {
                try fixture.registry.change(
                    ChangeOrder(.change(.promote(1)), of: fixture.model, note: note, freshSalt: 1))
            } throws: { code($0) == .usage }
        }
    }
}
