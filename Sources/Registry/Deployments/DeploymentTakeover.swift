import Lifecycle

/// Whose record on the control topic a change replaces, and whose it passes over.
package struct DeploymentTakeover: Sendable {
    /// The new epoch is above it.
    package var adoption: PendingPublication.Adoption?
    /// No worker believes it, as far as the operator says; the new epoch need not be above it.
    package var disregarded: PendingPublication.Adoption?

    package init(
        adoption: PendingPublication.Adoption? = nil,
        disregarded: PendingPublication.Adoption? = nil
    ) {
        self.adoption = adoption
        self.disregarded = disregarded
    }
}

extension PendingPublication.Adoption {
    var document: JSONValue { ["registry": .string(registry), "epoch": .int(epoch)] }
}
