package import Lifecycle

/// Artifacts out of a registry file, for workers beside it; opened read-only for each call.
///
/// Not kept open: loads are rare, and a registry that was restored in the meantime is another file
/// under the same name.
package struct RegistryArtifacts: ArtifactSource {
    private let path: String

    /// - Parameter path: of the registry; it need not exist yet.
    package init(path: String) { self.path = path }

    /// - Throws: `.notFound` for a digest that the registry does not have, `.unavailable` where the
    ///   file is missing or locked, or its schema is behind.
    package func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
        let registry: Registry
        do throws(SwerveError) {
            registry = try Registry.open(path: path, access: .readOnly)
        } catch {
            guard error.code == .notFound else { throw error }
            throw SwerveError(
                .unavailable, act: error.act, reason: error.reason, remedy: error.remedy,
                problem: error.problem)
        }
        return try registry.artifact(digest)
    }
}
