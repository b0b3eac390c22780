package import Lifecycle

/// Requests that are tried on a version, outside of the stream.
package struct ScoreRequest: Codable, Sendable, Equatable {
    /// How many are scored at once.
    package static let requestsMax = 1_000
    package static let explainMax = 1_000

    package let version: VersionSelector
    /// Each as a line of `swerve score`: a request, or the input as it is.
    package let requests: [JSONValue]
    /// How many contributions to each score are told; nil: none, and no explanation.
    package let explain: Int?

    package init(version: VersionSelector, requests: [JSONValue], explain: Int? = nil) {
        self.version = version
        self.requests = requests
        self.explain = explain
    }

    func check() throws(SwerveError) {
        let act = "scoring with \(version)"
        guard (1...Self.requestsMax).contains(requests.count) else {
            throw SwerveError(
                .usage, act: act,
                reason: "\(requests.count) requests are not between 1 and \(Self.requestsMax)")
        }
        guard (0...Self.explainMax).contains(explain ?? 0) else {
            throw SwerveError(
                .usage, act: act,
                reason: "explain takes 0 to \(Self.explainMax) contributions")
        }
    }
}

package struct ScoreResult: Codable, Sendable, Equatable {
    package let version: VersionReference
    package let digest: Digest
    /// One for each request, in their order, as `swerve score` writes them: one that cannot be
    /// scored says why in `error`.
    package let results: [JSONValue]
}
