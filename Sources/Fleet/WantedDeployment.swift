package import Lifecycle

/// A deployment as a registry at hand has it.
package struct WantedDeployment: Sendable, Equatable {
    package let deployment: Deployment
    /// The registry's id.
    package let registry: String

    package init(deployment: Deployment, registry: String) {
        self.deployment = deployment
        self.registry = registry
    }
}
