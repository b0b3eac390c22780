import Judge
import Lifecycle
import Platform
import Registry

/// Where rollouts are read, written and announced.
///
/// One transaction has a rollout's next state and the deployment that it asks for; publishing is
/// the outbox's. Blocking; one thread. The way to the control topic is found anew for each act:
/// acts are rare, and a topic may be made anew between two.
package final class RolloutDesk {
    let registry: Registry
    let brokers: any Brokers
    let author: String
    /// With whose key it signs; nil where it does not.
    let hand: RolloutHand?
    private let clock: () -> Int64
    /// Before it, what the topic does not have yet is not announced again.
    private var announcesAgainAtMs = Int64.min

    /// - Parameters:
    ///   - author: for the history.
    ///   - hand: with whose key it signs; nil where it does not.
    ///   - nowMs: the wall clock.
    init(
        registry: Registry, brokers: any Brokers, author: String, hand: RolloutHand? = nil,
        nowMs: @escaping () -> Int64 = { WallClock.nowMs }
    ) {
        self.registry = registry
        self.brokers = brokers
        self.author = author
        self.hand = hand
        clock = nowMs
    }

    var nowMs: Int64 { clock() }

    func note(_ reason: String = "") -> ChangeNote {
        ChangeNote(by: author, at: Timestamp.text(ofMs: nowMs), reason: reason)
    }

    // MARK: Reading

    /// The model's newest rollout, active or over; nil where it never had one.
    func newest(of model: ModelName) throws(SwerveError) -> RolloutRecord? {
        guard let stored = try registry.rollout(of: model) else { return nil }
        return try RolloutRecord(stored)
    }

    /// - Throws: `.refused` for a model that was never promoted.
    func deployment(of model: ModelName, act: String) throws(SwerveError) -> Deployment {
        guard let deployment = try registry.deployment(of: model) else {
            throw SwerveError(
                .refused, act: act, reason: "it was never promoted",
                problem: Problem(.neverPromoted, [.model: "\(model)"]))
        }
        return deployment
    }

    /// The model's active rollout.
    ///
    /// - Throws: `.notFound` where none is.
    func active(of model: ModelName, act: String) throws(SwerveError) -> RolloutRecord {
        guard let record = try newest(of: model), record.stored.endedAt == nil else {
            throw SwerveError(
                .notFound, act: act, reason: "none is active",
                problem: Problem(.rolloutNotFound, [.model: "\(model)"]))
        }
        return record
    }

    // MARK: Writing

    /// The next state of a rollout, as it is to be written.
    struct Step {
        let record: RolloutRecord
        var state: RolloutState
        var action: RolloutAction?
        /// What the deployment was when this was decided.
        let deployment: Deployment
        var judged: RolloutJudgement?
        /// Whether what the registry has of the judge is of another comparison.
        var forgetsJudged = false
        /// How the plan is signed anew, where no action comes with it.
        var mandate: MandateSigning?
        var tellings: [RolloutTelling] = []
        /// For the history of the deployment, behind what the action says.
        var reason = ""

        /// Whether there is more to write than what clocks and counts came to, which the next
        /// write adds.
        func isWorthWriting(after before: RolloutState) -> Bool {
            action != nil || judged != nil || forgetsJudged || !tellings.isEmpty
                || !state.isSameBesidesClocks(as: before)
        }
    }

    /// Writes a step, and announces the deployment that it asks for.
    ///
    /// - Returns: why what is committed is not announced, or not believed; nil where it is, or
    ///   nothing was to be.
    /// - Throws: nothing being changed; with the problem `rolloutMoved` or `epochMoved` where
    ///   somebody else was faster, `rolloutMandateOver` or `rolloutKeyMissing` where it goes
    ///   forward and a signature is lacking.
    func write(_ step: Step) throws(SwerveError) -> SwerveError? {
        let (stored, deployment) = (step.record.stored, step.deployment)
        let isForeign = deployment.epoch != step.record.state.epoch
        func change(_ mandate: MandateSigning?) -> RolloutChange {
            RolloutChange(
                of: stored.mark, state: step.state.json,
                salt: isForeign ? deployment.comparisonSalt : stored.salt, judged: step.judged,
                forgetsJudged: step.forgetsJudged, isOver: step.state.phase.isFinal, note: note(),
                tellings: step.tellings, mandate: mandate)
        }
        guard let action = step.action else {
            try registry.change(change(step.mandate))
            return nil
        }
        let reason = ["rollout \(stored.id): \(action.summary)", step.reason]
            .filter { !$0.isEmpty }.joined(separator: "; ")
        func announced(_ warrant: RolloutWarrant) throws(SwerveError) -> SwerveError? {
            try announcing(warrant, mayBeAnnouncedLate: action.mayBeAnnouncedLate) {
                accepted throws(SwerveError) in
                try registry.change(change(warrant.mandate), warrant.order, accepted: accepted)
            }
        }
        let signed = try warrant(step, action, note(reason))
        do throws(SwerveError) {
            return try announced(signed)
        } catch {
            // A key that is revoked must not keep a bad version where it is.
            guard signed.isRetreat, error.isOfSigningKey else { throw error }
            return try announced(try warrant(step, action, note(reason), failing: error))
        }
    }

    /// Begins a rollout.
    ///
    /// - Parameter action: nil where it only observes.
    func begin(
        _ start: RolloutStart, _ action: RolloutAction?, over deployment: Deployment,
        superseding superseded: RolloutChange?
    ) throws(SwerveError) -> (begun: StoredRollout, fault: SwerveError?) {
        guard let action else {
            return (try registry.begin(start, nil, superseding: superseded), nil)
        }
        let reason = ["a rollout begins: \(action.summary)", start.note.reason]
            .filter { !$0.isEmpty }.joined(separator: "; ")
        let order = action.order(
            over: deployment, note: note(reason), isForced: false, signing: hand?.signing,
            freshSalt: hand?.moment?.salt)
        let warrant = RolloutWarrant(order: order, isRetreat: false)
        var begun: StoredRollout?
        let fault = try announcing(warrant, mayBeAnnouncedLate: false) {
            accepted throws(SwerveError) in
            begun = try registry.begin(start, order, superseding: superseded, accepted: accepted)
        }
        guard let begun else {
            preconditionFailure("a transaction that neither committed nor threw")
        }
        return (begun, fault)
    }

    /// Looks for room on the control topic, has the change made, and announces it.
    ///
    /// - Parameter mayBeAnnouncedLate: whether it is made also where no broker answers, or the
    ///   trust file cannot be read.
    private func announcing(
        _ warrant: RolloutWarrant, mayBeAnnouncedLate: Bool, _ change: Change
    ) throws(SwerveError) -> SwerveError? {
        let order = warrant.order
        let trust: TrustPolicy?
        do throws(SwerveError) {
            trust = try brokers.trust(isNeeded: true)
        } catch {
            guard mayBeAnnouncedLate else { throw error }
            return try commit(warrant, nil, change) ?? Self.notAnnounced(order.model, error)
        }
        var found: (any ControlTopic)?
        defer { if let found { brokers.release(found) } }
        do throws(SwerveError) {
            let topic = try brokers.foundControlTopic(for: registry.id)
            found = topic
            let relay = relay(topic, trust)
            try relay.prepare()
            try relay.requireRoom(for: order.model)
        } catch {
            // A retreat is tried all the same.
            guard mayBeAnnouncedLate, error.isRetryable else {
                throw error.isOfLockedRegistry
                    ? error.during(order.act) : Self.unannounceable(order, error)
            }
            return try commit(warrant, trust, change) ?? Self.notAnnounced(order.model, error)
        }
        let unbelieved = try commit(warrant, trust, change)
        guard let found else { return unbelieved }
        let fault = announce(order.model, relay(found, trust))
        return unbelieved ?? fault
    }

    private typealias Change =
        ((Announcement) throws(SwerveError) -> Void) throws(SwerveError) -> Void

    /// Has a change made, unless workers would not believe it.
    ///
    /// - Returns: of a retreat, which is made all the same, that they do not.
    private func commit(
        _ warrant: RolloutWarrant, _ trust: TrustPolicy?, _ change: Change
    ) throws(SwerveError) -> SwerveError? {
        let order = warrant.order
        let accepted = order.acceptance(by: trust)
        var unbelieved: SwerveError?
        try change { announcement throws(SwerveError) in
            do throws(SwerveError) {
                if let words = warrant.doubt(announcement) {
                    throw Self.unbelievable(order, words)
                }
                try accepted(announcement)
            } catch {
                guard warrant.isRetreat else { throw error }
                unbelieved = Self.unbelieved(order, error)
            }
        }
        return unbelieved
    }

    private static func unannounceable(
        _ order: ChangeOrder, _ error: SwerveError
    ) -> SwerveError {
        SwerveError(
            error.code == .timedOut ? .unavailable : error.code, act: order.act,
            reason: "nothing was changed, since it cannot be announced: \(error.act): "
                + error.reason,
            remedy: error.remedy.isEmpty && error.problem == nil
                ? "look for the brokers" : error.remedy,
            problem: error.problem)
    }

    /// A model, or this one, whose state the registry has and the topic has not, and whose newest
    /// rollout acts, active or not; one that observes announces nothing.
    func unannouncedModel(_ model: ModelName?) throws(SwerveError) -> ModelName? {
        for entry in try registry.pendingPublications() where model == nil || model == entry.model {
            guard let newest = try newest(of: entry.model) else { continue }
            if !newest.stored.isObserved { return entry.model }
        }
        return nil
    }

    /// Announces what the registry has of a model and the topic has not, now and then.
    ///
    /// - Returns: why it is not announced.
    func announcePending(_ model: ModelName) throws(SwerveError) -> SwerveError? {
        guard nowMs >= announcesAgainAtMs || nowMs < announcesAgainAtMs - Self.pauseMs
        else { return nil }
        announcesAgainAtMs = nowMs + Self.pauseMs
        do throws(SwerveError) {
            let trust = try brokers.trust(isNeeded: true)
            let topic = try brokers.foundControlTopic(for: registry.id)
            defer { brokers.release(topic) }
            return announce(model, relay(topic, trust))
        } catch {
            return Self.notAnnounced(model, error)
        }
    }

    private func relay(_ topic: any ControlTopic, _ trust: TrustPolicy?) -> OutboxRelay {
        OutboxRelay(registry: registry, topic: topic, trust: trust) { [nowMs] in nowMs }
    }

    private func announce(_ model: ModelName, _ relay: OutboxRelay) -> SwerveError? {
        do throws(SwerveError) {
            let done = try relay.drain(first: model)
            return done.first { $0.model == model }?.error.map { Self.notAnnounced(model, $0) }
        } catch {
            return Self.notAnnounced(model, error)
        }
    }

    private static func notAnnounced(_ model: ModelName, _ error: SwerveError) -> SwerveError {
        SwerveError(
            error.code, act: "announcing what the rollout of \(model) did",
            reason: "it is committed in the registry, but not announced yet: \(error.reason)",
            remedy: error.isRetryable ? "" : error.remedy,
            problem: error.isRetryable
                ? Problem(.notAnnounced, [.model: "\(model)"]) : error.problem)
    }

    private static let pauseMs: Int64 = 5_000
}

extension SwerveError {
    /// Whether somebody else changed the rollout, or the deployment, since it was read.
    var isRolloutConflict: Bool {
        problem?.kind == .rolloutMoved || problem?.kind == .epochMoved
    }
}
