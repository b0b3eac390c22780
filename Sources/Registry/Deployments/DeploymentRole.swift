/// What a version is in its model's deployment.
package enum DeploymentRole: String, Sendable, CaseIterable {
    case stable
    /// The candidate, by its mode.
    case canary, shadow
    case previous
}
