import Judge
import Lifecycle
import Registry
import TestSupport
import Testing

@testable import Operations

/// Labels as somebody puts them there.
private final class ToyLabels: RolloutLabels {
    var all: [LabelledRecord]?
    var words: [String] = []

    func records(on deployment: Deployment) -> [LabelledRecord]? { all }
    func news() -> [String] { words }
}

@Suite("labels in a running rollout", .blocking)
struct RolloutLabelsTests {
    /// Records that are normal, of which the candidate calls that many an attack.
    private static func normal(_ count: Int, wrong: Int = 0) -> [LabelledRecord] {
        (0..<count).map {
            LabelledRecord(
                isAttack: false, isStableWrong: false,
                isCandidateWrong: wrong > 0 && $0 % (count / wrong) == 0)
        }
    }

    /// Labels alone decide, and a pass waits for them.
    private static func plan(_ changes: [String: JSONValue] = [:]) -> JSONValue {
        var guards: [String: JSONValue] = ["false-positives": ["required": true]]
        for name in [
            "alerts-up", "alerts-down", "incidents-up", "incidents-down", "errors", "latency",
        ] {
            guards[name] = ["enforce": false]
        }
        let judge: [String: JSONValue] = [
            "judge": ["fail_after": "20s", "pass_after": "20s", "guards": .object(guards)]
        ]
        return RolloutScene.plan(judge.merging(changes) { $1 })
    }

    private func judged(_ scene: RolloutScene) throws -> [Int] {
        let stored = try scene.registry.rollout(of: scene.model)
        let guards = stored?.judged?.report["outcome"]?["guards"]
        return guards?["false-positives"]?["n"]?.array?.compactMap(\.int) ?? []
    }

    @Test("a candidate that is wrong where the stable version is right is rolled back by labels")
    func rolledBack() throws {
        let scene = try RolloutScene()
        let labels = ToyLabels()
        labels.all = Self.normal(4_000, wrong: 400)
        try scene.start(plan: Self.plan())
        let executor = RolloutExecutor(of: scene.model, at: scene.desk(), labels: labels)
        try scene.run(to: .rolledBack, executor)
        let stored = try #require(try scene.registry.rollout(of: scene.model))
        let failed = try scene.registry.entries(of: stored.id).first { $0.event == "failed" }
        #expect(failed?.detail.hasPrefix("false-positives: fail; ") == true)
    }

    @Test("a step that waits for labels is met once there are enough, and not before")
    func passed() throws {
        let scene = try RolloutScene()
        let labels = ToyLabels()
        try scene.start(plan: Self.plan())
        let executor = RolloutExecutor(of: scene.model, at: scene.desk(), labels: labels)
        try scene.run(120, executor)
        #expect(try scene.state.step == 0 && judged(scene) == [0, 0, 0, 0])
        labels.all = Self.normal(8_000)
        try scene.run(600, executor) { try scene.state.step == 0 }
        #expect(try scene.state.step == 1)
    }

    @Test("a heap of labels comes over many blocks, and what is new at once")
    func portions() throws {
        let scene = try RolloutScene()
        let labels = ToyLabels()
        labels.all = Self.normal(6_400)
        // A step that lasts.
        try scene.start(
            plan: Self.plan(["steps": [["mode": "shadow", "share": "25%", "min": "1h"]]]))
        let executor = RolloutExecutor(of: scene.model, at: scene.desk(), labels: labels)
        try scene.run(21, executor)
        let early = try judged(scene).reduce(0, +)
        #expect(early >= 100 && early < 1_000)
        try scene.run(640, executor)
        #expect(try judged(scene).reduce(0, +) == 6_400)
        labels.all = Self.normal(6_410)
        try scene.run(20, executor)
        #expect(try judged(scene).reduce(0, +) == 6_410)
    }

    @Test("killed at any moment, each label counts once")
    func killed() throws {
        let scene = try RolloutScene()
        let labels = ToyLabels()
        labels.all = Self.normal(1_000, wrong: 10)
        try scene.start(plan: Self.plan())
        for number in 1...8 {
            // A process that has not read all labels yet says nothing of them.
            let executor = RolloutExecutor(of: scene.model, at: scene.desk(), labels: labels)
            let there = labels.all
            labels.all = nil
            try scene.run(3, executor)
            labels.all = there
            try scene.run(10 + number, executor)
        }
        try scene.run(20, RolloutExecutor(of: scene.model, at: scene.desk(), labels: labels))
        #expect(try judged(scene) == [990, 10, 0, 0])
    }

    @Test("of two loops with labels of their own, the one behind hands nothing over again")
    func twoLoops() throws {
        let scene = try RolloutScene()
        let (ahead, behind) = (ToyLabels(), ToyLabels())
        ahead.all = Self.normal(2_000)
        behind.all = Self.normal(500)
        try scene.start(
            plan: Self.plan(["steps": [["mode": "shadow", "share": "25%", "min": "1h"]]]))
        let first = RolloutExecutor(of: scene.model, at: scene.desk(), labels: ahead)
        let second = RolloutExecutor(of: scene.model, at: scene.desk(), labels: behind)
        func run(_ seconds: Int) throws {
            // Of thirds, so that each of the two ends blocks of ten seconds.
            for _ in 0..<seconds / 3 {
                try scene.run(2, first)
                try scene.run(1, second)
            }
        }
        try run(720)
        #expect(try judged(scene) == [2_000, 0, 0, 0])
        behind.all = Self.normal(2_010)
        try run(90)
        #expect(try judged(scene) == [2_010, 0, 0, 0])
    }

    @Test("never less than was counted is handed over, and what is fewer is told")
    func neverLess() {
        let judge = CanaryJudge(RolloutPlan.standard.judge, comparison: "0123456789abcdef")
        var portions = LabelPortions(for: judge, known: 100)
        let counted = LabelFeedback(Self.normal(50))
        // Portions of this process are smaller than what another one handed over.
        #expect(portions.feedback(Self.normal(100), nowMs: 0, counted: counted) == counted)
        #expect(portions.feedback(Self.normal(49), nowMs: 1, counted: counted) == nil)
        #expect(portions.isBehind)
        let other = [LabelledRecord(isAttack: true, isStableWrong: true, isCandidateWrong: true)]
        let more = LabelFeedback(Self.normal(50) + other)
        #expect(portions.feedback(Self.normal(100), nowMs: 2, counted: more) == nil)
        #expect(portions.feedback(Self.normal(60) + other, nowMs: 3, counted: more) != nil)
        #expect(!portions.isBehind)
    }

    @Test("labels that are fewer after a restart count nothing twice")
    func fewer() throws {
        let scene = try RolloutScene()
        let labels = ToyLabels()
        try scene.start(
            plan: Self.plan(["steps": [["mode": "shadow", "share": "25%", "min": "1h"]]]))
        labels.all = Self.normal(10)
        try scene.run(30, RolloutExecutor(of: scene.model, at: scene.desk(), labels: labels))
        #expect(try judged(scene) == [10, 0, 0, 0])
        var heard: [RolloutNews] = []
        let executor = RolloutExecutor(of: scene.model, at: scene.desk(), labels: labels) {
            heard.append($0)
        }
        labels.all = Self.normal(4)
        try scene.run(30, executor)
        labels.all = Self.normal(12)
        try scene.run(30, executor)
        #expect(try judged(scene) == [12, 0, 0, 0])
        let notes = heard.filter {
            if case .noted(_, let words) = $0 { words.contains("fewer labels") } else { false }
        }
        #expect(notes.count == 1)
    }

    @Test("a plan that waits for labels says so where nobody reads any; notes are told")
    func told() throws {
        let scene = try RolloutScene()
        try scene.start(plan: Self.plan())
        try scene.run(1, scene.executor())
        #expect(scene.faults.first?.reason.contains("nobody reads any") == true)
        let labels = ToyLabels()
        labels.words = ["3 records have labels that contradict one another"]
        labels.all = []
        var heard: [RolloutNews] = []
        let executor = RolloutExecutor(of: scene.model, at: scene.desk(), labels: labels) {
            heard.append($0)
        }
        try scene.run(1, executor)
        #expect(heard == [.noted(scene.model, labels.words[0])])
    }
}
