package import Lifecycle
import Platform
package import Registry

/// Announces what the registry's outbox holds on the control topic.
///
/// One process drains at a time: it holds a lock file beside the database, which goes with it
/// however it ends. A lock reaches no other machine, and a process may be stopped with it in hand:
/// so the brokers have the last word, who take nothing from a process that was overtaken
/// (`ControlTopic.claim`). A crash at any point loses nothing: a row leaves the outbox only after
/// its very bytes were read back from the topic, and announcing the same bytes twice harms nobody.
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
    ///   - lockWait: how long to wait for another process that drains; behind that it is overtaken,
    ///     where the brokers fence.
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

    /// Takes the right to announce before a change, so that less is to be done behind it.
    ///
    /// Not from a process that is announcing just now: `drain` takes it in its turn.
    /// - Throws: where the brokers do not give it.
    package func prepare() throws(SwerveError) {
        let lock: FileLock
        do throws(SwerveError) {
            lock = try FileLock.acquire(
                registry.path + Self.lockSuffix, waiting: .zero, permissions: try lockPermissions())
        } catch {
            guard error.code == .unavailable else { throw error.during(Self.act) }
            return
        }
        defer { lock.release() }
        try topic.claim(for: registry.id)
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
        defer { lock?.release() }
        return try drainLocked(first: first)
    }

    /// Makes the topic say what the registry says: `model`, or all models, again.
    package func republish(_ model: ModelName? = nil) throws(SwerveError) -> [Publication] {
        // Nobody else announces in between, and takes the answer with it.
        let lock = try acquireLock()
        defer { lock?.release() }
        try registry.requeue(model)
        return try drainLocked(first: model)
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
        // Another process has announced the rest; or a broker out of reach ended it.
        let rest = deployments.filter { one in !done.contains { $0.model == one.model } }
        return done
            + rest.map { deployment -> Publication in
                let failed = fault.map { fault in
                    Publication.Outcome.failed(Promoter.notAnnounced(deployment, fault))
                }
                return Publication(
                    model: deployment.model, epoch: deployment.epoch, record: nil,
                    outcome: failed ?? .alreadyThere)
            }
    }

    /// - Returns: nil where it is held for so long that its holder is to be overtaken.
    func acquireLock() throws(SwerveError) -> FileLock? {
        let path = registry.path + Self.lockSuffix
        do throws(SwerveError) {
            let mode = try lockPermissions()
            do throws(SwerveError) {
                return try FileLock.acquire(path, waiting: .zero, permissions: mode)
            } catch {
                guard error.code == .unavailable, lockWait > .zero else { throw error }
                isWaiting(error)
            }
            do throws(SwerveError) {
                return try FileLock.acquire(path, waiting: lockWait, permissions: mode)
            } catch {
                guard error.code == .unavailable, try topic.isFencing() else { throw error }
                return nil
            }
        } catch {
            throw error.during(Self.act)
        }
    }

    private func lockPermissions() throws(SwerveError) -> UInt32 {
        try FileStatus.of(registry.path)?.writers ?? FileLock.ownerAlone
    }

    private static let act = "announcing deployments"
    private static let lockSuffix = ".outbox.lock"

    /// Whether it is known what workers believe.
    var hasTrust: Bool { trust != nil }

    /// - Parameter before: an earlier reading: what has not changed since is not parsed again.
    func standing(after before: TopicStanding? = nil) throws(SwerveError) -> TopicStanding {
        try TopicStanding(reading: topic, trust: trust, after: before) { [registry] name in
            registry.lastSaid(of: name)
        }
    }

    /// Claims the right to announce first: the outbox and the topic are read behind that, so that
    /// whoever is stopped in between, for however long, publishes nothing that has grown old.
    ///
    /// - Parameter disregarded: a model whose record on the topic is not to count, whatever it is.
    func drainLocked(
        first: ModelName?, disregarded: ModelName? = nil
    ) throws(SwerveError) -> [Publication] {
        var done: [Publication] = []
        var words = ""
        for _ in 0..<Self.claims {
            guard try !registry.pendingPublications().isEmpty else { return done }
            try registry.requireInPlace(Self.act)
            try topic.claim(for: registry.id)
            switch try drainClaimed(first: first, disregarded: disregarded, &done) {
            case .published: return done
            case .overtaken(let said): words = said
            }
        }
        throw SwerveError(
            .unavailable, act: Self.act,
            reason: "another process announces for this registry, and what is committed is left to "
                + "it: \(words)")
    }

    /// Decides upon what the topic says now, and publishes; where another process has taken the
    /// right since, nothing is published, and only what was on the topic already is `done`.
    private func drainClaimed(
        first: ModelName?, disregarded: ModelName?, _ done: inout [Publication]
    ) throws(SwerveError) -> PublishingAnswer {
        // Read under the lock: whoever held it before may have emptied it.
        var pending = try registry.pendingPublications()
        guard !pending.isEmpty else { return .published }
        // By model already; the one asked for comes first.
        if let index = pending.firstIndex(where: { $0.model == first }) {
            pending.insert(pending.remove(at: index), at: 0)
        }
        let before = try standing()
        let check = try AnnouncementCheck(pending, registry: registry, topic: topic.name, trust)
        var refused: [Publication] = []
        var due: [PendingPublication] = []
        for entry in pending {
            var there = before[entry.model]
            if entry.model == disregarded { there.authority = nil }
            let rule = PublicationRule(
                entry, by: registry.id, over: there, isIssued: try isIssued(there, of: entry.model),
                fault: check.fault(of: entry, nowMs: nowMs()), nowMs: nowMs())
            switch rule {
            case .alreadyThere: done.append(try marked(entry, as: .alreadyThere))
            case .refuse(let error): refused.append(Self.publication(entry, .failed(error)))
            case .publish: due.append(entry)
            }
        }
        var written: [PendingPublication] = []
        let answer = try publish(due, &written, &refused)
        guard answer == .published else { return answer }
        done += refused
        done += try confirmed(written, after: before)
        return .published
    }

    /// Publishes all at once; where that is refused for good, one by one, so that one that the
    /// brokers do not take keeps none of the others back.
    private func publish(
        _ due: [PendingPublication], _ written: inout [PendingPublication],
        _ refused: inout [Publication]
    ) throws(SwerveError) -> PublishingAnswer {
        guard let first = due.first else { return .published }
        do throws(SwerveError) {
            let answer = try topic.publish(
                due.map { KeyedAnnouncement(key: $0.model.description, $0.announcement) })
            if answer == .published { written += due }
            return answer
        } catch {
            guard due.count > 1, !error.isRetryable else {
                // The others stay in the outbox. Out of reach, all may be there all the same: the
                // next drain sees it.
                refused.append(Self.publication(first, .failed(error)))
                return .published
            }
        }
        for entry in due {
            let answer = try publish([entry], &written, &refused)
            guard answer == .published else { return answer }
        }
        return .published
    }

    /// How often the right to announce is claimed before it is left to somebody else.
    private static let claims = 3

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
