package import Lifecycle
import Platform
package import Registry

/// Changes a deployment and announces it: the registry first, then the control topic.
package struct Promoter {
    private let registry: Registry
    private let relay: OutboxRelay

    package init(registry: Registry, relay: OutboxRelay) {
        self.registry = registry
        self.relay = relay
    }

    /// Promotes, begins or widens a canary, or rolls back.
    ///
    /// - Returns: the new deployment, when the registry had it (wall clock), and what became of
    ///   other models' announcements.
    /// - Throws: what the registry refuses, nothing being changed; or, with the remedy, that the
    ///   registry has the change but the topic does not yet.
    package func change(
        _ request: ChangeRequest, of model: ModelName, expectedEpoch: Int64? = nil,
        isForced: Bool = false, note: ChangeNote, freshSalt: UInt32 = .random(in: .min ... .max),
        signing: DeploymentSigning? = nil
    ) throws(SwerveError) -> (
        deployment: Deployment, committedAtMs: Int64, publications: [Publication]
    ) {
        let deployment = try registry.change(
            request, of: model, expectedEpoch: expectedEpoch, isForced: isForced, note: note,
            freshSalt: freshSalt, signing: signing)
        let committedAtMs = WallClock.nowMs
        let publications: [Publication]
        do throws(SwerveError) {
            publications = try relay.drain(first: model)
        } catch {
            throw Self.notAnnounced(deployment, error)
        }
        if let error = publications.first(where: { $0.model == model })?.error {
            throw Self.notAnnounced(deployment, error)
        }
        return (deployment, committedAtMs, publications)
    }

    private static func notAnnounced(_ deployment: Deployment, _ error: SwerveError) -> SwerveError
    {
        SwerveError(
            error.code, act: "announcing \(deployment.model) epoch \(deployment.epoch)",
            reason: "the registry has it, the control topic perhaps not yet: \(error.reason)",
            remedy: error.code == .unavailable
                ? "the next change announces it, or: swerve republish" : error.remedy)
    }
}
