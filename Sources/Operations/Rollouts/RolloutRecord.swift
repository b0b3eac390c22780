import Judge
import Lifecycle
import Platform
import Registry

/// A rollout that was read: its documents as what they mean.
struct RolloutRecord {
    let stored: StoredRollout
    let plan: RolloutPlan
    let state: RolloutState

    var controller: RolloutController { RolloutController(plan) }

    /// - Throws: `.invalid` for documents that no controller writes.
    init(_ stored: StoredRollout) throws(SwerveError) {
        let act = "reading rollout \(stored.id) of \(stored.model)"
        self.stored = stored
        plan = try RolloutPlan(stored.plan, act: act)
        state = try RolloutState(stored.state, act: act)
        guard plan.fits(state), state.candidate == stored.candidate else {
            throw SwerveError(
                .invalid, act: act, reason: "its state is none of its plan's",
                remedy: "it was edited by hand or is damaged; restore a backup")
        }
    }

    /// The deployment as the rollout sees it.
    func seen(_ deployment: Deployment) -> RolloutDeployment {
        RolloutDeployment(
            deployment, versions: [state.stable, state.candidate], salt: stored.salt)
    }
}

extension Deployment {
    /// Which comparison its candidate is in; nil without one.
    var comparisonID: String? { VersionComparison.id(of: self) }

    /// The salt of that comparison.
    var comparisonSalt: UInt32? { candidate == nil ? nil : salt }
}

extension RolloutAction {
    /// In words, for those who are told and for the history of the deployment.
    var summary: String {
        switch act {
        case .set(let mode, let share, let version): "\(mode.rawValue) of \(version) at \(share)"
        case .promote(let version): "promote \(version)"
        case .shadowPrevious(let version, let share):
            "bake: \(version) shadows the new version at \(share)"
        case .drop: "drop the candidate"
        case .rollback(let version): "go back to \(version)"
        }
    }

    /// Whether it takes the candidate away, at the end of a bake too: that is done also where it
    /// cannot be announced yet.
    ///
    /// Not all of that is done where workers do not believe it either (`isRetreat`).
    var mayBeAnnouncedLate: Bool {
        switch act {
        case .drop, .rollback: true
        case .set, .promote, .shadowPrevious: false
        }
    }

    /// What is asked of the registry.
    ///
    /// Where the candidate runs so already (two steps alike, or a start on what was observed) it is
    /// the same state under the next epoch: the state after the action expects one.
    /// - Parameters:
    ///   - signing: nil leaves it unsigned.
    ///   - freshSalt: where a new comparison begins; nil for any.
    func order(
        over deployment: Deployment, note: ChangeNote, isForced: Bool,
        signing: DeploymentSigning? = nil, freshSalt: UInt32? = nil
    ) -> ChangeOrder {
        let model = deployment.model
        var what = ChangeOrder.What.change(
            change(candidate: deployment.candidate?.deployed.version))
        if let candidate = deployment.candidate {
            switch act {
            case .set(let mode, let share, let version):
                if candidate.deployed.version == version, candidate.mode == mode,
                    candidate.share == share
                {
                    what = .renew
                }
            case .shadowPrevious(let version, let share):
                if candidate.deployed.version == version, candidate.mode == .shadow,
                    candidate.share == share
                {
                    what = .renew
                }
            case .promote, .drop, .rollback: break
            }
        }
        return ChangeOrder(
            what, of: model, expectedEpoch: expect, isForced: isForced, note: note,
            freshSalt: freshSalt ?? .random(in: .min ... .max), signing: signing)
    }
}

extension RolloutTelling {
    /// What has happened from one state to the next, as the world is told.
    ///
    /// - Parameters:
    ///   - before: nil where the rollout has just begun.
    ///   - failedGuard: which guard failed, as the judge says.
    static func all(
        from before: RolloutState?, to after: RolloutState, failedGuard: String? = nil
    ) -> [RolloutTelling] {
        RolloutEvent.events(from: before, to: after, failedGuard: failedGuard).map {
            RolloutTelling($0.name, $0.detail ?? "")
        }
    }
}
