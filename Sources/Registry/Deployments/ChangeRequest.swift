package import Lifecycle

/// What somebody asks of a deployment, with versions by number; the registry adds the digests.
package enum ChangeRequest: Sendable, Equatable {
    case promote(Int)
    case canary(Int, Share)
    case shadow(Int, Share)
    case complete
    case abort
    case rollback
    case rollbackTo(Int)
    /// See `DeploymentChange.settings`.
    case settings(Int, VersionSettings, isReset: Bool)

    /// The act, for errors: `promoting http-anomaly@3`.
    package func act(on model: ModelName) -> String {
        switch self {
        case .promote(let version): "promoting \(model)@\(version)"
        case .canary(let version, _): "starting a canary of \(model)@\(version)"
        case .shadow(let version, _): "starting a shadow of \(model)@\(version)"
        case .complete: "completing the candidate of \(model)"
        case .abort: "dropping the candidate of \(model)"
        case .settings(let version, _, _): "changing the settings of \(model)@\(version)"
        case .rollback: "rolling back \(model)"
        case .rollbackTo(let version): "rolling back \(model) to version \(version)"
        }
    }
}
