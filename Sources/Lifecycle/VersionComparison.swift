/// A candidate against the stable version on the records that both scored with a finite score.
///
/// It goes on over another share, and between shadow and canary; another stable version, candidate
/// or salt begins it anew, and so do other settings of either version. Of very many kinds of flips
/// the rarest are one sum, `(others)`.
package struct VersionComparison: Sendable, Equatable, Codable {
    package var candidate: Int
    package var stable: Int
    /// `canary` or `shadow`.
    package var mode: String
    /// The candidate's share in ten-thousandths.
    package var share: Int
    /// Records that both scored.
    package var records: Int64 = 0
    /// Of those, the ones that got another label: by `stable's label -> candidate's label`.
    package var flips: [String: Int64] = [:]
    /// The candidate's score minus the stable one's.
    package var scoreDifference = Moments()
    /// Records of the share that a shadow did not score, for want of time.
    package var shed: Int64 = 0

    package init(candidate: Int, stable: Int, mode: String, share: Int) {
        self.candidate = candidate
        self.stable = stable
        self.mode = mode
        self.share = share
    }

    package var flipCount: Int64 { flips.values.reduce(0, +) }

    package mutating func merge(_ other: VersionComparison) {
        records += other.records
        flips.merge(other.flips, uniquingKeysWith: +)
        scoreDifference.merge(other.scoreDifference)
        shed += other.shed
    }
}
