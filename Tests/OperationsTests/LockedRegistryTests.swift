import GRDB
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Operations
@testable import Registry

/// A registry that another process keeps locked, between the brokers' answer and the change.
@Suite("a registry that is locked before a change")
struct LockedRegistryTests {
    @Test("it is told as that, and not as brokers that are away")
    func told() throws {
        let fixture = try ControlFixture()
        // One without a write-ahead log: there a writer keeps readers out.
        let path = fixture.folder.path("copy.db")
        _ = try fixture.registry.backup(to: path, isForced: false)
        let registry = try Registry.open(path: path, access: .readOnly)
        try registry.read("waiting for no lock") { transaction in
            try transaction.db.execute(sql: "PRAGMA busy_timeout = 1")
        }
        fixture.topic[fixture.model.description] = fixture.record(epoch: 1)
        let brokers = FakeBrokers(fixture.topic)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let writer = try DatabaseQueue(path: path, configuration: configuration)
        brokers.found = {
            do {
                try writer.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }
            } catch {
                Issue.record(error)
            }
        }
        let order = ChangeOrder(
            .change(.promote(1)), of: fixture.model, note: ControlFixture.note, freshSalt: 7)
        let error = try #require(throws: SwerveError.self) {
            try Deployer(registry: registry, brokers: brokers).carryOut(order)
        }
        #expect(error.code == .unavailable && error.act.contains("promoting http-anomaly@1"))
        #expect(error.reason.contains("kept it locked") && !error.reason.contains("announced"))
        #expect(error.problem?.kind == .registryLocked)
    }
}
