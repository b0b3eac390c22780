import Lifecycle

/// Whose word on the control topic a change replaces, and whose it passes over.
struct DeploymentTakeover {
    /// The new epoch is above it.
    var adoption: PendingPublication.Adoption?
    /// No worker believes it, as far as the operator says; the new epoch need not be above it.
    var disregarded: PendingPublication.Adoption?
}

extension PendingPublication.Adoption {
    var document: JSONValue { ["registry": .string(registry), "epoch": .int(epoch)] }
}
