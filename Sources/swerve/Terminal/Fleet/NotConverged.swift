import Fleet
import Lifecycle
import Operations

/// What commands say where a fleet does not serve what was waited for: `.timedOut` (exit code 2)
/// names who is missing, `.refused` (1) says why it never will.
enum NotConverged {
    /// Behind what is said of a group that does not count.
    static let groupRemedy = "; to judge it by itself: --group NAME"

    /// - Throws: where a wait for `deployment` did not end well.
    static func check(
        _ result: ConvergenceResult, of deployment: Deployment, timeout: Double
    ) throws(SwerveError) {
        let act = "waiting for \(deployment.model) epoch \(deployment.epoch)"
        switch result.verdict {
        case .converged: return
        case .rejected(let slot, let reason):
            throw SwerveError(
                .refused, act: act, reason: "slot \(slot) rejects it: \(reason)",
                remedy: rejected(deployment, isServing: deployment.epoch > 1))
        case .overtaken(let epoch):
            throw SwerveError(
                .refused, act: act, reason: "epoch \(epoch) is served already",
                remedy: ahead(deployment.model))
        case .waiting:
            throw SwerveError(
                .timedOut, act: act,
                reason: "not converged within \(timeout) s: "
                    + Convergence.named(result.stragglers),
                remedy: "see: swerve status \(deployment.model)")
        }
    }

    /// - Throws: where a wait for what `report` has as its target did not end well.
    static func check(_ report: FleetReport) throws(SwerveError) {
        let model = report.model
        let act = "waiting for \(model)"
        switch report.verdict {
        case .converged: return
        case .rejected(let slot, let reason):
            throw SwerveError(
                .refused, act: act, reason: "slot \(slot) rejects the epoch: \(reason)",
                remedy: (report.wanted ?? report.announced).map { deployment in
                    rejected(
                        deployment,
                        isServing: report.groups.contains { group in
                            group.slots.contains { $0.record.serving != nil }
                        })
                } ?? "see: swerve status \(model)")
        case .overtaken:
            throw SwerveError(
                .timedOut, act: act,
                reason: "not converged: " + Convergence.named(report.waitingFor),
                remedy: ahead(model))
        case nil, .waiting:
            throw SwerveError(
                .timedOut, act: act,
                reason: "not converged: " + Convergence.named(report.waitingFor),
                remedy: "see: swerve status \(model)")
        }
    }

    /// Somebody else may have changed it, too.
    private static func ahead(_ model: ModelName) -> String {
        "see: swerve history \(model); where the registry does not have that epoch, go above it: swerve "
            + "registry adopt \(model)"
    }

    /// - Parameter isServing: whether something was served before it, as far as is known.
    private static func rejected(_ deployment: Deployment, isServing: Bool) -> String {
        let model = deployment.model
        guard isServing else {
            return "nothing was served before it, and nothing is now; mend the cause, then: swerve "
                + "republish \(model), with --sign-with FILE where the workers have a trust file"
        }
        guard deployment.candidate != nil || deployment.previous != nil else {
            return "what was served before goes on; see: swerve history \(model)"
        }
        return "what was served before goes on, as swerve status \(model) shows; promote that "
            + "again, or go back to the stable version before: swerve rollback \(model)"
    }
}
