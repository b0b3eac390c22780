import Fleet
import Judge
import Lifecycle
import Registry
import TestSupport
import Testing

@testable import Operations

@Suite("a rollout that begins on what runs already", .blocking)
struct RolloutStartTests {
    /// A slot that has counted so many pairs of the comparison that runs, a multiple of 64.
    private func counted(_ scene: RolloutScene, pairs: Int64) throws {
        let deployment = try scene.deployment
        var numbers = [Int64](repeating: 0, count: ComparisonCells.count)
        let columns = ComparisonCells.Column.allCases.count
        for cell in 0..<64 { numbers[cell * columns] = pairs / 64 }
        var comparison = VersionComparison(candidate: 2, stable: 1, mode: "shadow", share: 2_500)
        comparison.id = deployment.comparisonID
        comparison.cells = ComparisonCells(numbers)
        var record = Heard.record(0, of: 1, epoch: deployment.epoch)
        record.comparison = comparison
        scene.brokers.news = { [.fresh(record)] }
    }

    private static let plan = RolloutScene.plan([
        "steps": [
            ["mode": "canary", "share": "5%", "min": "10s", "min_pairs": 2_000, "max": "10m"]
        ]
    ])

    @Test("pairs from before its beginning are evidence, and none of its first step's")
    func pairs() throws {
        let scene = try RolloutScene()
        try scene.fixture.change(.shadow(2, try Share("25%")))
        try counted(scene, pairs: 64_000)
        #expect(try scene.start(isObserved: true).begun.id == 1)
        #expect(try scene.state.pairsBefore == 64_000)
        let started = try scene.start(plan: Self.plan)
        #expect(started.warnings.isEmpty)
        #expect(try scene.state.pairs == 64_000 && scene.state.pairsBefore == 64_000)
        // The very comparison that was counted, and one look adds 6,400.
        let deployment = try scene.deployment
        let before = try SlotCounts(
            #require(scene.brokers.news().first?.record),
            judging: #require(deployment.comparisonID))
        var more = before
        more.cells?[0, .pairs] += 1_000
        let executor = scene.executor()
        for _ in 0..<30 {
            scene.nowMs += 1_000
            _ = try executor.tick { _ in RolloutSight(counts: [more], isConverged: true) }
        }
        #expect(try scene.state.step == 0 && scene.state.phase == .running)
        more.cells?[0, .pairs] += 1_000
        for _ in 0..<3 {
            scene.nowMs += 1_000
            _ = try executor.tick { _ in RolloutSight(counts: [more], isConverged: true) }
        }
        #expect(try scene.state.isPromoted)
    }

    @Test("where the candidate is new, or another one, nothing was counted before")
    func others() throws {
        let scene = try RolloutScene()
        try scene.start()
        #expect(try scene.state.pairsBefore == 0)
        try counted(scene, pairs: 6_400)
        try scene.start(3)
        #expect(try scene.state.pairsBefore == 0)
    }

    @Test("what the status topic cannot say in time is what the rollout before it has counted")
    func unread() throws {
        let scene = try RolloutScene()
        try scene.fixture.change(.shadow(2, try Share("25%")))
        let clock = ScriptedClock()
        scene.brokers.feed = ScriptedFeed([], clock: clock)
        scene.brokers.readingMs = 0
        let first = try scene.start(isObserved: true)
        #expect(first.warnings.contains { $0.contains("status topic was not read") })
        try scene.run(12, scene.executor())
        let pairs = try scene.state.pairs
        #expect(pairs > 0)
        #expect(try scene.start(plan: Self.plan).warnings.isEmpty)
        #expect(try scene.state.pairsBefore == pairs)
    }

    @Test("the one that it takes the place of is told, and steps that lead back")
    func told() throws {
        let scene = try RolloutScene()
        let first = try scene.start()
        #expect(first.superseded == nil && first.warnings.isEmpty)
        try scene.fixture.change(.canary(2, try Share("5%")))
        try scene.start(isObserved: true)
        let acting = try scene.start()
        #expect(acting.superseded?.words == "rollout 2 (observes, running)")
        #expect(acting.warnings.count == 1)
        #expect(acting.warnings.first?.contains("step 1 goes back from a canary") == true)
        #expect(try scene.events.last == "supersedes: rollout 2 (observes, running)")
    }
}
