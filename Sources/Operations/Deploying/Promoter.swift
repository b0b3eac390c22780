package import Lifecycle
import Platform
package import Registry

/// Changes a deployment and announces it: the registry first, then the control topic.
package struct Promoter {
    /// What came of it.
    package struct Outcome: Sendable {
        /// As it is now.
        package let deployment: Deployment
        /// When the registry had the change (wall clock); nil where nothing was changed.
        package let committedAtMs: Int64?
        /// Why nothing had to be changed; nil where something was.
        package let already: String?
        /// What became of the announcements, other models' among them.
        package let publications: [Publication]
        /// Whether the control topic is known to have it.
        package let isAnnounced: Bool
        /// Why not, with the remedy; nil where it was announced, or was not to be.
        package let fault: SwerveError?

        /// SHA-256 of the control record's exact bytes, where this call saw it.
        package var record: Digest? {
            publications.first {
                $0.model == deployment.model && $0.epoch == deployment.epoch
            }?.record
        }

        /// Whether this call put it on the control topic.
        package var isNewlyAnnounced: Bool {
            publications.contains {
                $0.model == deployment.model && $0.epoch == deployment.epoch
                    && $0.outcome == .published
            }
        }

        /// - Throws: the fault, where there is one.
        package func check() throws(SwerveError) {
            if let fault { throw fault }
        }
    }

    private let registry: Registry
    private let relay: OutboxRelay?
    private let trust: TrustPolicy?

    /// - Parameters:
    ///   - relay: nil commits without announcing.
    ///   - trust: as the workers have it; nil where that is not known.
    package init(registry: Registry, relay: OutboxRelay?, trust: TrustPolicy? = nil) {
        self.registry = registry
        self.relay = relay
        self.trust = trust
    }

    /// Carries an order out and announces it.
    ///
    /// What is so already is announced where it was not, and signed where it is to be signed and
    /// was not; it is no failure.
    /// - Returns: with a fault, where the registry has the change and the topic does not.
    /// - Throws: what the registry refuses, and what workers would not believe, nothing being
    ///   changed.
    package func change(_ order: ChangeOrder) throws(SwerveError) -> Outcome {
        do throws(SwerveError) {
            return try carriedOut(order, try registry.plan(order, nowMs: WallClock.nowMs))
        } catch {
            // Somebody may have asked for the same a moment earlier.
            guard error.code == .refused,
                let again = try? registry.plan(order, nowMs: WallClock.nowMs), !again.isChange
            else { throw error }
            return try carriedOut(order, again)
        }
    }

    private func carriedOut(
        _ order: ChangeOrder, _ plan: ChangePlan
    ) throws(SwerveError) -> Outcome {
        switch plan {
        case .already(let deployment, let words):
            if relay != nil { try registry.requeue(order.model) }
            return try announced(deployment, committedAtMs: nil, already: words)
        case .renew:
            let deployment = try registry.change(order.with(.renew), believedBy: trust)
            return try announced(deployment, committedAtMs: WallClock.nowMs)
        case .change:
            let deployment = try registry.change(order, believedBy: trust)
            return try announced(deployment, committedAtMs: WallClock.nowMs)
        }
    }

    /// - Parameter committedAtMs: nil where nothing was changed.
    private func announced(
        _ deployment: Deployment, committedAtMs: Int64?, already: String? = nil
    ) throws(SwerveError) -> Outcome {
        var publications: [Publication] = []
        var fault: SwerveError?
        if let relay {
            do throws(SwerveError) {
                publications = try relay.drain(first: deployment.model)
                fault = publications.first { $0.model == deployment.model }?.error
            } catch {
                fault = error
            }
        }
        let isAnnounced =
            if fault == nil {
                try registry.isAnnounced(deployment.model, epoch: deployment.epoch)
            } else {
                false
            }
        return Outcome(
            deployment: deployment, committedAtMs: committedAtMs, already: already,
            publications: publications, isAnnounced: isAnnounced,
            fault: fault.map { Self.notAnnounced(deployment, $0) })
    }

    /// What is said of a change that the registry has and the topic does not.
    package static func notAnnounced(
        _ deployment: Deployment, _ error: SwerveError
    ) -> SwerveError {
        let isPassing = error.isRetryable
        return SwerveError(
            error.code, act: "announcing \(deployment.model) epoch \(deployment.epoch)",
            reason: "it is committed in the registry, but not announced: \(error.reason)",
            remedy: isPassing ? "" : error.remedy,
            problem: isPassing
                ? Problem(.notAnnounced, [.model: "\(deployment.model)"]) : error.problem)
    }
}
