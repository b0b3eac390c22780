import Lifecycle
import Registry
import TestSupport
import Testing

@Suite("several writers")
struct ConcurrencyTests {
    @Test("four connections that register and promote lose no update and leave no gap")
    func writers() async throws {
        let fixture = try Fixture(versions: 1)
        try fixture.change(.promote(1))
        let writers = 4
        let rounds = 25
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    let registry = try Registry.open(
                        path: fixture.path, access: .readWrite(create: false))
                    for round in 0..<rounds {
                        let done = try fixture.register("model \(writer)/\(round)", in: registry)
                        try fixture.change(.promote(done.version.version), in: registry)
                    }
                }
            }
            try await group.waitForAll()
        }
        let changes = Int64(writers * rounds + 1)
        let history = try fixture.registry.history(of: fixture.model, newest: .max)
        #expect(history.map(\.epoch) == Array(1...changes))
        for (entry, following) in zip(history, history.dropFirst()) {
            #expect(following.before == entry.after)
            #expect(following.after.previous == entry.after.stable)
        }
        let versions = try fixture.registry.versions(of: fixture.model)
        #expect(versions.map(\.reference.version) == Array(1...Int(changes)))
        #expect(Set(versions.map(\.digest)).count == versions.count)
        #expect(try fixture.registry.deployment(of: fixture.model) == history.last?.after)
    }

    @Test("of writers who decided on the same epoch one wins, the others are told")
    func conditional() async throws {
        let fixture = try Fixture(versions: 9)
        try fixture.change(.promote(1))
        let outcomes = await withTaskGroup(of: SwerveError.Code?.self) { group in
            for version in 2...9 {
                group.addTask {
                    do {
                        let registry = try Registry.open(
                            path: fixture.path, access: .readWrite(create: false))
                        try fixture.change(.promote(version), expectedEpoch: 1, in: registry)
                        return nil
                    } catch {
                        return code(error) ?? .system
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(outcomes.count { $0 == .refused } == 7)
        #expect(try fixture.registry.deployment(of: fixture.model)?.epoch == 2)
    }

    @Test("the same artifact from all sides at once becomes one version")
    func sameArtifact() async throws {
        let fixture = try Fixture()
        let done = try await withThrowingTaskGroup(of: Registration.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let registry = try Registry.open(
                        path: fixture.path, access: .readWrite(create: false))
                    return try fixture.register("the same", in: registry)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(done.count { $0.isNew } == 1)
        #expect(Set(done.map(\.version.version)) == [1])
    }
}
