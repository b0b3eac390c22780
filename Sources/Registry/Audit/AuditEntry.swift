package import Lifecycle

/// One entry of the audit chain, as it stands in the registry.
package struct AuditEntry: Sendable, Equatable {
    package let sequence: Int64
    /// Act, model, at, by, reason and what the act tells besides.
    package let fields: JSONValue
    package let hash: Digest

    package var act: String { fields["act"]?.string ?? "" }
    package var model: String? { fields["model"]?.string }
    package var at: String { fields["at"]?.string ?? "" }
    package var by: String { fields["by"]?.string ?? "" }
    package var reason: String { fields["reason"]?.string ?? "" }
    /// The epoch of a change of a deployment.
    package var epoch: Int? { fields["deployment"]?["epoch"]?.int }

    /// Whether it is the entry of a change to exactly this deployment.
    package func tells(_ deployment: Deployment) -> Bool {
        // As texts: of a number without a fraction, what was read and what was written differ.
        model == deployment.model.description
            && fields["deployment"]?.text == deployment.auditDocument.text
    }
}
