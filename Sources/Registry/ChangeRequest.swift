package import Lifecycle

/// What somebody asks of a deployment, with versions by number; the registry adds the digests.
package enum ChangeRequest: Sendable, Equatable {
    case promote(Int)
    case canary(Int, Share)
    case rollback
    case rollbackTo(Int)

    /// The act, for errors: `promoting http-anomaly@3`.
    package func act(on model: ModelName) -> String {
        switch self {
        case .promote(let version): "promoting \(model)@\(version)"
        case .canary(let version, _): "starting a canary of \(model)@\(version)"
        case .rollback: "rolling back \(model)"
        case .rollbackTo(let version): "rolling back \(model) to version \(version)"
        }
    }
}
