import Lifecycle
import Testing

@Suite("changes of a deployment")
struct DeploymentChangeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let before: Deployment?
        let change: DeploymentChange<DeployedVersion>
        let after: Deployment
    }

    private static func rows() throws -> [Row] {
        let fresh: UInt32 = 99
        func row(
            _ name: String, _ before: Deployment?, _ change: DeploymentChange<DeployedVersion>,
            _ after: Deployment
        ) -> Row { Row(testDescription: name, before: before, change: change, after: after) }
        let deployment = Examples.deployment
        let canary = Examples.canary
        let share = try Share(tenThousandths: 500)
        return [
            row(
                "the first promotion is epoch 1", nil, .promote(Examples.version(1)),
                try deployment(1, 1, nil, nil, fresh)),
            row(
                "a promotion keeps what was stable as previous",
                try deployment(5, 1, nil, nil, 7), .promote(Examples.version(2)),
                try deployment(6, 2, nil, 1, 7)),
            row(
                "a promotion replaces the previous",
                try deployment(5, 2, nil, 1, 7), .promote(Examples.version(3)),
                try deployment(6, 3, nil, 2, 7)),
            row(
                "promoting the candidate completes the canary",
                try deployment(5, 1, canary(2, 500), nil, 7), .promote(Examples.version(2)),
                try deployment(6, 2, nil, 1, 7)),
            row(
                "promoting a third version drops the candidate",
                try deployment(5, 1, canary(2, 500), nil, 7), .promote(Examples.version(3)),
                try deployment(6, 3, nil, 1, 7)),
            row(
                "a canary begins with a fresh salt and keeps the previous",
                try deployment(5, 2, nil, 1, 7), .canary(Examples.version(3), share),
                try deployment(6, 2, canary(3, 500), 1, fresh)),
            row(
                "a canary that widens keeps its salt",
                try deployment(5, 2, canary(3, 100), 1, 7), .canary(Examples.version(3), share),
                try deployment(6, 2, canary(3, 500), 1, 7)),
            row(
                "a canary of another version replaces the running one, with a fresh salt",
                try deployment(5, 2, canary(3, 500), 1, 7), .canary(Examples.version(4), share),
                try deployment(6, 2, canary(4, 500), 1, fresh)),
            row(
                "a rollback with a candidate drops it and keeps the previous",
                try deployment(5, 2, canary(3, 500), 1, 7), .rollback,
                try deployment(6, 2, nil, 1, 7)),
            row(
                "a rollback without one goes to the previous and uses it up",
                try deployment(5, 2, nil, 1, 7), .rollback, try deployment(6, 1, nil, nil, 7)),
            row(
                "a rollback to a version clears candidate and previous",
                try deployment(5, 3, canary(4, 500), 2, 7), .rollbackTo(Examples.version(1)),
                try deployment(6, 1, nil, nil, 7)),
            row(
                "a rollback to the stable version ends the canary",
                try deployment(5, 3, canary(4, 500), 2, 7), .rollbackTo(Examples.version(3)),
                try deployment(6, 3, nil, nil, 7)),
        ] + (try trialRows())
    }

    /// Shadows, completions and ends of candidates.
    private static func trialRows() throws -> [Row] {
        let deployment = Examples.deployment
        let canary = Examples.canary
        let shadow = Examples.shadow
        let half = try Share(tenThousandths: 5_000)
        func row(
            _ name: String, _ before: Deployment?, _ change: DeploymentChange<DeployedVersion>,
            _ after: Deployment
        ) -> Row { Row(testDescription: name, before: before, change: change, after: after) }
        return [
            row(
                "a shadow begins with a fresh salt",
                try deployment(5, 2, nil, 1, 7), .shadow(Examples.version(3), half),
                try deployment(6, 2, shadow(3, 5_000), 1, 99)),
            row(
                "a shadow becomes a canary under the same salt",
                try deployment(5, 2, shadow(3, 5_000), 1, 7), .canary(Examples.version(3), half),
                try deployment(6, 2, canary(3, 5_000), 1, 7)),
            row(
                "a canary narrows under the same salt",
                try deployment(5, 2, canary(3, 9_000), 1, 7), .canary(Examples.version(3), half),
                try deployment(6, 2, canary(3, 5_000), 1, 7)),
            row(
                "a candidate completes, and what was stable is the previous",
                try deployment(5, 2, canary(3, 500), 1, 7), .complete,
                try deployment(6, 3, nil, 2, 7)),
            row(
                "a shadow completes as well",
                try deployment(5, 2, shadow(3, 500), nil, 7), .complete,
                try deployment(6, 3, nil, 2, 7)),
            row(
                "an aborted candidate leaves stable and previous",
                try deployment(5, 2, shadow(3, 500), 1, 7), .abort,
                try deployment(6, 2, nil, 1, 7)),
            row(
                "a canary of the previous version leaves it the previous",
                try deployment(5, 2, nil, 1, 7), .canary(Examples.version(1), half),
                try deployment(6, 2, canary(1, 5_000), 1, 99)),
            row(
                "a rollback of a shadow drops it",
                try deployment(5, 2, shadow(3, 500), 1, 7), .rollback,
                try deployment(6, 2, nil, 1, 7)),
        ]
    }

    @Test("the table of changes")
    func applies() throws {
        let rows = try Self.rows()
        #expect(rows.count == 20)
        for row in rows {
            let after = try row.change.applied(
                to: row.before, model: Examples.model(), freshSalt: 99)
            #expect(after == row.after, "\(row.testDescription)")
        }
    }

    @Test("what makes no sense is refused, with the remedy")
    func refuses() throws {
        let share = try Share(tenThousandths: 500)
        let live = try Examples.deployment(stable: 2)
        let canary = try Examples.deployment(stable: 2, candidate: Examples.canary(3, 500))
        let rows: [(Deployment?, DeploymentChange<DeployedVersion>, String)] = [
            (nil, .rollback, "never promoted"),
            (nil, .rollbackTo(Examples.version(1)), "never promoted"),
            (nil, .canary(Examples.version(1), share), "no stable version"),
            (live, .promote(Examples.version(2)), "stable already"),
            (canary, .promote(Examples.version(2)), "stable already"),
            (live, .canary(Examples.version(2), share), "it is the stable version"),
            (canary, .canary(Examples.version(3), share), "runs already at 5%"),
            (live, .rollback, "no previous version"),
            (live, .rollbackTo(Examples.version(2)), "live already"),
            (nil, .shadow(Examples.version(1), share), "no stable version"),
            (live, .shadow(Examples.version(2), share), "it is the stable version"),
            (nil, .complete, "never promoted"),
            (live, .complete, "it has none; version 2 is stable"),
            (nil, .abort, "never promoted"),
            (live, .abort, "it has none; version 2 is stable"),
            (nil, .settings(1, VersionSettings(threshold: 1), isReset: false), "never promoted"),
            (live, .settings(9, VersionSettings(threshold: 1), isReset: false), "neither stable"),
            (live, .settings(2, VersionSettings(), isReset: true), "so already"),
            (nil, .alerts(["probe"]), "never promoted"), (live, .alerts(["attack"]), "so already"),
        ]
        for (before, change, said) in rows {
            #expect {
                try change.applied(to: before, model: Examples.model(), freshSalt: 1)
            } throws: { error in
                (error as? SwerveError)?.code == .refused && "\(error)".contains(said)
            }
        }
    }

    @Test("a second rollback in a row is refused")
    func secondRollback() throws {
        let model = try Examples.model()
        let live = try Examples.deployment(stable: 2, previous: 1)
        let back = try DeploymentChange<DeployedVersion>.rollback.applied(
            to: live, model: model, freshSalt: 1)
        #expect(back.stable == Examples.version(1))
        #expect(throws: SwerveError.self) {
            try DeploymentChange<DeployedVersion>.rollback.applied(
                to: back, model: model, freshSalt: 1)
        }
    }

    @Test("a change stays the same however its version is named")
    func named() throws {
        let share = try Share(tenThousandths: 500)
        let settings = VersionSettings(threshold: 1)
        let changes: [DeploymentChange<Int>] = [
            .promote(1), .canary(2, share), .shadow(3, share), .complete, .abort, .rollback,
            .rollbackTo(4), .settings(5, settings, isReset: true), .alerts(["probe"]),
        ]
        for change in changes {
            let deployed = change.map { Examples.version($0) }
            #expect(deployed.map(\.version) == change)
            #expect(change.wantedVersion == deployed.map(\.version).wantedVersion)
        }
        #expect(changes.compactMap(\.wantedVersion) == [1, 2, 3])
    }

    @Test("the candidate decides the buckets below its share, stable the rest")
    func decider() throws {
        let live = try Examples.deployment(stable: 2, candidate: Examples.canary(3, 500))
        let decided = [0, 499, 500, 9_999].map { live.decider(bucket: $0) }
        #expect(decided.map(\.version) == [3, 3, 2, 2])
        #expect(decided.map(\.role) == [.canary, .canary, .stable, .stable])
        #expect(live.versions.map(\.version) == [2, 3])
    }
}
