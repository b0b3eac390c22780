package import Lifecycle

/// How a change of a deployment is signed: by whom, for which topic, good for how long.
package struct DeploymentSigning: Sendable {
    package let signer: RecordSigner
    /// The control topic's name, which the signature covers.
    package let topic: String
    /// From the change to the broker's append; an announcement that waited longer is made anew.
    package let validMs: Int64

    package init(signer: RecordSigner, topic: String, validMs: Int64) {
        self.signer = signer
        self.topic = topic
        self.validMs = validMs
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
