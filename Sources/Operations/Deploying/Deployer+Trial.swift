import Fleet
import Lifecycle
import Platform
import Registry

/// What a change would come to.
extension Deployer {
    /// Refuses what `carryOut` would refuse, as far as that is known before: nothing is changed,
    /// signed or announced, and nobody's right to announce is taken.
    ///
    /// - Parameters:
    ///   - order: without a signer.
    ///   - key: the name of the key that would sign; nil for none.
    ///   - announcing: `.later` looks for no broker.
    /// - Throws: as `carryOut`.
    func tryOut(
        _ order: ChangeOrder, signedBy key: ModelName?, announcing: ChangeTerms.Announcing
    ) throws(SwerveError) -> ChangeResult {
        let before = try registry.deployment(of: order.model)
        let plan = try registry.plan(order, nowMs: WallClock.nowMs)
        let trust = try brokers.trust(isNeeded: true)
        if announcing == .now { try requireRoom(for: order, plan, trust) }
        let fleet = announcing == .now ? heardFleet(timeoutMs: Self.glanceMs) : nil
        defer { fleet?.close() }
        let outlook = ChangeOutlook(
            before: before,
            liveSlots: fleet.map { fleet in
                FleetReport(
                    board: fleet.watcher.boards[order.model], control: .silent, nowMs: fleet.nowMs
                ).census[.live] ?? 0
            })
        if case .already(let deployment, let words) = plan {
            return ChangeResult(
                trying: outlook, to: deployment, already: "\(order.act): \(words)", warnings: [])
        }
        let after = try registry.tryOut(order, signedBy: key) { announcement throws(SwerveError) in
            guard let key else { return try order.acceptance(by: trust)(announcement) }
            try Self.require(key, in: trust, order)
        }
        var warnings: [ChangeWarning] = []
        if case .change(let change) = order.what, let before,
            let candidate = CandidateEvidence.completed(by: change, of: before)
        {
            let heard = fleet?.watcher.lastRecords(of: order.model)
            warnings = [
                CandidateEvidence.warning(completing: candidate, over: before.stable, heard: heard)
            ].compactMap(\.self)
        }
        return ChangeResult(trying: outlook, to: after, already: nil, warnings: warnings)
    }

    private static func require(
        _ key: ModelName, in trust: TrustPolicy?, _ order: ChangeOrder
    ) throws(SwerveError) {
        guard let trust, !trust.trusts("\(key)") else { return }
        throw SwerveError(
            .refused, act: order.act,
            reason: "nothing was changed, since the workers' trust file would refuse it: key "
                + "'\(key)' is not in it with the role promote",
            problem: Problem(.workersRefuse, [.model: "\(order.model)"]))
    }
}
