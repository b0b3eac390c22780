import Foundation
import Judge
import Lifecycle
import Testing

/// A rollout's state and plan, written and read back.
@Suite("States of a rollout")
struct RolloutStateTests {
    @Test("state and plan are the same through Codable")
    func codable() throws {
        let rollout = SampleRollout {
            $0.phase = .paused
            $0.resumeTo = .baking
            $0.lastMs = 5
        }
        let state = try JSONEncoder().encode(rollout.state)
        #expect(try JSONDecoder().decode(RolloutState.self, from: state) == rollout.state)
        let plan = try JSONEncoder().encode(rollout.plan)
        #expect(try JSONDecoder().decode(RolloutPlan.self, from: plan) == rollout.plan)
    }

    @Test("a hostile state of a rollout is refused or goes on")
    func hostileRollout() throws {
        let rollout = SampleRollout {
            $0.phase = .held
            $0.reason = "frozen"
            $0.lastMs = 1
        }
        var refused = 0
        for changed in HostileTrees.changes(rollout.state.json) {
            do throws(SwerveError) {
                var next = rollout
                next.state = try RolloutState(changed, act: "reading a rollout's state")
                guard next.plan.fits(next.state) else { continue }
                for verdict in CanaryJudge.Verdict.allCases {
                    _ = next.tick(verdict, pairs: 5, epoch: 7)
                    _ = next.tick(verdict, pairs: 5, epoch: next.state.epoch)
                }
                for word in RolloutWord.allCases { _ = try? next.controller.obey(word, next.state) }
            } catch {
                refused += 1
                #expect(error.code == .invalid)
            }
        }
        #expect(refused > 50)
    }
}
