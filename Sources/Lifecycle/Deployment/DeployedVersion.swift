/// A version as deployments name it: number and digest, so that neither alone can mislead.
package struct DeployedVersion: Sendable, Hashable, Codable {
    package let version: Int
    package let digest: Digest

    package init(version: Int, digest: Digest) {
        self.version = version
        self.digest = digest
    }
}
