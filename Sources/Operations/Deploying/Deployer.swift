import Fleet
package import Lifecycle
import Platform
package import Registry

/// The use case of every change of a deployment: hold it against the registry and against whom
/// workers believe, look for the brokers, change, announce, wait for the fleet.
///
/// Every change goes through it. Blocking; one thread.
package struct Deployer {
    let registry: Registry
    let brokers: any Brokers
    /// Who follows the fleet for others.
    private let sight: (any FleetSight)?
    private let isStopped: @Sendable () -> Bool
    private let hear: @Sendable (BackendEvent) -> Void

    /// - Parameters:
    ///   - fleet: who follows the fleet for others, and is not to tell them less than a wait heard.
    ///   - isStopped: asked while the fleet is waited for; then that is over.
    ///   - hear: told what happens while it is at work.
    package init(
        registry: Registry, brokers: any Brokers, following fleet: (any FleetSight)? = nil,
        isStopped: @escaping @Sendable () -> Bool = { false },
        hear: @escaping @Sendable (BackendEvent) -> Void = { _ in }
    ) {
        self.registry = registry
        self.brokers = brokers
        sight = fleet
        self.isStopped = isStopped
        self.hear = hear
    }

    /// - Parameters:
    ///   - announcing: `.later` looks for no broker.
    ///   - waiting: nil does not wait.
    /// - Returns: also where the registry has the change and the fleet has not.
    /// - Throws: what is refused and what cannot be announced, nothing being changed; behind the
    ///   change, a status topic that cannot be read.
    package func carryOut(
        _ order: ChangeOrder, announcing: ChangeTerms.Announcing = .now,
        waiting: ChangeTerms.Waiting? = nil
    ) throws(SwerveError) -> ChangeResult {
        // What the registry refuses needs no brokers.
        let plan = try registry.plan(order, nowMs: WallClock.nowMs)
        let trust = try brokers.trust(isNeeded: true)
        let relay = announcing == .now ? try changeRelay(trust, order, plan) : nil
        let groups = try waiting.map { waiting throws(SwerveError) in
            waiting.groups.isEmpty ? try brokers.expectedGroups() : waiting.groups
        }
        let listener = try groups.map { groups throws(SwerveError) in
            FleetListener(feed: try brokers.statusFeed(), expecting: groups)
        }
        defer { listener?.close() }
        // Connecting and reading take longer than all the rest: done before the change, they delay
        // nothing. Where that does not work, the wait says why.
        _ = try? listener?.reachEnd(timeoutMs: brokers.readingMs)
        let warning = try warning(of: order, listener, isAsking: announcing == .now)
        let outcome = try Promoter(registry: registry, relay: relay, trust: trust).change(order)
        var result = ChangeResult(outcome, of: order, warnings: [warning].compactMap(\.self))
        if result.isAnnounced {
            let fleet = listener ?? heardFleet(timeoutMs: Self.glanceMs)
            defer { if listener == nil { fleet?.close() } }
            result.warnings += [slotAhead(of: order.model, in: fleet)].compactMap(\.self)
        }
        guard let listener, let waiting, result.fault == nil else { return result }
        hear(.changed(result))
        let wanted = WantedEpoch(
            outcome.deployment, registry: registry.id, record: outcome.record)
        let ended =
            try listener.wait(
                for: wanted, of: order.model, groups: groups ?? [], timeoutMs: waiting.timeoutMs,
                isStopped: isStopped)
        if ended.isConverged {
            sight?.catchUp(on: order.model, to: wanted, groups: groups ?? [])
        }
        result.convergence = ConvergenceResult(ended, listener.watcher.boards.standing)
        return result
    }

    /// The way to the control topic, once the brokers were found.
    ///
    /// - Parameters:
    ///   - act: what is to be done with it.
    ///   - order: what is to be announced; nil where that is in the registry already.
    /// - Throws: where they are not, and where another speaks for the model, nothing being changed.
    func relay(
        trust: TrustPolicy?, before act: String, _ order: ChangeOrder? = nil
    ) throws(SwerveError) -> OutboxRelay {
        try relay(trust: trust, before: act, order, isPreparing: true)
    }

    /// - Parameter isPreparing: whether the right to announce is taken.
    private func relay(
        trust: TrustPolicy?, before act: String, _ order: ChangeOrder?, isPreparing: Bool
    ) throws(SwerveError) -> OutboxRelay {
        let hear = self.hear
        do throws(SwerveError) {
            let relay = OutboxRelay(
                registry: registry, topic: try brokers.foundControlTopic(for: registry.id),
                trust: trust, isWaiting: { hear(.waitsForAnnouncer($0)) })
            if isPreparing { try relay.prepare() }
            if let order { try relay.requireRoom(for: order.model) }
            return relay
        } catch {
            // That is no matter of the announcement's.
            guard !error.isOfLockedRegistry else { throw error.during(act) }
            throw SwerveError(
                error.code == .timedOut ? .unavailable : error.code, act: act,
                reason: "nothing was changed, since it cannot be announced: \(error.act): "
                    + error.reason,
                remedy: error.remedy.isEmpty && error.problem == nil
                    ? "look for the brokers" : error.remedy,
                problem: error.problem)
        }
    }

    /// The same before a change, which may be left to be announced later.
    private func changeRelay(
        _ trust: TrustPolicy?, _ order: ChangeOrder, _ plan: ChangePlan, isPreparing: Bool = true
    ) throws(SwerveError) -> OutboxRelay {
        var isSoAlready = false
        if case .already = plan { isSoAlready = true }
        do throws(SwerveError) {
            return try relay(
                trust: trust, before: order.act, isSoAlready ? nil : order,
                isPreparing: isPreparing)
        } catch {
            guard error.isRetryable, !error.isOfLockedRegistry else { throw error }
            throw SwerveError(
                error.code, act: error.act, reason: error.reason, remedy: error.remedy,
                problem: Problem(.brokersAway, [.remedy: error.remedy]))
        }
    }

    /// Whether the control topic would take it, by looking alone.
    func requireRoom(
        for order: ChangeOrder, _ plan: ChangePlan, _ trust: TrustPolicy?
    ) throws(SwerveError) {
        _ = try changeRelay(trust, order, plan, isPreparing: false)
    }

    /// What somebody should know who makes a candidate the stable version; asked before the change,
    /// since the workers' counts of it end with it.
    private func warning(
        of order: ChangeOrder, _ listener: FleetListener?, isAsking: Bool
    ) throws(SwerveError) -> ChangeWarning? {
        guard case .change(let change) = order.what,
            let deployment = try registry.deployment(of: order.model),
            let candidate = CandidateEvidence.completed(by: change, of: deployment)
        else { return nil }
        var heard = listener?.watcher.lastRecords(of: order.model)
        if listener == nil, isAsking {
            let reader = FleetListener(feed: try brokers.statusFeed())
            defer { reader.close() }
            _ = try? reader.reachEnd(timeoutMs: Self.evidenceMs)
            heard = reader.watcher.lastRecords(of: order.model)
        }
        return CandidateEvidence.warning(
            completing: candidate, over: deployment.stable, heard: heard)
    }

    private static let evidenceMs: Int64 = 3_000
    /// The bound of a look at the status topic for a warning alone.
    static let glanceMs: Int64 = 1_000
}

extension SwerveError {
    /// Whether another process kept the registry: what passes, and says nothing of the brokers.
    var isOfLockedRegistry: Bool { problem?.kind == .registryLocked }
}
