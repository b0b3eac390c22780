import Judge
package import Lifecycle
package import Operations

/// What the confirmation of an act is written of.
package struct ActView: Sendable {
    package var model: ModelName
    package var act: PageAct
    /// As it is now, `Backend.model`; its epoch is what the form expects.
    package var deployment: Deployment?
    /// Of the version that the act names, `Backend.version`; nil where it names none, or where
    /// there is no such version.
    package var digest: Digest?
    /// `Backend.rollout`, where it is active.
    package var rollout: RolloutStanding?
    /// Slots that are heard, of `FleetReport.census`; nil where that is not known.
    package var liveSlots: Int?
    /// What somebody should know before: of `ModelContract.differences`, `ChangeWarning`, a
    /// rollout's blackout; a sentence each.
    package var cautions: [String]
    /// Whether the change is refused unless it is forced, because of `cautions`.
    package var needsForce: Bool
    /// Whether workers believe only signed deployments: then nothing is sent from here, since the
    /// private key stays with its person, and the page says what to type.
    package var needsSignature: Bool
    /// What was typed when the form was sent before.
    package var reason: String
    /// Why it was refused then.
    package var fault: SwerveError?
    /// A random text, for `ActField.key`.
    package var idempotencyKey: String
    /// Whether who looks may do it.
    package var mayChange: Bool

    package init(
        model: ModelName, act: PageAct, deployment: Deployment?, digest: Digest? = nil,
        rollout: RolloutStanding? = nil, liveSlots: Int? = nil, cautions: [String] = [],
        needsForce: Bool = false, needsSignature: Bool = false, reason: String = "",
        fault: SwerveError? = nil, idempotencyKey: String, mayChange: Bool = true
    ) {
        self.model = model
        self.act = act
        self.deployment = deployment
        self.digest = digest
        self.rollout = rollout
        self.liveSlots = liveSlots
        self.cautions = cautions
        self.needsForce = needsForce
        self.needsSignature = needsSignature
        self.reason = reason
        self.fault = fault
        self.idempotencyKey = idempotencyKey
        self.mayChange = mayChange
    }
}

/// What will be so after an act, found by the same rules that carry it out.
enum ActPreview {
    /// The deployment after it, and what becomes of the rollout, in sentences.
    case changes(after: Deployment?, sentences: [String])
    case refused(SwerveError)

    init(_ view: ActView) {
        do throws(SwerveError) {
            self = try Self.found(view)
        } catch {
            self = .refused(error)
        }
    }

    private static func found(_ view: ActView) throws(SwerveError) -> ActPreview {
        if let change = view.act.change {
            let after = try applied(change, view)
            var sentences = ChangeWords(isPast: false).sentences(from: view.deployment, to: after)
            if let rollout = view.rollout {
                sentences.append(
                    "Rollout \(rollout.id) is open: it sees a change by hand, and holds or ends.")
            }
            return .changes(after: after, sentences: sentences)
        }
        let act = "saying \(view.act.word?.rawValue ?? "") to the rollout of \(view.model)"
        guard let word = view.act.word, let rollout = view.rollout else {
            throw SwerveError(.refused, act: act, reason: "no rollout is open")
        }
        let look = RolloutLook(rollout)
        guard let plan = look.plan, let state = look.state else {
            throw SwerveError(.refused, act: act, reason: "its documents cannot be read")
        }
        let (next, action) = try RolloutController(plan).obey(word, state)
        var sentences = [
            "The rollout is \(state.phase.rawValue) now and will be \(next.phase.rawValue)."
        ]
        if next.step != state.step, !next.phase.isFinal {
            sentences.append("It goes from step \(state.step + 1) to step \(next.step + 1).")
        }
        guard let action else {
            sentences.append("The deployment stays as it is.")
            return .changes(after: nil, sentences: sentences)
        }
        let change = action.change(candidate: view.deployment?.candidate?.deployed.version)
        let after = try applied(change, view)
        return .changes(
            after: after,
            sentences: sentences
                + ChangeWords(isPast: false).sentences(from: view.deployment, to: after))
    }

    private static func applied(
        _ change: DeploymentChange<Int>, _ view: ActView
    ) throws(SwerveError) -> Deployment {
        let known = view.deployment?.versions ?? []
        let named = try change.map { (version: Int) throws(SwerveError) -> DeployedVersion in
            if let digest = view.digest, view.act.version == version {
                return DeployedVersion(version: version, digest: digest)
            }
            guard let deployed = known.first(where: { $0.version == version }) else {
                throw SwerveError(
                    .notFound, act: "looking for \(view.model)@\(version)",
                    reason: "there is no such version")
            }
            return deployed
        }
        // The salt is not shown: any will do.
        return try named.applied(
            to: view.deployment, model: view.model, freshSalt: view.deployment?.salt ?? 0)
    }
}
