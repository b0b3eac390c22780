import Lifecycle
import Registry

/// With whose key what a rollout announces is signed.
struct RolloutHand {
    let signing: DeploymentSigning
    /// Whether it is a controller's, which needs a plan that a person signed; else a person's,
    /// which signs the plan as well.
    let isController: Bool
    /// How long a plan that a person signs holds, in milliseconds; nil for what its steps may take.
    let planMs: Int64?
    /// Where it is held, what is signed is the same each time.
    let moment: ChangeMoment?

    /// - Parameter registry: says what the key is for; what it does not know it refuses later.
    init(
        _ signing: DeploymentSigning, in registry: Registry, planMs: Int64? = nil,
        moment: ChangeMoment? = nil
    ) throws(SwerveError) {
        let key = try registry.keys().first { $0.name.description == signing.signer.keyName }
        self.signing = signing
        isController = key?.roles.contains(.rollout) ?? false
        self.planMs = planMs
        self.moment = moment
    }

    /// Why a loop takes no person's key: it runs unattended.
    var unfitForLoop: SwerveError {
        let name = signing.signer.keyName
        return SwerveError(
            .refused, act: "running rollouts with key '\(name)'",
            reason: "it has not the role rollout: with that key whoever gets at this machine could "
                + "announce anything",
            problem: Problem(.rolloutKeyUnfit, [.key: name]))
    }
}
