package import Lifecycle

/// How a change of a deployment is signed: by whom, for which topic, good for how long.
package struct DeploymentSigning: Sendable {
    package let signer: RecordSigner
    /// The control topic's name, which the signature covers.
    package let topic: String
    /// From the change to the broker's append; an announcement that waited longer is made anew.
    package let validMs: Int64
    /// What the key has to be for: a person's, or a controller's.
    package let role: KeyRole
    /// The plan that travels with what a controller signs; nil where a person signs.
    package let mandate: SignedMandate?

    package init(signer: RecordSigner, topic: String, validMs: Int64) {
        self.init(signer, topic, validMs, .promote, nil)
    }

    private init(
        _ signer: RecordSigner, _ topic: String, _ validMs: Int64, _ role: KeyRole,
        _ mandate: SignedMandate?
    ) {
        self.signer = signer
        self.topic = topic
        self.validMs = validMs
        self.role = role
        self.mandate = mandate
    }

    /// The same by a controller, on the strength of a plan.
    ///
    /// - Parameter mandate: nil where nobody signed one: no worker that asks for signatures
    ///   believes it.
    package func asController(
        by mandate: SignedMandate?, validMs: Int64
    ) -> DeploymentSigning {
        DeploymentSigning(signer, topic, validMs, .rollout, mandate)
    }

    /// Who stands for the change, as the history has it.
    var author: String {
        guard let person = mandate?.signer else { return signer.keyName }
        return "\(person) through \(signer.keyName)"
    }
}

/// Whose record on the control topic a change replaces, and whose it passes over.
package struct DeploymentTakeover: Sendable {
    /// The new epoch is above it.
    package var adoption: PendingPublication.Adoption?
    /// No worker believes it, as far as the operator says; the new epoch need not be above it.
    package var disregarded: PendingPublication.Adoption?

    /// An epoch that workers have seen, whosever it was: the new one is above it; 0 where none is
    /// known.
    package var above: Int64 = 0

    package init(
        adoption: PendingPublication.Adoption? = nil,
        disregarded: PendingPublication.Adoption? = nil
    ) {
        self.adoption = adoption
        self.disregarded = disregarded
    }
}
