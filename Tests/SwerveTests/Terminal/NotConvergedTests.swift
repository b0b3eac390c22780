import Lifecycle
import TestSupport
import Testing

@testable import Fleet
@testable import Operations
@testable import swerve

@Suite("what is said of a fleet that does not serve what was waited for")
struct NotConvergedTests {
    private static let slot = SlotID(group: "g", slot: 1)

    private func error(
        _ verdict: Convergence.Verdict, of deployment: Deployment? = nil
    ) throws -> SwerveError? {
        let deployment = try deployment ?? SampleFleet.deployment(12)
        do throws(SwerveError) {
            try NotConverged.check(
                ConvergenceResult(
                    .init(verdict: verdict, convergedAtMs: nil, unawaited: []), .init()),
                of: deployment, timeout: 5)
            return nil
        } catch {
            return error
        }
    }

    private func error(_ records: [StatusRecord]) throws -> SwerveError? {
        let report = try SampleFleet.report(
            wanted: nil, announced: SampleFleet.deployment(12), records)
        do throws(SwerveError) {
            try NotConverged.check(report)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "a wait that ran out names who is missing and exits with 2; one without hope exits with 1")
    func waits() throws {
        #expect(try error(.converged) == nil)
        let late = try #require(try error(.waiting(["slot 1: serves epoch 3"])))
        #expect(late.reason == "not converged within 5.0 s: slot 1: serves epoch 3")
        #expect(ExitContract.code(of: late) == ExitContract.notConverged)
        let rejected = try #require(try error(.rejected(Self.slot, "digest mismatch")))
        #expect(rejected.reason == "slot g/1 rejects it: digest mismatch")
        #expect(rejected.remedy.hasSuffix("swerve rollback http-anomaly"))
        #expect(ExitContract.code(of: rejected) == ExitContract.failed)
        let overtaken = try #require(try error(.overtaken(by: 13)))
        #expect(overtaken.reason == "epoch 13 is served already")
        #expect(overtaken.remedy.hasSuffix("swerve registry adopt http-anomaly"))
        #expect(ExitContract.code(of: overtaken) == ExitContract.failed)
    }

    @Test("a rejected first promotion leaves nothing to go back to, and says so")
    func firstRejected() throws {
        let full = try SampleFleet.deployment(1)
        func error(epoch: Int64) throws -> SwerveError {
            let bare = Deployment(
                model: full.model, epoch: epoch, stable: full.stable, salt: full.salt)
            return try #require(try self.error(.rejected(Self.slot, "unsigned"), of: bare))
        }
        let first = try error(epoch: 1)
        #expect(first.remedy.contains("nothing was served before it"), "\(first)")
        #expect(first.remedy.contains("swerve republish http-anomaly, with --sign-with FILE"))
        #expect(!first.remedy.contains("rollback"))
        // Signed anew, or with other settings: the same version as before.
        let second = try error(epoch: 2)
        #expect(second.remedy.contains("goes on") && !second.remedy.contains("rollback"))
        // As the slots themselves say.
        let idle = try #require(
            try self.error([Heard.record(0, epoch: nil).rejecting(12), Heard.record(1, epoch: nil)])
        )
        #expect(idle.remedy.contains("nothing was served before it"), "\(idle)")
    }

    @Test("a status that was waited for says the same of what the topics want")
    func reports() throws {
        let served = Heard.record(0)
        #expect(try error([served, Heard.record(1)]) == nil)
        let late = try #require(try error([served, Heard.record(1, epoch: 3)]))
        #expect(late.reason == "not converged: slot 1: serves epoch 3")
        #expect(ExitContract.code(of: late) == ExitContract.notConverged)
        let rejected = try #require(try error([served, Heard.record(1, epoch: 3).rejecting(12)]))
        #expect(rejected.reason == "slot g/1 rejects the epoch: digest mismatch")
        #expect(rejected.remedy.hasSuffix("swerve rollback http-anomaly"))
        #expect(ExitContract.code(of: rejected) == ExitContract.failed)
        // A later epoch may still be taken back: the wait goes on, and its end is a timeout.
        let ahead = try #require(try error([served, Heard.record(1, epoch: 13)]))
        #expect(ahead.remedy.hasSuffix("swerve registry adopt http-anomaly"))
        #expect(ExitContract.code(of: ahead) == ExitContract.notConverged)
    }
}
