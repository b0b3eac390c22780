import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

/// Held in its middle by a gate, so that what goes on beside it is no matter of luck.
@Suite("beside a long verification")
struct LongVerificationTests {
    /// Runs `work` on a thread of its own while `walk` is at its second entry.
    ///
    /// - Returns: whether the work was done before the walk went on.
    private static func midway(
        _ walk: (_ pause: (Int64) throws -> Void) throws -> Void,
        _ work: @escaping @Sendable () throws -> Void
    ) throws -> Bool {
        let done = try EventFD()
        let fault = Guarded<(any Error)?>(nil)
        var thread: OSThread?
        var isDone = false
        defer { thread?.join() }
        try walk { entry in
            guard entry == 2, thread == nil else { return }
            thread = OSThread(name: "beside") {
                do { try work() } catch { fault.withLock { $0 = error } }
                done.signal()
            }
            // Who waits for the walk is not done in any time; who does not, is at once.
            isDone = try !Poll.waitForAny([done.descriptor], timeoutMs: 20_000).isEmpty
        }
        if let fault = fault.withLock({ $0 }) { throw fault }
        return isDone
    }

    private func fixture() throws -> Fixture {
        let fixture = try Fixture(versions: 3)
        try fixture.change(.promote(1))
        return fixture
    }

    @Test("a reader in another thread does not wait for it")
    func readers() throws {
        let fixture = try fixture()
        let registry = fixture.registry
        let isDone = try Self.midway(
            { pause in
                let report = try registry.verifyAudit(progress: pause)
                #expect(report.isClean)
            },
            {
                _ = try registry.models()
                _ = try registry.pendingPublications()
                _ = try registry.verifyAudit()
            })
        #expect(isDone)
    }

    @Test("a reader through another connection does not wait for it")
    func connections() throws {
        let fixture = try fixture()
        let path = fixture.path
        let isDone = try Self.midway(
            { pause in
                let report = try fixture.registry.verifyAudit(progress: pause)
                #expect(report.isClean)
            },
            { _ = try Registry.open(path: path, access: .readOnly).models() })
        #expect(isDone)
    }

    @Test("a writer does not wait for it, and it sees the registry as it was when it began")
    func writers() throws {
        let fixture = try fixture()
        let entries = Int64(try fixture.audit().count)
        let isDone = try Self.midway(
            { pause in
                let report = try fixture.registry.verifyAudit(progress: pause)
                #expect(report.isClean && report.entries == entries)
            },
            {
                try fixture.change(.promote(2))
                let other = try Registry.open(
                    path: fixture.path, access: .readWrite(create: false))
                try fixture.register("model 4", in: other)
                // It would find this, were it not one snapshot.
                try fixture.tamper("UPDATE deployments SET salt = 99")
            })
        #expect(isDone)
        #expect(try fixture.audit().count == Int(entries) + 2)
        #expect(try !fixture.registry.verifyAudit().isClean)
    }

    @Test("where somebody ended it in its middle, the registry goes on")
    func ended() throws {
        struct Ended: Error {}
        let fixture = try fixture()
        #expect(throws: SwerveError.self) {
            try fixture.registry.verifyAudit { _ in throw Ended() }
        }
        try fixture.change(.promote(2))
        #expect(try fixture.registry.verifyAudit().isClean)
    }

    @Test("a registry that was put in the place of another is not taken for it")
    func replaced() throws {
        let fixture = try fixture()
        let stranger = try Fixture(versions: 1)
        for suffix in ["", "-wal", "-shm"] { try StateFile.remove(fixture.path + suffix) }
        _ = try stranger.registry.backup(to: fixture.path, isForced: false)
        #expect {
            try fixture.registry.verifyAudit()
        } throws: { code($0) == .unavailable && "\($0)".contains("another registry") }
    }
}
