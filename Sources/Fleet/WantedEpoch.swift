package import Lifecycle

/// The epoch that a fleet should serve, and whose word and what it is, as far as that is known.
///
/// A number alone is nobody's: a forger who knows the next one can write it first, and workers say
/// that they refuse, or serve, that one.
package struct WantedEpoch: Sendable, Equatable {
    package let epoch: Int64
    /// The id of the registry that speaks; nil where it is not known.
    package let registry: String?
    /// Nil where it is not known.
    package let deployment: Deployment?
    /// SHA-256 of the control record's exact bytes; nil where it is not known.
    package let record: Digest?

    package init(epoch: Int64) {
        self.epoch = epoch
        registry = nil
        deployment = nil
        record = nil
    }

    package init(_ deployment: Deployment, registry: String?, record: Digest? = nil) {
        epoch = deployment.epoch
        self.registry = registry
        self.deployment = deployment
        self.record = record
    }

    /// Whether what a slot serves under this epoch's number is this very deployment.
    ///
    /// What the slot or the watcher does not say is not held against it.
    func isServed(by served: StatusRecord.Served) -> Bool {
        guard served.epoch == epoch else { return false }
        if let record, let other = served.record { return other == record.description }
        if let registry, let other = served.registry, other != registry { return false }
        guard let deployment, let stable = served.stableDigest else { return true }
        let candidate = deployment.candidate
        return stable == deployment.stable.digest.description
            && served.candidateDigest == candidate?.deployed.digest.description
            && served.mode == candidate?.mode.rawValue
            && served.share == candidate?.share.tenThousandths
    }

    /// The epoch for which a worker that serves or has heard it ignores this one: a higher one, or
    /// the same with another content; nil where it does not.
    func obstacle(in record: StatusRecord) -> Int64? {
        let served = record.serving
        let isConflict = served.map { $0.epoch == epoch && !isServed(by: $0) } ?? false
        let highest = max(served?.epoch ?? 0, record.unloadable?.epoch ?? 0)
        return highest > epoch || isConflict ? highest : nil
    }

    /// Whether what a slot refuses is this deployment, and not another under its number.
    func isMeant(by rejected: StatusRecord.Rejected) -> Bool {
        guard rejected.epoch == epoch else { return false }
        if let record, let other = rejected.record { return other == record.description }
        guard let registry, let other = rejected.registry else { return true }
        return other == registry
    }
}
