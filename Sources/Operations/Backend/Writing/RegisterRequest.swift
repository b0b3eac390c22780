package import Catalogue
package import Lifecycle

/// Files into the registry, as the next version of a model.
///
/// A private key stays with its owner: who signs asks with a trial for the digest, signs it, and
/// asks again with the signature.
package struct RegisterRequest: Codable, Sendable, Equatable {
    package let registration: RegistrationRequest
    /// Over `SignedMessage.artifact` of the model and the digest; nil where nobody stands for it.
    package let signature: RecordSignature?
    /// Whether nothing is stored, and only told which artifact would be.
    package let isTrial: Bool

    package init(
        _ registration: RegistrationRequest, signature: RecordSignature? = nil,
        isTrial: Bool = false
    ) {
        self.registration = registration
        self.signature = signature
        self.isTrial = isTrial
    }
}

package struct RegisterResult: Codable, Sendable, Equatable {
    /// Of the artifact that the files make.
    package let digest: Digest
    /// Nil for a trial.
    package let outcome: RegistrationOutcome?
}
