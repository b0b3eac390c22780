package import Lifecycle

/// Which comparison it is: the one calculation for workers, which count it, and for whoever judges
/// their counts.
extension VersionComparison {
    /// The id of the comparison that a deployment's candidate is in, 16 hexadecimal digits; nil
    /// without a candidate.
    package static func id(of deployment: Deployment) -> String? {
        identity(of: deployment).map(id(ofIdentity:))
    }

    /// The beginning of the SHA-256 of an `identity`.
    package static func id(ofIdentity text: String) -> String {
        String(ContentHash.sha256(Array(text.utf8)).hex.prefix(idDigits))
    }
}
