import Judge
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Operations

@Suite("starting a rollout, and what people say to it", .blocking)
struct RolloutWordTests {
    /// What the stable version has counted, of which that many are alerts.
    private func counted(_ scene: RolloutScene, alerts: Int64, of records: Int64) {
        scene.brokers.news = {
            var record = Heard.record(0, of: 1, epoch: 1)
            var counts = VersionCounts()
            counts.scored = records
            counts.labels = ["normal": records - alerts, "attack": alerts]
            record.versions = ["1": counts]
            return [.fresh(record)]
        }
    }

    @Test("a plan that requires a replay starts once one is recorded; one that observes needs none")
    func replay() throws {
        let scene = try RolloutScene()
        let plan = RolloutScene.plan(["replay": ["for": "1d", "require": "no-fail"]])
        #expect {
            try scene.start(plan: plan)
        } throws: { ($0 as? SwerveError)?.reason.contains("none is recorded") == true }
        #expect(try scene.deployment.epoch == 1)
        let replay = RecordedReplay(
            verdict: .running, fromMs: scene.nowMs - 86_400_000, toMs: scene.nowMs, pairs: 9,
            hours: 25)
        try scene.registry.annotate(
            VersionReference(model: scene.model, version: 2),
            Annotation(tags: [RecordedReplay.tag(against: 1): replay.text]),
            note: ControlFixture.note)
        #expect(try scene.start(plan: plan).isNew)
        let observing = try RolloutScene()
        try observing.fixture.change(.shadow(2, try Share("10%")))
        #expect(try observing.start(plan: plan, isObserved: true).isNew)
    }

    @Test("the present rate is that of the groups that are expected")
    func groups() throws {
        let scene = try RolloutScene()
        counted(scene, alerts: 1_000, of: 10_000)
        scene.brokers.groups = ["another"]
        #expect(try scene.start().alertRate == nil)
    }

    @Test("a start tells what the margins come to at the present rate")
    func margins() throws {
        let scene = try RolloutScene()
        counted(scene, alerts: 1_000, of: 10_000)
        let started = try scene.start()
        #expect(started.alertRate == 0.1 && started.isNew)
        #expect(started.margins.contains { $0.contains("alerts-up") && $0.contains("1,000") })
        // The very same again is no failure, and changes nothing.
        let again = try scene.start()
        #expect(!again.isNew && again.begun.id == started.begun.id)
        #expect(try scene.deployment.epoch == 2)
    }

    @Test("abs above a fifth of the present rate is refused, unless the plan names it")
    func absTooLarge() throws {
        let scene = try RolloutScene()
        counted(scene, alerts: 3, of: 10_000)
        let unnamed: JSONValue = ["rollout": ["judge": ["guards": ["latency": ["ratio": 2]]]]]
        #expect {
            try scene.start(plan: unnamed)
        } throws: { code($0) == .refused && "\($0)".contains("more than a fifth") }
        #expect(try scene.registry.rollout(of: scene.model) == nil)
        #expect(try scene.deployment.epoch == 1)
        let named: JSONValue = [
            "rollout": [
                "judge": [
                    "guards": ["alerts-up": ["abs": 1e-4], "alerts-down": ["abs": 1e-4]]
                ]
            ]
        ]
        #expect(try scene.start(plan: named).isNew)
    }

    @Test("what makes no sense is refused before anything is changed")
    func refused() throws {
        let scene = try RolloutScene(labels: ["bad", "good"])
        #expect {
            try scene.start()
        } throws: { code($0) == .refused && "\($0)".contains("no label that is an alert") }
        let sound = try RolloutScene()
        #expect {
            try sound.start(1)
        } throws: { code($0) == .refused && "\($0)".contains("it is the stable version") }
        #expect { try sound.start(9) } throws: { code($0) == .notFound }
        #expect {
            try sound.start(9, isObserved: true)
        } throws: { code($0) == .notFound && "\($0)".contains("there is no version 9") }
        #expect {
            try sound.start(plan: ["rollout": ["steps": []]])
        } throws: { code($0) == .usage && "\($0)".contains("plan.yaml") }
        #expect {
            try sound.start(2, isObserved: true)
        } throws: { ($0 as? SwerveError)?.problem?.kind == .candidateNotOnTrial }
        #expect(try sound.registry.rollout(of: sound.model) == nil)
    }

    @Test("where workers ask for signatures, it does not begin unsigned")
    func signed() throws {
        let scene = try RolloutScene()
        let key = try SigningKey.generate(ModelName("release"))
        scene.brokers.trusted = TrustFile(keys: [
            TrustedKey(name: "release", publicKey: key.publicKey, roles: [.promote])
        ])
        #expect {
            try scene.start()
        } throws: { ($0 as? SwerveError)?.problem?.kind == .rolloutUnsigned }
        #expect(try scene.deployment.epoch == 1)
        // Who only observes announces nothing.
        try scene.fixture.change(.shadow(2, try Share("10%")))
        #expect(try scene.start(isObserved: true).isNew)
    }

    @Test("another one takes the place of the active one, also of another version")
    func superseded() throws {
        let scene = try RolloutScene()
        try scene.start()
        try scene.run(3, scene.executor())
        try scene.start(3)
        #expect(
            try scene.registry.entries(of: 1).last?.detail
                == "another rollout began, of version 3")
        #expect(try scene.events.last == "supersedes: rollout 1 (acts, running)")
        #expect(try scene.deployment.candidate?.deployed.version == 3)
        #expect(try scene.registry.activeRollouts().map(\.id) == [2])
    }

    @Test("each word is kept with its reason, and refused where its phase does not allow it")
    func words() throws {
        let scene = try RolloutScene()
        try scene.start()
        let executor = scene.executor()
        try scene.run(2, executor)
        try scene.say(.pause, reason: "lunch")
        #expect(try scene.events.last == "pause: lunch")
        try scene.run(60, executor)
        #expect(try scene.state.step == 0)
        try scene.say(.resume)
        try scene.say(.skip)
        #expect(try scene.deployment.candidate?.mode == .canary)
        #expect { try scene.say(.approve) } throws: { code($0) == .refused }
        try scene.say(.promote, reason: "sure")
        #expect(try scene.deployment.stable.version == 2)
        #expect(try scene.state.phase == .promoted)
        try scene.run(to: .completed, executor)
        #expect {
            try scene.say(.abort)
        } throws: { code($0) == .refused && "\($0)".contains("completed") }
    }

    @Test("a word that asks for what is so already changes nothing, and is no failure")
    func saidTwice() throws {
        let scene = try RolloutScene()
        try scene.start()
        let executor = scene.executor()
        try scene.run(2, executor)
        func again(_ word: RolloutWord) throws {
            let (events, epoch) = (try scene.events, try scene.deployment.epoch)
            let said = try RolloutSpeaker(desk: scene.desk())
                .say(word, to: scene.model, reason: "again")
            #expect(!said.isNew && said.fault == nil, "\(word)")
            #expect(try scene.events == events && scene.deployment.epoch == epoch, "\(word)")
        }
        try again(.resume)
        try scene.say(.pause)
        try again(.pause)
        try scene.say(.promote)
        try again(.promote)
        try scene.run(to: .baking, executor)
        for word in [RolloutWord.promote, .resume] { try again(word) }
        try scene.run(to: .completed, executor)
        try again(.promote)
        let other = try RolloutScene()
        try other.start()
        try other.say(.abort)
        let said = try RolloutSpeaker(desk: other.desk())
            .say(.abort, to: other.model, reason: "again")
        #expect(!said.isNew)
        // A step that was approved or left out says nothing of the next one.
        #expect { try other.say(.skip) } throws: { code($0) == .refused }
    }

    @Test("abort works in every phase, whoever changes things meanwhile, without brokers too")
    func abort() throws {
        let scene = try RolloutScene()
        try scene.start()
        // Nobody has ticked since it was changed by hand.
        try scene.fixture.change(.canary(2, try Share("50%")))
        scene.brokers.absence = FakeControlTopic.outOfReach
        try scene.say(.abort, reason: "enough")
        #expect(try scene.deployment.candidate == nil)
        #expect(try scene.state.phase == .aborted)
        #expect(
            try scene.events.suffix(2) == ["abort: enough", "aborted: by hand"])
        let late = try RolloutScene()
        try late.start()
        try late.say(.promote)
        try late.say(.abort)
        #expect(try late.deployment.stable.version == 1)
        #expect(try late.state.phase == .rolledBack)
    }

    @Test("one that observes tells once what it would do, and follows changes by hand")
    func observed() throws {
        let scene = try RolloutScene()
        try scene.fixture.change(.shadow(2, try Share("10%")))
        try scene.start(isObserved: true)
        let executor = scene.executor()
        try scene.run(60, executor)
        #expect(try scene.deployment.epoch == 2)
        #expect(
            try scene.events == [
                "started: version 2 against 1", "step: step 1: shadow at 10%",
                "would: canary of 2 at 5%",
            ])
        #expect {
            try scene.say(.skip)
        } throws: { ($0 as? SwerveError)?.problem?.kind == .rolloutObserves }
        try scene.fixture.change(.canary(2, try Share("5%")))
        try scene.run(3, executor)
        #expect(try scene.events.last == "step: step 2: canary at 5%")
        scene.fleet.up = 20
        let would = "would: drop the candidate (a guard failed: alerts-up)"
        try scene.run(600, executor) { try scene.events.last != would }
        #expect(try scene.events.suffix(2) == ["failed", would])
        // Another process says it no second time.
        try scene.run(30, scene.executor())
        #expect(try scene.events.last == would && scene.events.count { $0 == would } == 1)
        #expect(try scene.deployment.epoch == 3)
        try scene.say(.abort)
        #expect(try scene.deployment.epoch == 3)
        #expect(try scene.state.phase == .aborted)
    }

    @Test("a start on what was observed goes on with that comparison")
    func afterObserving() throws {
        let scene = try RolloutScene()
        let observed = try scene.fixture.change(.shadow(2, try Share("25%")))
        _ = try scene.fixture.relay.drain()
        try scene.start(isObserved: true)
        try scene.start()
        let deployment = try scene.deployment
        #expect(deployment.epoch == 3 && deployment.salt == observed.salt)
        #expect(deployment.isSameState(as: observed))
        try scene.run(to: .completed, scene.executor())
        #expect(try scene.deployment.stable.version == 2)
    }

    @Test("asked through a backend, what comes of it travels")
    func backend() throws {
        let scene = try RolloutScene()
        let brokers = scene.brokers
        let backend = FileBackend(
            registry: scene.fixture.path, brokers: { brokers }, for: Caller(author: "ada"))
        let request = RolloutRequest(model: scene.model)
        #expect {
            try backend.rollout(request)
        } throws: { ($0 as? SwerveError)?.problem?.kind == .rolloutNotFound }
        let started = try backend.startRollout(
            RolloutStartRequest(
                model: scene.model, version: .number(2), plan: RolloutScene.plan(), reason: "try"))
        #expect(started.standing.startedBy == "ada" && started.standing.reason == "try")
        try scene.run(15, scene.executor())
        let word = try backend.sayToRollout(
            RolloutWordRequest(model: scene.model, word: .pause, reason: "r"))
        let standing = try backend.rollout(request)
        #expect(standing == word.standing && standing.report?["verdict"] == "running")
        #expect(
            try TravellingExample(started).isSame() && TravellingExample(word).isSame()
                && TravellingExample(standing).isSame())
    }

    @Test("the loop runs what is active until it is stopped, and a named one until it is over")
    func loop() throws {
        let scene = try RolloutScene()
        let brokers = scene.brokers
        let backend = FileBackend(
            registry: scene.fixture.path, brokers: { brokers }, for: Caller(author: "ada"))
        #expect {
            _ = try backend.runRollouts(of: scene.model, isStopped: { false }, hear: { _ in })
        } throws: { ($0 as? SwerveError)?.problem?.kind == .rolloutNotFound }
        try scene.start()
        // Somebody changes the share, and only a tick finds that out.
        try scene.fixture.change(.shadow(2, try Share("50%")))
        var heard: [RolloutNews] = []
        var asked = 0
        // The loop asks again and again, since these brokers never wait: more than in some minutes.
        let enough = 1_000_000_000
        let standing = try backend.runRollouts(
            of: scene.model,
            isStopped: { () throws(SwerveError) in
                asked += 1
                guard !heard.isEmpty else { return asked > enough }
                do {
                    if try scene.state.phase == .held { try scene.say(.abort) }
                } catch {
                    throw SwerveError(.system, act: "a", reason: "\(error)")
                }
                return asked > enough
            }, hear: { heard.append($0) })
        #expect(standing?.endedAt != nil)
        guard case .told(_, _, _, let event, let detail) = try #require(heard.first) else {
            Issue.record("\(heard)")
            return
        }
        #expect(event == "held" && detail == "changed by hand")
        #expect(try scene.events.suffix(2) == ["abort", "aborted: by hand"])
    }
}
