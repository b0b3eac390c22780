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
