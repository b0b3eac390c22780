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
}
