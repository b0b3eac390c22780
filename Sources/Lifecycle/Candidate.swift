/// A version on trial beside the stable one.
package struct Candidate: Sendable, Hashable {
    package enum Mode: String, Sendable {
        /// Of the records below the share, the candidate's prediction is the one produced.
        case canary
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
