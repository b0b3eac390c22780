/// The desired state of one model: the whole of it, never a delta.
package struct Deployment: Sendable, Hashable, Codable {
    package let model: ModelName
    /// 1, 2, 3 …; the registry gives it, and it never goes back.
    package let epoch: Int64
    package let stable: DeployedVersion
    package let candidate: Candidate?
    /// What `rollback` returns to; cleared by it.
    package let previous: DeployedVersion?
    /// Seed of the canary's buckets; kept while one canary widens or narrows.
    package let salt: UInt32
    /// What changes without a new version: threshold and labels of the versions in it.
    package let settings: DeploymentSettings

    package init(
        model: ModelName, epoch: Int64, stable: DeployedVersion, candidate: Candidate? = nil,
        previous: DeployedVersion? = nil, salt: UInt32,
        settings: DeploymentSettings = DeploymentSettings()
    ) {
        self.model = model
        self.epoch = epoch
        self.stable = stable
        self.candidate = candidate
        self.previous = previous
        self.salt = salt
        self.settings = settings
    }

    /// Every version that must be loaded to serve it, stable first.
    package var versions: [DeployedVersion] {
        [stable] + (candidate.map { [$0.deployed] } ?? []) + (previous.map { [$0] } ?? [])
    }

    /// The version and the role that decide a record in `bucket`; see `CanaryBucket`.
    package func decider(bucket: Int) -> (version: Int, role: Role) {
        if let candidate, candidate.mode == .canary, bucket < candidate.share.tenThousandths {
            return (candidate.deployed.version, .canary)
        }
        return (stable.version, .stable)
    }
}
