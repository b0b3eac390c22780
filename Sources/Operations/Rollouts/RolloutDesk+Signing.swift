import Judge
import Lifecycle
import Platform
import Registry

/// What a plan comes to where it is signed.
extension RolloutPlan {
    /// SHA-256 of the plan as the registry keeps it.
    var digest: Digest { ContentHash.sha256(json.bytes) }

    /// How long its signature holds where nobody says so: as long as all steps and the bake may
    /// take, and a day for gates, blackouts and pauses; thirty days at most.
    var mandateMs: Int64 {
        let steps = steps.reduce(Int64(0)) { StatusCount.sum($0, $1.maxMs) }
        let all = StatusCount.sum(StatusCount.sum(steps, bake.maxMs), Self.dayMs)
        return min(all, 30 * Self.dayMs)
    }

    /// So much longer than the rest a retreat is allowed: a version that turns out bad behind its
    /// rollout can be taken back without anybody's key at hand.
    static let retreatMs = 30 * dayMs

    private static let dayMs: Int64 = 86_400_000

    /// Each state of the candidate once, in the plan's order.
    var mandateSteps: [RolloutMandate.Step] {
        var found: [RolloutMandate.Step] = []
        for step in steps {
            let state = RolloutMandate.Step(mode: step.mode, share: step.share)
            if !found.contains(state) { found.append(state) }
        }
        return found
    }
}

/// A rollout's order with who stands for it, and what is known to speak against it.
struct RolloutWarrant {
    let order: ChangeOrder
    /// Where a person signs, the plan is signed with it.
    var mandate: MandateSigning?
    /// Whether it takes the candidate back: that is done also where workers do not believe it.
    let isRetreat: Bool
    /// Why workers that ask for signatures would not believe the announcement; nil where nothing
    /// is known against it.
    var doubt: (Announcement) -> String? = { _ in nil }
}

/// Who signs what a rollout asks for.
extension RolloutDesk {
    /// - Parameter failing: why this process's key signs nothing, where that was tried.
    /// - Throws: where it goes forward, and there is no key for it.
    func warrant(
        _ step: Step, _ action: RolloutAction, _ note: ChangeNote, failing: SwerveError? = nil
    ) throws(SwerveError) -> RolloutWarrant {
        let stored = step.record.stored
        let isRetreat = action.isRetreat(from: step.record.state)
        // Both versions were held against one another at the start.
        func order(_ signing: DeploymentSigning?, _ salt: UInt32? = nil) -> ChangeOrder {
            action.order(
                over: step.deployment, note: note, isForced: true, signing: signing,
                freshSalt: salt ?? hand?.moment?.salt)
        }
        guard let hand, failing == nil else {
            guard stored.mandate != nil || failing != nil else {
                return RolloutWarrant(order: order(nil), isRetreat: isRetreat)
            }
            guard isRetreat else { throw failing ?? Self.keyMissing(stored.model) }
            return RolloutWarrant(order: order(nil), isRetreat: isRetreat) { _ in
                failing?.reason ?? "its plan is signed, and this process has no key"
            }
        }
        guard hand.isController else {
            let isOver = step.state.phase.isFinal
            return RolloutWarrant(
                order: order(hand.signing),
                mandate: isOver
                    ? nil
                    : try mandate(
                        by: hand, step.record.plan, of: stored.model,
                        (step.state.stable, step.state.candidate), at: step.state.epoch),
                isRetreat: isRetreat)
        }
        let mandate = stored.mandate.flatMap { try? RolloutMandate($0.text.utf8) }
        let restMs = mandate.map { $0.untilMs(isRetreat ? .retreat : .forward) - nowMs }
        // What is taken back may reach the brokers late; but as long as its signature holds,
        // whoever may write to the topic can bring it there again.
        let mostMs = isRetreat ? Self.retreatValidMs : hand.signing.validMs
        let validMs = restMs.map { min($0, max(mostMs, hand.signing.validMs)) }
        let signing = hand.signing.asController(
            by: stored.mandate, validMs: max(1, validMs ?? hand.signing.validMs))
        return RolloutWarrant(
            order: order(signing, mandate?.bakeSalt), isRetreat: isRetreat,
            doubt: try doubt(step, mandate, isRetreat: isRetreat))
    }

    /// What announces a rollout's deployment anew: where what the registry has never reached the
    /// control topic, and its signature has run out, so that it cannot any more.
    ///
    /// Nil where there is nothing of the kind, or no controller's key: then a person has to sign,
    /// and the line of the announcement says so. What is taken back without a candidate is not
    /// announced anew: its signature holds for a day.
    func overdue(
        _ deployment: Deployment, _ state: RolloutState
    ) throws(SwerveError) -> RolloutAction? {
        guard let hand, hand.isController, deployment.epoch == state.epoch,
            let candidate = deployment.candidate
        else { return nil }
        let pending = try registry.pendingPublications().first {
            $0.model == deployment.model && $0.epoch == deployment.epoch
        }
        guard let expiresAtMs = pending?.expiresAtMs, nowMs >= expiresAtMs else { return nil }
        let version = candidate.deployed.version
        let act: RolloutAction.Act =
            version == state.stable
            ? .shadowPrevious(version: version, candidate.share)
            : .set(candidate.mode, candidate.share, version: version)
        return RolloutAction(act, expect: deployment.epoch)
    }

    /// What a person signs, over the deployment behind the change that it comes with.
    ///
    /// - Parameters:
    ///   - versions: the rollout's, stable one and candidate.
    ///   - epoch: of that deployment.
    func mandate(
        by hand: RolloutHand, _ plan: RolloutPlan, of model: ModelName,
        _ versions: (stable: Int, candidate: Int), at epoch: Int64
    ) throws(SwerveError) -> MandateSigning {
        func deployed(_ version: Int) throws(SwerveError) -> DeployedVersion {
            try registry.version(VersionReference(model: model, version: version)).deployed
        }
        let (stable, candidate) = (try deployed(versions.stable), try deployed(versions.candidate))
        let expiresAtMs = StatusCount.sum(nowMs, hand.planMs ?? plan.mandateMs)
        let otherSalt = hand.moment?.otherSalt ?? .random(in: .min ... .max)
        return MandateSigning(hand.signing) { deployment throws(SwerveError) in
            guard deployment.epoch == epoch else {
                throw SwerveError(
                    .refused, act: "signing the plan of a rollout of \(model)",
                    reason: "epoch \(epoch) was expected, \(model) is at epoch \(deployment.epoch)",
                    problem: Problem(
                        .epochMoved, [.model: "\(model)", .epoch: "\(deployment.epoch)"]))
            }
            let isBake = deployment.candidate?.deployed == stable
            return RolloutMandate(
                model: model, stable: stable, candidate: candidate, previous: deployment.previous,
                salt: isBake ? otherSalt : deployment.salt,
                bakeSalt: isBake ? deployment.salt : otherSalt, settings: deployment.settings,
                steps: plan.mandateSteps, bakeShare: plan.bake.ms > 0 ? plan.bake.share : nil,
                fromEpoch: deployment.epoch, expiresAtMs: expiresAtMs,
                retreatUntilMs: StatusCount.sum(expiresAtMs, RolloutPlan.retreatMs),
                plan: plan.digest)
        }
    }

    /// What speaks against a controller's word, as far as the registry knows: workers judge alike.
    private func doubt(
        _ step: Step, _ mandate: RolloutMandate?, isRetreat: Bool
    ) throws(SwerveError) -> (Announcement) -> String? {
        guard let signed = step.record.stored.mandate else { return { _ in Self.nobodySigned } }
        guard let mandate else { return { _ in "its signed plan cannot be read" } }
        let model = step.record.stored.model
        let last = try registry.announcement(of: model, epoch: step.deployment.epoch)
        let isOther = !isRetreat && mandate.plan != step.record.plan.digest
        let nowMs = nowMs
        return { announcement in
            guard !isOther else { return "the registry has another plan than was signed" }
            do throws(SwerveError) {
                let record = try ControlRecord(
                    key: model.description.utf8, value: announcement.value)
                if let end = record.endOfMandate(behind: last) { return end }
                let until = mandate.untilMs(try mandate.state(of: record.deployment))
                return nowMs <= until
                    ? nil
                    : "its plan, signed by '\(signed.signer ?? "?")', held until "
                        + Timestamp.text(ofMs: until)
            } catch {
                return "its signed plan does not allow it: \(error.reason)"
            }
        }
    }

    private static let nobodySigned = "nobody has signed its plan"
    /// For so long the announcement of a retreat may be on its way: a day.
    private static let retreatValidMs: Int64 = 86_400_000

    /// - Parameter model: whose plan is signed, which only a key can go on with.
    static func keyMissing(_ model: ModelName) -> SwerveError {
        SwerveError(
            .refused, act: "going on with the rollout of \(model)",
            reason:
                "nothing was changed, since its plan is signed, and there is no key to sign its "
                + "steps with",
            problem: Problem(.rolloutKeyMissing, [.model: "\(model)"]))
    }

    /// What goes forward, and would be believed by no worker.
    static func unbelievable(_ order: ChangeOrder, _ reason: String) -> SwerveError {
        SwerveError(
            .refused, act: order.act,
            reason: "nothing was changed, since workers would not believe it: \(reason)",
            problem: Problem(.rolloutMandateOver, [.model: "\(order.model)"]))
    }

    /// What was taken back, and is believed by no worker.
    static func unbelieved(_ order: ChangeOrder, _ error: SwerveError) -> SwerveError {
        SwerveError(
            .refused, act: order.act,
            reason: "IT IS COMMITTED, AND WORKERS THAT ASK FOR SIGNATURES GO ON WITH WHAT IS TAKEN "
                + "BACK: \(error.reason)",
            problem: Problem(.retreatNotBelieved, [.model: "\(order.model)"]))
    }
}

extension RolloutAction {
    /// Whether it leads back to the stable version of the beginning; the end of a bake does not.
    ///
    /// That is done also where workers do not believe it.
    func isRetreat(from state: RolloutState) -> Bool {
        switch act {
        case .rollback: true
        case .drop: !state.isPromoted
        case .set, .promote, .shadowPrevious: false
        }
    }
}

extension SwerveError {
    /// Whether a process's own key is what does not sign.
    var isOfSigningKey: Bool {
        switch problem?.kind {
        case .signerNotFound, .keyRevoked, .keyLacksRole, .keyMismatch: true
        default: false
        }
    }

    /// Whether a signature is what it lacks: somebody's, and not another try.
    var isForWantOfSignature: Bool {
        switch problem?.kind {
        case .rolloutMandateOver, .rolloutKeyMissing, .workersRefuse: true
        default: false
        }
    }
}
