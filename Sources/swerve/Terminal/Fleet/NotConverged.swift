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
                remedy: rollback(deployment.model))
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
                remedy: rollback(model))
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

    private static func rollback(_ model: ModelName) -> String {
        "the old version goes on serving; swerve rollback \(model)"
    }
}
