import Lifecycle

/// What the log says of loads: when the loading of an epoch begins, that it goes on failing, and
/// when the epoch is served; not each of many attempts.
struct LoadTelling {
    private typealias Purpose = VersionManager.Load.Purpose

    /// The epochs whose loading was told last.
    private var begun: [Purpose: Int64] = [:]
    /// Of the faults that pass: whose they are, when they were told, and how often not since.
    ///
    /// By purpose: while what is wanted is tried again, what was served last may be so in turn.
    private var passing: [Purpose: (epoch: Int64, toldAtNs: UInt64, untold: Int)] = [:]

    /// The line for a load that begins; nil for a further attempt.
    ///
    /// - Parameter manager: says why what was served last is loaded.
    mutating func begins(_ load: VersionManager.Load, of manager: VersionManager) -> String? {
        let deployment = load.record.deployment
        guard begun.updateValue(deployment.epoch, forKey: load.purpose) != deployment.epoch else {
            return nil
        }
        switch load.purpose {
        case .wanted:
            let reason = load.record.record.reason
            return "epoch \(deployment.epoch): loading \(Self.versions(deployment))"
                + (reason.isEmpty ? "" : " (\(reason.shortened(to: 200)))")
        case .lastGood:
            return
                "\(Self.why(manager)); resuming epoch \(deployment.epoch), which this slot served last"
        }
    }

    /// Why nothing newer is served: of the control topic, or of the deployment that it wants.
    private static func why(_ manager: VersionManager) -> String {
        let tracker = manager.tracker
        if let wanted = manager.wanted {
            let epoch = wanted.deployment.epoch
            guard case .rejected = manager.standing else {
                return "epoch \(epoch) cannot be loaded yet, and is tried again"
            }
            return "epoch \(epoch), the newest deployment, is rejected"
        }
        if let refusal = tracker.refusal {
            return "the control topic has no deployment of \(tracker.model) that is to be believed "
                + "(epoch \(refusal.epoch) is not)"
        }
        if tracker.replayIgnored != nil {
            return "the control topic has no record of \(tracker.model) that this slot may follow, "
                + "but others, which are ignored"
        }
        return "the control topic has no record of \(tracker.model): if it lost one, swerve "
            + "republish \(tracker.model) writes it again"
    }

    /// The line for an attempt that failed and is made again; nil where that was told not long ago.
    mutating func failed(
        _ load: VersionManager.Load, _ words: String, now: UInt64
    ) -> String? {
        let epoch = load.record.deployment.epoch
        guard let last = passing[load.purpose], last.epoch == epoch else {
            passing[load.purpose] = (epoch, now, 0)
            return "\(words); trying again"
        }
        guard now &- last.toldAtNs >= Self.intervalNs else {
            passing[load.purpose] = (epoch, last.toldAtNs, last.untold + 1)
            return nil
        }
        passing[load.purpose] = (epoch, now, 0)
        return "\(words); still trying again (\(last.untold) more attempts untold)"
    }

    /// The line for an epoch that is served from now on.
    func served(_ deployment: Deployment) -> String {
        "epoch \(deployment.epoch) is served: \(Self.versions(deployment))"
    }

    private static func versions(_ deployment: Deployment) -> String {
        "version \(deployment.stable.version)"
            + (deployment.candidate.map {
                ", \($0.mode.rawValue) \($0.deployed.version) at \($0.share)"
            } ?? "")
    }

    private static let intervalNs: UInt64 = 60_000_000_000
}
