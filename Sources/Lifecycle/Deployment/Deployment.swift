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

    /// The version and the role that decide a record, and its bucket.
    ///
    /// - Parameter key: nil for a record without one, which is not the same as an empty one.
    package func decider(
        key: [UInt8]?, partition: Int32, offset: Int64
    ) -> (version: Int, role: Role, bucket: Int) {
        let bucket = RecordHash(
            key: key, partition: partition, offset: offset, salt: salt
        ).bucket
        let (version, role) = decider(bucket: bucket)
        return (version, role, bucket)
    }
}

extension Deployment {
    /// The document that promotions, rollbacks and status print: model, epoch, stable, candidate,
    /// previous, settings, always all of them.
    package var document: JSONValue {
        [
            "model": .string(model.description), "epoch": .int(epoch),
            "stable": Self.document(stable),
            "candidate": candidate.map { candidate in
                var fields = Self.document(candidate.deployed).object ?? [:]
                fields["mode"] = .string(candidate.mode.rawValue)
                fields["share"] = .double(candidate.share.fraction)
                return .object(fields)
            } ?? .null,
            "previous": previous.map(Self.document) ?? .null, "settings": settings.json,
        ]
    }

    /// The same in one line: `epoch 12, stable 7, canary 8 at 5%, previous 6`.
    package var summary: String { "epoch \(epoch), \(versionsSummary)" }

    /// Without the epoch: `stable 7, canary 8 at 5%, previous 6`.
    package var versionsSummary: String {
        var parts = ["stable \(stable.version)"]
        if let candidate {
            parts.append(
                "\(candidate.mode.rawValue) \(candidate.deployed.version) at \(candidate.share)")
        }
        if let previous { parts.append("previous \(previous.version)") }
        let changed = settings.versions.keys.sorted().map(String.init).joined(separator: " and ")
        if !changed.isEmpty { parts.append("own settings for \(changed)") }
        if settings.alerts != DeploymentSettings.alertsDefault {
            parts.append("alerts \(settings.alerts.joined(separator: " and "))")
        }
        return parts.joined(separator: ", ")
    }

    private static func document(_ deployed: DeployedVersion) -> JSONValue {
        [
            "version": .int(Int64(deployed.version)),
            "digest": .string(deployed.digest.description),
        ]
    }
}

/// A version as deployments name it: number and digest, so that neither alone can mislead.
package struct DeployedVersion: Sendable, Hashable, Codable {
    package let version: Int
    package let digest: Digest

    package init(version: Int, digest: Digest) {
        self.version = version
        self.digest = digest
    }
}

/// A version on trial beside the stable one.
package struct Candidate: Sendable, Hashable, Codable {
    package enum Mode: String, Sendable, CaseIterable, Codable {
        /// Of the records below the share, the candidate's prediction is the one produced.
        case canary
        /// The candidate scores the share and is compared; none of its predictions is produced.
        case shadow
    }

    package let deployed: DeployedVersion
    package let mode: Mode
    package let share: Share

    package init(deployed: DeployedVersion, mode: Mode, share: Share) {
        self.deployed = deployed
        self.mode = mode
        self.share = share
    }
}

/// In which capacity a version made a prediction.
package enum Role: String, Sendable, Hashable, CaseIterable {
    case stable, canary
}
