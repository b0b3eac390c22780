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
