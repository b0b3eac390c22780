import Lifecycle
import Platform
import Registry
import TestSupport
import Testing
import Web

@testable import Hub

@Suite("what is done once under a key", .blocking)
struct HubKeeperTests {
    private let folder: TemporaryFolder
    private let registry: Registry

    init() throws {
        folder = try TemporaryFolder()
        registry = try Registry.open(
            path: folder.path("swerve.db"), access: .readWrite(create: true))
    }

    private static func subject(
        _ name: String, _ role: HubRole = .admin, _ models: ModelPattern = .all
    ) -> HubSubject {
        HubSubject(
            name: name, grants: [HubSubject.Grant(role: role, models: models)],
            credential: .none)
    }

    /// Asks for something that is done anew each time, unless a key says that it was done.
    private func ask(
        _ keeper: HubKeeper, _ subject: HubSubject, _ count: inout Int, key: String = "key"
    ) throws -> String {
        let made = count
        let response = try keeper.once(
            key, of: subject, ContentHash.sha256([1]), isConditional: false
        ) { () throws(SwerveError) in
            try registry.addToken(
                TokenDraft(
                    name: try ModelName("token-\(made)"),
                    sha256: ContentHash.sha256([UInt8(made)]), role: .reader, models: .all,
                    expiresAt: nil),
                note: ChangeNote(by: subject.name, at: "2026-11-30T10:00:00.000Z"))
            return .text("\(subject.name) \(made)")
        }
        #expect(response.fields.allSatisfy { !$0.0.contains(" ") })
        if !response.fields.contains(where: { $0.0 == "Idempotency-Replayed" }) { count += 1 }
        return String(decoding: response.body, as: UTF8.self)
    }

    @Test("two whose long names begin alike have keys of their own")
    func longNames() throws {
        let keeper = HubKeeper(registry: registry)
        var count = 0
        let prefix = String(repeating: "a", count: 190)
        for (name, made) in [("1", 0), ("2", 1), ("1", 0)] {
            let subject = Self.subject("\(prefix)\(name) (oidc)")
            #expect(try ask(keeper, subject, &count) == "\(subject.name) \(made)\n")
        }
        #expect(count == 2)
    }

    @Test("a step of the wall clock by months forgets nothing, and a day that passes does")
    func clockSteps() throws {
        let day: Int64 = 86_400_000
        let wall = Guarded<Int64>(100 * day)
        let boot = Guarded<Int64>(day)
        let keeper = HubKeeper(
            registry: registry,
            clock: SteadyClock(
                wall: { wall.withLock { $0 } },
                monotonic: { UInt64(boot.withLock { $0 }) * 1_000_000 }))
        let ada = Self.subject("ada")
        var count = 0
        #expect(try ask(keeper, ada, &count) == "ada 0\n")
        for (number, step) in [90 * day, -90 * day].enumerated() {
            wall.withLock { $0 += step }
            boot.withLock { $0 += 1_000 }
            _ = try ask(keeper, ada, &count, key: "other-\(number)")
            #expect(try ask(keeper, ada, &count) == "ada 0\n")
        }
        boot.withLock { $0 += day }
        _ = try ask(keeper, ada, &count, key: "later")
        #expect(try ask(keeper, ada, &count) == "ada 4\n")
    }

    @Test("who lost a right since is not told what was answered, who won one is")
    func rights() throws {
        let keeper = HubKeeper(registry: registry)
        let pattern = try ModelPattern("http-*")
        var count = 0
        #expect(try ask(keeper, Self.subject("ada", .promoter, pattern), &count) == "ada 0\n")
        for subject in [
            Self.subject("ada", .registrar, pattern),
            Self.subject("ada", .promoter, try ModelPattern("login")),
        ] {
            let error = #expect(throws: SwerveError.self) { try ask(keeper, subject, &count) }
            #expect(error?.problem?.kind == .rightLacking, "\(error)")
        }
        for subject in [
            Self.subject("ada", .promoter, pattern), Self.subject("ada", .admin, .all),
        ] {
            #expect(try ask(keeper, subject, &count) == "ada 0\n")
        }
        #expect(count == 1)
    }
}
