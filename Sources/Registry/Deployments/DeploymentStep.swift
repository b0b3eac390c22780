import Lifecycle

/// A step of a deployment from one epoch to the next, as the transaction writes it down.
struct DeploymentStep {
    let order: ChangeOrder
    /// Nil for a model's first.
    let before: Deployment?
    let after: Deployment
    /// The order's note as the audit chain takes it: with the signer's name and a time that does
    /// not go back.
    let note: ChangeNote

    var model: ModelName { after.model }

    init(_ order: ChangeOrder, from before: Deployment?, to after: Deployment, note: ChangeNote) {
        self.order = order
        self.before = before
        self.after = after
        self.note = note
    }

    /// What the audit entry tells: the deployment, whose record it replaces, who signs.
    var auditDetails: [String: JSONValue] {
        var details: [String: JSONValue] = ["deployment": after.auditDocument]
        details["adopted"] = order.takeover.adoption?.document
        details["disregarded"] = order.takeover.disregarded?.document
        details["signing"] = order.signing.map {
            ["key": .string($0.signer.keyName), "topic": .string($0.topic)]
        }
        return details
    }
}
