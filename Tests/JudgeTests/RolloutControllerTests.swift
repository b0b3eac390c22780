import Judge
import Lifecycle
import Testing

/// What each event does in each phase, as a table, cell by cell.
@Suite("Rollout controller")
struct RolloutControllerTests {
    private typealias Phase = RolloutState.Phase

    /// Where a rollout can stand, as the rows of the table.
    private static let rows: [String: SampleRollout] = [
        "running": SampleRollout(),
        "gate": SampleRollout {
            $0.phase = .gate
            $0.reason = "approval"
        },
        "paused": SampleRollout {
            $0.phase = .paused
            $0.resumeTo = .running
        },
        "held": SampleRollout {
            $0.phase = .held
            $0.reason = "inconclusive"
        },
        "frozen": SampleRollout {
            $0.phase = .held
            $0.reason = "frozen"
        },
        "promoted": SampleRollout { $0.phase = .promoted },
        "baking": SampleRollout { $0.phase = .baking },
        "paused bake": SampleRollout {
            $0.phase = .paused
            $0.resumeTo = .baking
        },
        "frozen bake": SampleRollout {
            $0.phase = .held
            $0.reason = "frozen"
            $0.resumeTo = .baking
        },
    ]

    /// Row, word, and the phase after it with what is asked for; nil is refused.
    private static let words: [(String, RolloutWord, Phase?, String?)] = [
        ("running", .pause, .paused, nil), ("running", .resume, nil, nil),
        ("running", .approve, nil, nil), ("running", .skip, .running, "set"),
        ("running", .promote, .promoted, "promote"), ("running", .abort, .aborted, "drop"),
        ("gate", .pause, .paused, nil), ("gate", .resume, nil, nil),
        ("gate", .approve, .running, "set"), ("gate", .skip, .running, "set"),
        ("gate", .promote, .promoted, "promote"), ("gate", .abort, .aborted, "drop"),
        ("paused", .pause, nil, nil), ("paused", .resume, .running, nil),
        ("paused", .approve, nil, nil), ("paused", .skip, .running, "set"),
        ("paused", .promote, .promoted, "promote"), ("paused", .abort, .aborted, "drop"),
        ("held", .pause, nil, nil), ("held", .resume, .running, nil), ("held", .approve, nil, nil),
        ("held", .skip, .running, "set"), ("held", .promote, .promoted, "promote"),
        ("held", .abort, .aborted, "drop"), ("frozen", .pause, nil, nil),
        ("frozen", .resume, .running, nil), ("frozen", .approve, nil, nil),
        ("frozen", .skip, nil, nil), ("frozen", .promote, .promoted, "promote"),
        ("frozen", .abort, .aborted, "drop"), ("promoted", .pause, nil, nil),
        ("promoted", .resume, nil, nil), ("promoted", .approve, nil, nil),
        ("promoted", .skip, nil, nil), ("promoted", .promote, nil, nil),
        ("promoted", .abort, .rolledBack, "rollback"), ("baking", .pause, .paused, nil),
        ("baking", .resume, nil, nil), ("baking", .approve, nil, nil),
        ("baking", .skip, .completed, "drop"), ("baking", .promote, nil, nil),
        ("baking", .abort, .rolledBack, "rollback"), ("paused bake", .pause, nil, nil),
        ("paused bake", .resume, .baking, nil), ("paused bake", .skip, .completed, "drop"),
        ("paused bake", .promote, nil, nil), ("paused bake", .abort, .rolledBack, "rollback"),
        ("frozen bake", .resume, .baking, nil), ("frozen bake", .skip, nil, nil),
        ("frozen bake", .promote, nil, nil), ("frozen bake", .abort, .rolledBack, "rollback"),
    ]

    @Test("words of people, by phase")
    func words() throws {
        for (row, word, phase, action) in Self.words {
            let rollout = try #require(Self.rows[row])
            let outcome = try? rollout.controller.obey(word, rollout.state)
            #expect(outcome?.state.phase == phase, "\(row), \(word)")
            #expect(outcome?.action?.json["do"]?.string == action, "\(row), \(word)")
            guard let action = outcome?.action else { continue }
            #expect(action.expect == rollout.state.epoch)
            #expect(outcome?.state.epoch == rollout.state.epoch + 1)
        }
    }

    @Test("a final phase refuses every word, and ticks change nothing")
    func final() {
        for phase in Phase.allCases where phase.isFinal {
            let rollout = SampleRollout { $0.phase = phase }
            for word in RolloutWord.allCases {
                #expect(throws: SwerveError.self) {
                    try rollout.controller.obey(word, rollout.state)
                }
            }
            let outcome = rollout.tick(.fail, pairs: 1_000, epoch: 99)
            #expect(outcome.state == rollout.state && outcome.action == nil)
        }
        #expect(Phase.allCases.filter(\.isFinal).count == 4)
    }

    @Test("a fail rolls back from every phase that is not final; with freeze it holds")
    func fails() throws {
        for (row, rollout) in Self.rows where row != "promoted" {
            let outcome = rollout.tick(.fail)
            #expect(outcome.state.phase == .rolledBack && outcome.state.reason == "a guard failed")
            let isLate = row.contains("ba")
            #expect(outcome.action?.json["do"]?.string == (isLate ? "rollback" : "drop"), "\(row)")
            var freezing = rollout
            freezing.plan.onFail = .freeze
            let frozen = freezing.tick(.fail)
            #expect(frozen.state.phase == .held && frozen.state.reason == "frozen", "\(row)")
            #expect(frozen.action == nil && frozen.state.resumeTo == (isLate ? .baking : nil))
        }
        let promoted = try #require(Self.rows["promoted"])
        #expect(promoted.tick(.fail).state.phase == .baking)
    }

    @Test("what was acknowledged does not fail again in the same comparison")
    func acknowledged() throws {
        let frozen = try #require(Self.rows["frozen"])
        let outcome = try frozen.controller.obey(.resume, frozen.state)
        #expect(outcome.state.isAcknowledged && outcome.state.phase == .running)
        var resumed = frozen
        resumed.state = outcome.state
        #expect(resumed.tick(.fail).state.phase == .running)
        // Other settings are another comparison.
        resumed.deployment.settings = "others"
        let next = resumed.tick(.fail, epoch: 50)
        #expect(next.state.phase == .rolledBack && next.state.comparisons == 2)
    }

    @Test("a step that is met leads to the next, to the gate, or to promotion")
    func met() {
        let running = SampleRollout { $0.elapsedMs = 10_000 }
        let next = running.tick(.pass, pairs: 100)
        #expect(next.state.step == 1 && next.action?.json["share"] == 2_500)
        #expect(next.state.elapsedMs == 0 && next.state.pairsBefore == 100)
        var manual = running
        manual.plan.steps[0].gate = .manual
        let gate = manual.tick(.pass, pairs: 100)
        #expect(gate.state.phase == .gate && gate.state.reason == "approval" && gate.action == nil)
        var blackout = running
        blackout.plan.blackouts = [Blackout(first: 0, end: 10_080)].compactMap(\.self)
        #expect(blackout.tick(.pass, pairs: 100).state.reason == "blackout")
        var last = running
        last.state.step = 1
        let promoted = last.tick(.pass, pairs: 100)
        #expect(promoted.state.phase == .promoted && promoted.action?.json["do"] == "promote")
        last.plan.bake.ms = 0
        #expect(last.tick(.pass, pairs: 100).state.phase == .completed)
    }

    @Test("a step is not met without exposure, pairs, convergence and what it requires")
    func unmet() {
        let met = SampleRollout { $0.elapsedMs = 10_000 }
        #expect(met.tick(.running, pairs: 100).state.step == 0)
        #expect(met.tick(.pass, pairs: 9).state.step == 0)
        #expect(met.tick(.pass, pairs: 100, isConverged: false).state.step == 0)
        #expect(SampleRollout().tick(.pass, pairs: 100).state.step == 0)
        var lenient = met
        lenient.plan.steps[0].require = .noFail
        #expect(lenient.tick(.running, pairs: 100).state.step == 1)
    }

    @Test("a gate that is not met any more runs again; a blackout that is over lets through")
    func gates() throws {
        let gate = try #require(Self.rows["gate"])
        #expect(gate.tick(.running, pairs: 100).state.phase == .running)
        let blackout = SampleRollout {
            $0.phase = .gate
            $0.reason = "blackout"
            $0.elapsedMs = 10_000
        }
        #expect(blackout.tick(.pass, pairs: 100).state.step == 1)
    }

    @Test("at max the policies decide; without data nothing goes forward")
    func maximum() {
        var late = SampleRollout { $0.wallMs = 60_000 }
        #expect(late.tick(.running, pairs: 100).state.reason == "inconclusive")
        #expect(late.tick(.running, pairs: 1).state.reason == "no-data")
        late.plan.onInconclusive = .advance
        #expect(late.tick(.running, pairs: 100).state.step == 1)
        #expect(late.tick(.running, pairs: 100, isConverged: false).state.phase == .running)
        #expect(late.tick(.running, pairs: 1).state.phase == .held)
        late.plan.onInconclusive = .rollback
        late.plan.onNoData = .rollback
        for pairs in [1, 100] as [Int64] {
            let outcome = late.tick(.running, pairs: pairs)
            #expect(outcome.state.phase == .rolledBack && outcome.action?.json["do"] == "drop")
        }
    }

    @Test("the bake ends when it was watched long enough, or at its max")
    func bake() throws {
        let promoted = try #require(Self.rows["promoted"])
        let begun = promoted.tick(.running)
        #expect(begun.state.phase == .baking && begun.action?.json["do"] == "shadow-previous")
        #expect(begun.state.comparisons == 2)
        let watched = SampleRollout {
            $0.phase = .baking
            $0.elapsedMs = 10_000
        }
        #expect(watched.tick(.running).state.phase == .completed)
        #expect(watched.tick(.running, isConverged: false).state.phase == .baking)
        let unwatched = SampleRollout {
            $0.phase = .baking
            $0.wallMs = 60_000
        }
        let end = unwatched.tick(.running, isConverged: false)
        #expect(end.state.reason == "the bake was not watched to its end")
        #expect(end.action?.json["do"] == "drop")
    }

    @Test("a gap above five seconds is no exposure, nor is a fleet that has not converged")
    func exposure() {
        let rollout = SampleRollout { $0.lastMs = SampleRollout.nowMs - 5_000 }
        #expect(rollout.tick(.running).state.elapsedMs == 5_000)
        #expect(rollout.tick(.running, isConverged: false).state.elapsedMs == 0)
        let outage = SampleRollout { $0.lastMs = SampleRollout.nowMs - 5_001 }
        let after = outage.tick(.running).state
        #expect(after.elapsedMs == 0 && after.wallMs == 5_001)
        let back = SampleRollout { $0.lastMs = SampleRollout.nowMs + 5_000 }
        #expect(back.tick(.running).state.wallMs == 0)
        var far = SampleRollout {
            $0.lastMs = .min
            $0.wallMs = .max
        }
        far.state.pairsBefore = .max
        #expect(far.tick(.running).state.wallMs == .max)
    }

    @Test("whoever drops an action keeps the state before it, with the clocks of the tick")
    func seen() {
        let rollout = SampleRollout {
            $0.elapsedMs = 10_000
            $0.lastMs = SampleRollout.nowMs - 1_000
        }
        let judged = RolloutJudged(verdict: .pass, pairs: 50, isConverged: true)
        let acted = rollout.controller.tick(
            rollout.state, nowMs: SampleRollout.nowMs, rollout.deployment, judged)
        #expect(acted.action != nil && acted.state.step == 1)
        let seen = rollout.controller.seen(
            rollout.state, nowMs: SampleRollout.nowMs, rollout.deployment, judged)
        #expect(seen.isSameBesidesClocks(as: rollout.state))
        #expect(seen.elapsedMs == 11_000 && seen.pairs == 50)
        #expect(!acted.state.isSameBesidesClocks(as: rollout.state))
        var final = rollout.state
        final.phase = .aborted
        #expect(
            rollout.controller.seen(
                final, nowMs: SampleRollout.nowMs, rollout.deployment, judged) == final)
    }

    @Test("without a judged block no step is met, and at its end there was no data")
    func unheard() {
        var early = SampleRollout { $0.elapsedMs = 10_000 }
        early.plan.steps[0].require = .noFail
        var judged = RolloutJudged(
            verdict: .running, pairs: 100, isConverged: true, hasJudged: false)
        func tick(_ rollout: SampleRollout) -> RolloutState {
            rollout.controller.tick(
                rollout.state, nowMs: SampleRollout.nowMs, rollout.deployment, judged
            ).state
        }
        #expect(tick(early).step == 0 && tick(early).phase == .running)
        early.state.wallMs = 60_000
        #expect(tick(early).phase == .held && tick(early).reason == "no-data")
        judged.hasJudged = true
        #expect(tick(early).step == 1)
    }

    @Test("what the comparison had before the rollout is none of the first step's pairs")
    func pairsBefore() {
        var rollout = SampleRollout()
        rollout.plan.steps[0].require = .noFail
        rollout.plan.steps[0].minPairs = 2_000
        rollout.state =
            rollout.controller.start(
                over: rollout.deployment, candidate: 8, pairs: 63_036
            ).state
        rollout.state.elapsedMs = 11_000
        #expect(rollout.state.pairs == 63_036 && rollout.state.pairsBefore == 63_036)
        rollout.deployment.epoch = rollout.state.epoch
        #expect(rollout.tick(.running, pairs: 63_117).state.step == 0)
        #expect(rollout.tick(.running, pairs: 65_035).state.step == 0)
        #expect(rollout.tick(.running, pairs: 65_036).state.step == 1)
        // At its longest such a step had no data.
        rollout.state.wallMs = 60_000
        #expect(rollout.tick(.running, pairs: 63_117).state.reason == "no-data")
    }
}
