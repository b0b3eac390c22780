import GRDB
import Lifecycle
import Registry
import TestSupport
import Testing

@Suite("rollouts in the registry")
struct RolloutTests {
    private static let note = ChangeNote(by: "ada", at: "2026-11-23T18:52:00.000Z", reason: "r")

    /// Version 1 of three is stable.
    private func promoted() throws -> Fixture {
        let fixture = try Fixture(versions: 3)
        _ = try fixture.registry.change(
            ChangeOrder(.change(.promote(1)), of: fixture.model, note: Self.note))
        return fixture
    }

    private func order(
        _ change: DeploymentChange<Int>, of model: ModelName, expecting epoch: Int64
    ) -> ChangeOrder {
        ChangeOrder(.change(change), of: model, expectedEpoch: epoch, note: Self.note)
    }

    private func start(_ fixture: Fixture, candidate: Int = 2) -> RolloutStart {
        RolloutStart(
            of: fixture.model, candidate: candidate, isObserved: false, plan: ["p": 1],
            state: ["s": 0], salt: nil, note: Self.note,
            tellings: [RolloutTelling("started", "version 2")])
    }

    private func begun(_ fixture: Fixture) throws -> StoredRollout {
        try fixture.registry.begin(
            start(fixture),
            order(.shadow(2, try Share("25%")), of: fixture.model, expecting: 1),
            superseding: nil)
    }

    private func next(
        _ mark: RolloutMark, state: JSONValue = ["s": 1], judged: RolloutJudgement? = nil,
        isOver: Bool = false, _ tellings: [RolloutTelling] = []
    ) -> RolloutChange {
        RolloutChange(
            of: mark, state: state, salt: 7, judged: judged, isOver: isOver, note: Self.note,
            tellings: tellings)
    }

    @Test("what begins is there, with the deployment of its first step and that one's salt")
    func begins() throws {
        let fixture = try promoted()
        let stored = try begun(fixture)
        let deployment = try #require(
            try fixture.registry.deployment(of: fixture.model))
        #expect(deployment.epoch == 2 && deployment.candidate?.deployed.version == 2)
        #expect(stored.salt == deployment.salt && stored.revision == 1 && stored.endedAt == nil)
        #expect(stored.plan == ["p": 1] && stored.state == ["s": 0] && stored.judged == nil)
        #expect(try fixture.registry.rollout(of: fixture.model) == stored)
        #expect(try fixture.registry.activeRollouts() == [stored.mark])
        let entry = try #require(try fixture.registry.entries(of: stored.id).first)
        #expect(entry.event == "started" && entry.epoch == 2 && entry.by == "ada")
        #expect(try fixture.registry.pendingPublications().first?.epoch == 2)
    }

    @Test("a state and its deployment come together, or neither does")
    func together() throws {
        let fixture = try promoted()
        let stored = try begun(fixture)
        // An end at the last moment, with all of it written and nothing committed.
        #expect(throws: SwerveError.self) {
            try fixture.registry.change(
                next(stored.mark, [RolloutTelling("step", "")]),
                order(.canary(2, try Share("1%")), of: fixture.model, expecting: 2)
            ) { _ throws(SwerveError) in
                throw SwerveError(.system, act: "a", reason: "killed")
            }
        }
        #expect(try fixture.registry.rollout(of: fixture.model) == stored)
        #expect(try fixture.registry.deployment(of: fixture.model)?.epoch == 2)
        #expect(try fixture.registry.entries(of: stored.id).count == 1)
        let (mark, deployment) = try fixture.registry.change(
            next(stored.mark, [RolloutTelling("step", "2")]),
            order(.canary(2, try Share("1%")), of: fixture.model, expecting: 2))
        #expect(mark.revision == 2 && deployment?.epoch == 3)
        let after = try #require(try fixture.registry.rollout(of: fixture.model))
        #expect(after.state == ["s": 1] && after.salt == deployment?.salt)
        #expect(try fixture.registry.entries(of: stored.id).map(\.epoch) == [2, 3])
    }

    @Test("who has not seen the newest state, or epoch, writes nothing")
    func conflicts() throws {
        let fixture = try promoted()
        let stored = try begun(fixture)
        let another = try Registry.open(path: fixture.path, access: .readWrite(create: false))
        try another.change(next(stored.mark))
        let seen = try #require(try fixture.registry.rollout(of: fixture.model))
        #expect {
            try fixture.registry.change(
                next(stored.mark, state: ["s": 2]),
                order(.canary(2, try Share("1%")), of: fixture.model, expecting: 2))
        } throws: { ($0 as? SwerveError)?.problem?.kind == .rolloutMoved }
        #expect {
            try fixture.registry.change(
                next(seen.mark, state: ["s": 2]),
                order(.canary(2, try Share("1%")), of: fixture.model, expecting: 1))
        } throws: { ($0 as? SwerveError)?.problem?.kind == .epochMoved }
        // The same state anew is conditional as well.
        #expect {
            try fixture.registry.change(
                next(seen.mark, state: ["s": 2]),
                ChangeOrder(.renew, of: fixture.model, expectedEpoch: 1, note: Self.note))
        } throws: { ($0 as? SwerveError)?.problem?.kind == .epochMoved }
        #expect(try fixture.registry.rollout(of: fixture.model) == seen)
        #expect(try fixture.registry.deployment(of: fixture.model)?.epoch == 2)
    }

    @Test("what the judge knows stays where nothing new is said of it")
    func judgement() throws {
        let fixture = try promoted()
        let stored = try begun(fixture)
        let judged = RolloutJudgement(judge: ["j": 1], report: ["r": 1])
        let (mark, _) = try fixture.registry.change(next(stored.mark, judged: judged))
        try fixture.registry.change(next(mark))
        let after = try #require(try fixture.registry.rollout(of: fixture.model))
        #expect(after.judged == judged && after.salt == 7 && after.revision == 3)
    }

    @Test("one begins in another's place in one transaction, and never beside one")
    func supersedes() throws {
        let fixture = try promoted()
        let first = try begun(fixture)
        #expect {
            try fixture.registry.begin(start(fixture, candidate: 3), nil, superseding: nil)
        } throws: { ($0 as? SwerveError)?.problem?.kind == .rolloutMoved }
        let second = try fixture.registry.begin(
            start(fixture, candidate: 3),
            order(.shadow(3, try Share("25%")), of: fixture.model, expecting: 2),
            superseding: next(first.mark, isOver: true, [RolloutTelling("superseded", "")]))
        #expect(second.id == 2 && second.candidate == 3)
        #expect(try fixture.registry.activeRollouts() == [second.mark])
        #expect(try fixture.registry.entries(of: first.id).last?.event == "superseded")
        // What is over stays as it is.
        #expect {
            try fixture.registry.change(
                next(try #require(try fixture.registry.rollout(1)).mark))
        } throws: { ($0 as? SwerveError)?.problem?.kind == .rolloutMoved }
    }

    @Test(
        "the file itself refuses what no rollout does",
        arguments: [
            "UPDATE rollouts SET plan = '{}'", "UPDATE rollouts SET state = '{}'",
            "DELETE FROM rollouts", "UPDATE rollouts SET candidate = 3, revision = 2",
            "UPDATE rollout_events SET detail = 'x'", "DELETE FROM rollout_events",
            "INSERT INTO rollout_events VALUES (1, 7, '', '', 'e', '', NULL)",
            "UPDATE rollouts SET state = '[]', revision = revision + 1",
            """
            INSERT INTO rollouts SELECT 2, model, candidate, observes, plan, state, salt, judge,
                report, 1, started_at, started_by, reason, NULL FROM rollouts
            """,
        ])
    func immutable(sql: String) throws {
        let fixture = try promoted()
        _ = try begun(fixture)
        #expect(throws: DatabaseError.self) {
            try fixture.raw().write { try $0.execute(sql: sql) }
        }
    }

    @Test("of a model that is not there, and of one that never had one, it is told apart")
    func absent() throws {
        let fixture = try promoted()
        #expect(try fixture.registry.rollout(of: fixture.model) == nil)
        #expect {
            try fixture.registry.rollout(of: try ModelName("other"))
        } throws: { code($0) == .notFound }
    }
}
