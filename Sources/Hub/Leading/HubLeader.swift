package import Lifecycle
import Platform
package import Registry

/// Holds the right to lead a registry, on a thread of its own, as long as it can be had.
///
/// Whoever leads writes through `registry`, which refuses everything else.
package final class HubLeader: Sendable {
    /// What is told to whoever runs the hub.
    package enum News: Sendable, Equatable {
        case leads(term: Int64)
        /// It led, and does not any more.
        case stopped(term: Int64)
        /// Another process leads.
        case follows(String)
        case fault(SwerveError)
    }

    private struct State {
        var leadership: Leadership
        var isStopping = false
        var lock: FileLock?
        var told: News?
    }

    package let registry: Registry
    private let claim: Guarded<LeaseClaim>
    private let incarnation = ProcessIdentity.makeUUID()
    private let lockPath: String
    private let hear: @Sendable (News) -> Void
    private let state: Guarded<State>
    private let wake: EventFD
    private let thread = Guarded<OSThread?>(nil)

    /// - Parameters:
    ///   - registry: for changes; this decides by what right they are made.
    ///   - address: where the hub answers, for those whose changes are refused.
    /// - Throws: where the machine has no descriptor left.
    package init(
        _ registry: Registry, address: String, spanMs: Int64 = defaultSpanMs,
        hear: @escaping @Sendable (News) -> Void
    ) throws(SwerveError) {
        self.registry = registry
        self.hear = hear
        claim = Guarded(
            LeaseClaim(
                incarnation: incarnation,
                holder: "process \(ProcessIdentity.processID) on \(ProcessIdentity.hostName)",
                address: address, spanMs: spanMs))
        lockPath = registry.path + ".hub.lock"
        state = Guarded(State(leadership: Leadership(spanMs: spanMs)))
        wake = try EventFD()
        registry.setAuthority(.none)
    }

    /// The term under which it leads; nil while another does, or none.
    package var term: Int64? { state.withLock { $0.leadership.term } }

    package var isLeading: Bool { term != nil }

    /// The lease of another process, which leads or did last and has not given it up; nil where
    /// this one leads, or nobody does.
    ///
    /// - Throws: where the registry cannot be read.
    func othersLease(in registry: Registry) throws(SwerveError) -> HubLease? {
        guard !isLeading, let lease = try registry.lease(), !lease.isReleased else { return nil }
        return lease
    }

    /// Where the hub answers, where the system chose the port; before `start`.
    func answers(at address: String) {
        claim.withLock { claim in
            claim = LeaseClaim(
                incarnation: claim.incarnation, holder: claim.holder, address: address,
                spanMs: claim.spanMs)
        }
    }

    package func start() {
        let started = OSThread(name: "hub-lease") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Gives the lease up, and ends the thread.
    ///
    /// Once, behind `start`.
    package func stop() {
        state.withLock { $0.isStopping = true }
        wake.signal()
        thread.withLock { $0.take() }?.join()
    }

    private func run() {
        while !state.withLock({ $0.isStopping }) {
            turn()
            let wakeMs = state.withLock { $0.leadership.wakeMs }
            let waitMs = max(1, wakeMs - BootClock.nowMs)
            _ = try? Poll.waitForAny([wake.descriptor], timeoutMs: Int(clamping: waitMs))
            wake.drain()
        }
        giveUp()
    }

    private func turn() {
        let askedMs = BootClock.nowMs
        let (change, want) = state.withLock { $0.leadership.turn(at: askedMs) }
        if let change { make(change) }
        guard let want else { return }
        let answer = ask(want)
        let heard = state.withLock {
            $0.leadership.hear(answer, askedAt: askedMs, at: BootClock.nowMs)
        }
        if let heard { make(heard) }
    }

    private func ask(_ want: Leadership.Want) -> Leadership.Answer {
        do throws(SwerveError) {
            guard try registry.isInPlace() else {
                // Before it is told: whoever hears it counts on it.
                registry.setAuthority(.none)
                tell(
                    .fault(
                        SwerveError(
                            .refused, act: "leading the registry \(registry.path)",
                            reason: "another file was put in its place",
                            remedy: "start the hub again")))
                return .anothers
            }
            switch want {
            case .take:
                let isAlone = takeLock()
                let lease = try registry.takeLease(claim.withLock { $0 }, isAlone: isAlone)
                guard lease.incarnation == incarnation else {
                    tell(.follows(lease.holder))
                    return .anothers
                }
                return .mine(term: lease.term)
            case .renew(let term):
                // Where a holder that was paused had it still.
                _ = takeLock()
                let isRenewed = try registry.renewLease(
                    incarnation: incarnation, term: term)
                return isRenewed ? .mine(term: term) : .anothers
            }
        } catch {
            tell(.fault(error))
            return .none
        }
    }

    private func make(_ change: Leadership.Change) {
        switch change {
        case .began(let term):
            registry.setAuthority(.leader(incarnation: incarnation, term: term))
            tell(.leads(term: term))
        case .ended(let term):
            registry.setAuthority(.none)
            // For whoever leads now.
            state.withLock { $0.lock = nil }
            tell(.stopped(term: term))
        }
    }

    private func giveUp() {
        let term = term
        registry.setAuthority(.none)
        if let term {
            do throws(SwerveError) {
                try registry.releaseLease(incarnation: incarnation, term: term)
            } catch {
                tell(.fault(error))
            }
        }
        state.withLock { $0.lock = nil }
    }

    /// Takes the lock that a leader holds while it lives; it goes with its process.
    private func takeLock() -> Bool {
        if state.withLock({ $0.lock != nil }) { return true }
        let mode = (try? FileStatus.of(registry.path))?.writers ?? FileLock.ownerAlone
        guard let lock = try? FileLock.acquire(lockPath, waiting: .zero, permissions: mode) else {
            return false
        }
        state.withLock { $0.lock = lock }
        return true
    }

    /// What was told last is not told again.
    private func tell(_ news: News) {
        let isNew = state.withLock { state in
            defer { state.told = news }
            return state.told != news
        }
        if isNew { hear(news) }
    }

    /// How long a lease holds.
    package static let defaultSpanMs: Int64 = 10_000
}
