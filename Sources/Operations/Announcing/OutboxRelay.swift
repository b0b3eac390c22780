package import Lifecycle
import Platform
package import Registry

/// Announces what the registry's outbox holds on the control topic.
///
/// One process drains at a time: it holds a lock file beside the database, which goes with it
/// however it ends. A crash at any point loses nothing: a row leaves the outbox only after its very
/// bytes were read back from the topic, and announcing the same bytes twice harms nobody.
package struct OutboxRelay {
    let registry: Registry
    private let topic: any ControlTopic
    let trust: TrustPolicy?
    private let nowMs: @Sendable () -> Int64
    private let lockWait: Duration
    private let isWaiting: @Sendable (SwerveError) -> Void

    /// - Parameters:
    ///   - trust: as the workers have it, where that is known: what it refuses on the topic is no
    ///     obstacle, and what it would refuse of ours is not announced.
    ///   - nowMs: the wall clock.
    ///   - isWaiting: told once where it waits for another process, with what is known of it.
    ///   - lockWait: how long to wait for another process that drains.
    package init(
        registry: Registry, topic: any ControlTopic, trust: TrustPolicy? = nil,
        lockWait: Duration = .seconds(30),
        nowMs: @escaping @Sendable () -> Int64 = { WallClock.nowMs },
        isWaiting: @escaping @Sendable (SwerveError) -> Void = { _ in }
    ) {
        self.registry = registry
        self.topic = topic
        self.trust = trust
        self.lockWait = lockWait
        self.isWaiting = isWaiting
        self.nowMs = nowMs
    }

    /// Announces the newest deployment of each model that is not on the topic yet; without any,
    /// touches neither topic nor lock.
    ///
    /// One model's refusal does not keep the others back; it is told in the result.
    /// - Parameter first: the model to begin with: the one the caller answers for.
    /// - Throws: where nothing could be tried: the lock is held, the topic is out of reach.
    package func drain(first: ModelName? = nil) throws(SwerveError) -> [Publication] {
        guard try !registry.pendingPublications().isEmpty else { return [] }
        let lock = try acquireLock()
        defer { lock.release() }
        return try drainLocked(first: first)
    }

    /// Makes the topic say what the registry says: `model`, or all models, again.
    package func republish(_ model: ModelName? = nil) throws(SwerveError) -> [Publication] {
        try registry.requeue(model)
        return try drain(first: model)
    }

    /// Announces the present state of `model`, or of all models, under a new epoch with a
    /// signature of now: for announcements whose signature ran out, and for keys that changed.
    ///
    /// Of all models each is tried, whatever becomes of the others.
    /// - Returns: one entry at least for each model: a refusal, and what the registry has and the
    ///   topic does not, are told in it.
    /// - Throws: what the registry refuses of the one model that was asked for.
    package func republish(
        _ model: ModelName? = nil, note: ChangeNote, signing: DeploymentSigning
    ) throws(SwerveError) -> [Publication] {
        let order = { ChangeOrder(.renew, of: $0, note: note, signing: signing) }
        if let model { return announced([try registry.change(order(model), believedBy: trust)]) }
        var renewed: [Deployment] = []
        var refused: [Publication] = []
        for present in try registry.deployments() {
            do throws(SwerveError) {
                renewed.append(try registry.change(order(present.model), believedBy: trust))
            } catch {
                refused.append(
                    Publication(
                        model: present.model, epoch: present.epoch, record: nil,
                        outcome: .failed(error)))
            }
        }
        return announced(renewed) + refused
    }

    /// Announces what the registry has already; nothing that goes wrong hides that it has it.
    private func announced(_ deployments: [Deployment]) -> [Publication] {
        guard let first = deployments.first?.model else { return [] }
        var done: [Publication] = []
        var fault: SwerveError?
        do throws(SwerveError) {
            done = try drain(first: first)
            fault = done.compactMap(\.error).last { $0.isRetryable }
        } catch {
            fault = error
        }
        guard let fault else { return done }
        // A broker out of reach ends the rest, which are not in the list.
        let untried = deployments.filter { one in !done.contains { $0.model == one.model } }
        return done
            + untried.map { deployment in
                Publication(
                    model: deployment.model, epoch: deployment.epoch, record: nil,
                    outcome: .failed(Promoter.notAnnounced(deployment, fault)))
            }
    }

    func acquireLock() throws(SwerveError) -> FileLock {
        let path = registry.path + Self.lockSuffix
        do throws(SwerveError) {
            let mode = try FileStatus.of(registry.path)?.writers ?? FileLock.ownerAlone
            do throws(SwerveError) {
                return try FileLock.acquire(path, waiting: .zero, permissions: mode)
            } catch {
                guard error.code == .unavailable, lockWait > .zero else { throw error }
                isWaiting(error)
                return try FileLock.acquire(path, waiting: lockWait, permissions: mode)
            }
        } catch {
            throw error.during("announcing deployments")
        }
    }

    private static let lockSuffix = ".outbox.lock"

    /// Whether it is known what workers believe.
    var hasTrust: Bool { trust != nil }

    /// - Parameter before: an earlier reading: what has not changed since is not parsed again.
    func standing(after before: TopicStanding? = nil) throws(SwerveError) -> TopicStanding {
        try TopicStanding(reading: topic, trust: trust, after: before)
    }

    /// The outbox is read under the lock: whoever held it before may have emptied it.
    ///
    /// - Parameter disregarded: a model whose record on the topic is not to count, whatever it is.
    func drainLocked(
        first: ModelName?, disregarded: ModelName? = nil
    ) throws(SwerveError) -> [Publication] {
        var pending = try registry.pendingPublications()
        guard !pending.isEmpty else { return [] }
        // By model already; the one asked for comes first, since a broker out of reach ends the
        // rest.
        if let index = pending.firstIndex(where: { $0.model == first }) {
            pending.insert(pending.remove(at: index), at: 0)
        }
        let before = try standing()
        let check = try AnnouncementCheck(pending, registry: registry, topic: topic.name, trust)
        var done: [Publication] = []
        var written: [PendingPublication] = []
        for entry in pending {
            var there = before[entry.model]
            if entry.model == disregarded { there.authority = nil }
            let rule = PublicationRule(
                entry, by: registry.id, over: there, isIssued: try isIssued(there, of: entry.model),
                fault: check.fault(of: entry, nowMs: nowMs()), nowMs: nowMs())
            switch rule {
            case .alreadyThere: done.append(try marked(entry, as: .alreadyThere))
            case .refuse(let error): done.append(Self.publication(entry, .failed(error)))
            case .publish:
                do throws(SwerveError) {
                    try topic.publish(key: entry.model.description, entry.announcement)
                    written.append(entry)
                } catch {
                    done.append(Self.publication(entry, .failed(error)))
                    // The others would wait as long for the same broker; they stay in the outbox.
                    if error.isRetryable {
                        return try done + confirmed(written, after: before)
                    }
                }
            }
        }
        return try done + confirmed(written, after: before)
    }

    /// Whether the record that counts is this registry's own: it issued these bytes, or has had its
    /// own word of that epoch, or a later one, on the topic.
    ///
    /// The epoch alone does not tell: another copy of the registry counts on from the same one.
    /// What stands in its name below what it announced itself, workers ignore: no copy leads there,
    /// since a copy that is behind is refused.
    func isIssued(
        _ standing: TopicStanding.Entry, of model: ModelName
    ) throws(SwerveError) -> Bool {
        guard let authority = standing.authority, let there = standing.header else { return false }
        if try registry.hasIssued(authority.value, as: there.epoch, of: model) { return true }
        guard there.registry == registry.id else { return false }
        return try registry.isAnnounced(model, epoch: there.epoch)
    }

    /// Reads back what was written and marks what is there.
    private func confirmed(
        _ written: [PendingPublication], after before: TopicStanding
    ) throws(SwerveError) -> [Publication] {
        guard !written.isEmpty else { return [] }
        let after = try standing(after: before.settled)
        var done: [Publication] = []
        for entry in written {
            let there = after[entry.model]
            if there.newest == entry.announcement || there.authority == entry.announcement {
                done.append(try marked(entry, as: .published))
            } else {
                let error = SwerveError(
                    .system, act: "announcing \(entry.model) epoch \(entry.epoch)",
                    reason: "it was acknowledged, but reads back otherwise",
                    problem: Problem(.announcementLost, [.model: "\(entry.model)"]))
                done.append(Self.publication(entry, .failed(error)))
            }
        }
        return done
    }

    private func marked(
        _ entry: PendingPublication, as outcome: Publication.Outcome
    ) throws(SwerveError) -> Publication {
        try registry.markPublished(
            entry.model, upTo: entry.epoch, at: Timestamp.text(ofMs: nowMs()))
        return Self.publication(entry, outcome)
    }

    private static func publication(
        _ entry: PendingPublication, _ outcome: Publication.Outcome
    ) -> Publication {
        Publication(
            model: entry.model, epoch: entry.epoch, record: ContentHash.sha256(entry.record),
            outcome: outcome)
    }
}
