import Fleet
import Lifecycle
import Registry
import TestSupport
import Testing

@testable import Operations

@Suite("the loop of rollouts, and what it waits for", .blocking)
struct RolloutLoopTests {
    /// What a loop says until it has polled so often, with the clock that the polls move on.
    private func waits(
        _ scene: RolloutScene, _ feed: ScriptedFeed, _ clock: ScriptedClock, polls: Int = 150
    ) throws -> [(model: ModelName?, words: String, atMs: Int64)] {
        scene.brokers.feed = feed
        let begun = clock.nowMs
        var heard: [(model: ModelName?, words: String, atMs: Int64)] = []
        let loop = RolloutLoop(at: scene.desk(), of: scene.model, clock: { clock.nowMs }) { news in
            guard case .waits(let model, let words) = news else { return }
            heard.append((model, words, clock.nowMs - begun))
        }
        try loop.run { () throws(SwerveError) in feed.polls >= polls }
        return heard
    }

    @Test("brokers that do not answer are told once, within seconds")
    func brokers() throws {
        let scene = try RolloutScene()
        try scene.start()
        let clock = ScriptedClock()
        let feed = ScriptedFeed([], clock: clock)
        feed.fault = "connection refused"
        let told = try waits(scene, feed, clock)
        #expect(told.count == 1)
        #expect(told.first?.model == nil && told.first?.atMs ?? .max <= 5_000)
        #expect(told.first?.words.contains("the brokers") == true)
        #expect(told.first?.words.hasSuffix(": connection refused") == true)
    }

    @Test("so are workers that nobody hears, and those that come on need no word")
    func workers() throws {
        let scene = try RolloutScene()
        try scene.start()
        let silent = ScriptedClock()
        let told = try waits(
            scene, ScriptedFeed([.heard([])], clock: silent), silent)
        #expect(told.map(\.model) == [scene.model])
        #expect(told.first?.words.contains("no worker of http-anomaly was heard") == true)
        #expect(told.first?.atMs ?? .max <= 6_000)

        // The fleet takes the step up within two seconds, and goes on saying so.
        let clock = ScriptedClock()
        let turns = (0..<150).map { turn -> ScriptedFeed.Turn in
            guard turn % 10 == 0 else { return .heard([]) }
            var record = Heard.record(0, of: 1, epoch: turn < 20 ? 1 : 2)
            record.sentAtMs = clock.nowMs + Int64(turn) * 100
            record.serving?.registry = scene.registry.id
            return .heard([.fresh(record)])
        }
        #expect(try waits(scene, ScriptedFeed(turns, clock: clock), clock).isEmpty)
    }

    @Test("a slot that stays behind is named")
    func straggler() throws {
        let scene = try RolloutScene()
        try scene.start()
        let clock = ScriptedClock()
        let turns = (0..<150).map { turn -> ScriptedFeed.Turn in
            guard turn % 10 == 0 else { return .heard([]) }
            var record = Heard.record(0, of: 2, epoch: 2)
            record.sentAtMs = clock.nowMs + Int64(turn) * 100
            record.serving?.registry = scene.registry.id
            return .heard([.fresh(record)])
        }
        let told = try waits(scene, ScriptedFeed(turns, clock: clock), clock)
        #expect(told.map(\.words) == ["the workers: slot 1: never heard"])
    }

    @Test("brokers that die while it runs are told, once, and not as workers that are silent")
    func died() throws {
        let scene = try RolloutScene()
        try scene.start()
        let clock = ScriptedClock()
        let turns = (0..<40).map { turn -> ScriptedFeed.Turn in
            guard turn % 10 == 0 else { return .heard([]) }
            var record = Heard.record(0, of: 1, epoch: 2)
            record.sentAtMs = clock.nowMs + Int64(turn) * 100
            record.serving?.registry = scene.registry.id
            return .heard([.fresh(record)])
        }
        let feed = ScriptedFeed(turns, clock: clock)
        feed.dies = (45, "connection refused")
        let told = try waits(scene, feed, clock, polls: 200)
        #expect(
            told.map(\.words) == ["the brokers, which do not answer: connection refused"])
        #expect(told.first?.model == nil)
    }

    @Test("the loop of a model ends with the rollout that it was started for")
    func superseded() throws {
        let scene = try RolloutScene()
        try scene.fixture.change(.shadow(2, try Share("25%")))
        try scene.start(isObserved: true)
        let clock = ScriptedClock()
        let feed = ScriptedFeed([.heard([])], clock: clock)
        scene.brokers.feed = feed
        var told: [RolloutNews] = []
        let loop = RolloutLoop(at: scene.desk(), of: scene.model, clock: { clock.nowMs }) {
            if case .told = $0 { told.append($0) }
        }
        var hasBegun = false
        let own = try loop.run { () throws(SwerveError) in
            if feed.polls >= 15, !hasBegun {
                hasBegun = true
                do {
                    // Its own look at the status topic.
                    scene.brokers.feed = nil
                    try scene.start()
                } catch {
                    throw SwerveError(.system, act: "a", reason: "\(error)")
                }
            }
            return feed.polls >= 300
        }
        #expect(own == 1 && feed.polls < 300)
        #expect(
            told == [
                .told(
                    scene.model, rollout: 1, atMs: scene.nowMs, event: "superseded",
                    detail: "by rollout 2, which acts")
            ])
        #expect(try scene.registry.activeRollouts().map(\.id) == [2])
    }
}
