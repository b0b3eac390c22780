/// A candidate against the stable version on the records that both scored with a finite score.
///
/// It goes on over another share, and between shadow and canary; another stable version, candidate
/// or salt begins it anew, and so do other settings of either version. Of very many kinds of flips
/// the rarest are one sum, `(others)`.
package struct VersionComparison: Sendable, Equatable, Codable {
    /// Which comparison it is, by `identity`; nil from an older worker.
    package var id: String?
    package var candidate: Int
    package var stable: Int
    /// The epoch under which the process that tells it began to count; nil from an older worker.
    package var sinceEpoch: Int64?
    /// `canary` or `shadow`.
    package var mode: String
    /// The candidate's share in ten-thousandths.
    package var share: Int
    /// Records that both scored.
    package var records: Int64 = 0
    /// Of those, by the share in ten-thousandths under which they came; nil from an older worker.
    package var recordsByShare: [String: Int64]?
    /// Of those, the ones that got another label: by `stable's label -> candidate's label`.
    package var flips: [String: Int64] = [:]
    /// The candidate's score minus the stable one's.
    package var scoreDifference = Moments()
    /// Records of the share that a shadow did not score, for want of time.
    package var shed: Int64 = 0
    /// Of `records`, those that have a key or, where cells are by client, name their client; nil
    /// from an older worker, and in a sum.
    package var keyed: Int64?
    /// What the judge reads, by cell; nil from an older worker, and in a sum.
    package var cells: ComparisonCells?

    package init(candidate: Int, stable: Int, mode: String, share: Int) {
        self.candidate = candidate
        self.stable = stable
        self.mode = mode
        self.share = share
    }

    package var flipCount: Int64 { flips.values.reduce(0, +) }

    /// Adds another process's counts, or another slot's.
    ///
    /// A sum has no cells: the judge needs those of each process apart, and people read none.
    package mutating func merge(_ other: VersionComparison) {
        cells = nil
        keyed = nil
        records += other.records
        if let shares = other.recordsByShare {
            recordsByShare = (recordsByShare ?? [:]).merging(shares, uniquingKeysWith: +)
        }
        sinceEpoch = [sinceEpoch, other.sinceEpoch].compactMap(\.self).min()
        flips.merge(other.flips, uniquingKeysWith: +)
        scoreDifference.merge(other.scoreDifference)
        shed += other.shed
    }

    /// The counts that people read.
    package var withoutCells: VersionComparison {
        var result = self
        result.cells = nil
        result.keyed = nil
        return result
    }

    /// `identity` of the comparison that a deployment's candidate is in; nil without one.
    package static func identity(of deployment: Deployment) -> String? {
        guard let candidate = deployment.candidate?.deployed else { return nil }
        let settings = deployment.settings
        return identity(
            candidate: candidate.digest, stable: deployment.stable.digest, salt: deployment.salt,
            alerts: settings.alerts, candidateSettings: settings[candidate.version],
            stableSettings: settings[deployment.stable.version])
    }

    /// The text whose SHA-256 begins with the comparison's id.
    ///
    /// Both digests, the salt, which labels are alerts, and both versions' settings: all that
    /// changes what the two would say of a record, or which records they are asked about. Neither
    /// the share nor whether it is a canary or a shadow.
    package static func identity(
        candidate: Digest, stable: Digest, salt: UInt32, alerts: [String],
        candidateSettings: VersionSettings, stableSettings: VersionSettings
    ) -> String {
        let settings: JSONValue = [
            "candidate": candidateSettings.json, "stable": stableSettings.json,
        ]
        return [
            candidate.description, stable.description, "\(salt)",
            alerts.joined(separator: ","), settings.text,
        ].joined(separator: "\n")
    }

    /// Hexadecimal digits of an id.
    package static let idDigits = 16
}
