import Fleet
import Lifecycle
import Operations
import Platform
import Registry
import Synchronization

/// Follows the status topic for all who look, on one thread: the API, pages and events read what
/// it heard last, and none of them asks the brokers.
///
/// While no broker answers it keeps what it has, and says since when.
final class HubWatch: FleetSight {
    private let door: any RegistryDoor
    private let brokers: @Sendable () throws(SwerveError) -> any Brokers
    private let view = Guarded(FleetView(fault: "the status topic is being read"))
    private let listeners = Guarded<[@Sendable () -> Void]>([])
    private let stopping: EventFD
    private let isStopping = Atomic<Bool>(false)
    /// Whether what was heard is to be told before it is due.
    private let isAsked = Atomic<Bool>(false)
    private let thread = Guarded<OSThread?>(nil)

    /// - Throws: where the machine has no descriptor left.
    init(
        _ door: any RegistryDoor,
        brokers: @escaping @Sendable () throws(SwerveError) -> any Brokers
    ) throws(SwerveError) {
        self.door = door
        self.brokers = brokers
        stopping = try EventFD()
    }

    func start() {
        let started = OSThread(name: "hub-watch") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Once, behind `start`.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        stopping.signal()
        thread.withLock { $0.take() }?.join()
    }

    /// The newest.
    var now: FleetView { view.withLock { $0 } }

    /// Has `body` called at each change, on the watch's thread; before `start`.
    func onChange(_ body: @escaping @Sendable () -> Void) { listeners.withLock { $0.append(body) } }

    // MARK: - For requests

    func status(
        _ request: StatusRequest,
        registered: () -> (deployments: [RegisteredDeployment], notes: [String]),
        isStopped: () throws(SwerveError) -> Bool, show: (FleetStatus) -> Void
    ) throws(SwerveError) {
        let deadline = request.timeoutMs.map { Deadline(afterMs: Int(clamping: $0)) }
        // The first reading of a long topic takes a while, and is worth waiting for.
        let first = Deadline(afterMs: Self.firstMs)
        var shown: Int64?
        while true {
            let now = now
            if let snapshot = now.snapshot, now.generation != shown {
                let (deployments, notes) = registered()
                let late = now.faultWords(nowMs: WallClock.nowMs).map { [$0] } ?? []
                let status = snapshot.status(
                    request, registered: deployments, notes: notes + late)
                shown = now.generation
                if request.isFollowed {
                    show(status)
                    if let deadline, status.isDecided || deadline.hasPassed { return }
                } else if let deadline, !status.isDecided, !deadline.hasPassed {
                } else {
                    return show(status)
                }
            }
            if now.snapshot == nil, first.hasPassed || isOver {
                throw SwerveError(
                    .unavailable, act: "looking at the fleet",
                    reason: now.fault ?? "nothing was heard yet",
                    remedy: "check that the brokers are up and bootstrap.servers is right")
            }
            if try isStopped() || isOver { return }
            // A request that waits is rare; each looks some times a second.
            pause(Self.lookMs)
        }
    }

    /// On the thread of the change, which has waited for the fleet till now.
    func catchUp(on model: ModelName, to wanted: WantedEpoch, groups: [String]) {
        let deadline = Deadline(afterMs: Self.catchUpMs)
        while !isOver, !deadline.hasPassed {
            let now = now
            // Nothing newer comes soon.
            if now.fault != nil { return }
            if let snapshot = now.snapshot {
                let convergence = Convergence(
                    board: snapshot.boards[model], wanted: wanted, groups: groups)
                guard case .waiting = convergence.verdict(nowMs: snapshot.nowMs) else { return }
            }
            isAsked.store(true, ordering: .releasing)
            pause(Self.soonMs)
        }
    }

    // MARK: - The thread

    private var isOver: Bool { isStopping.load(ordering: .acquiring) }

    /// Waits, but not beyond `stop`.
    func pause(_ milliseconds: Int) {
        _ = try? Poll.waitForAny([stopping.descriptor], timeoutMs: milliseconds)
    }

    private func run() {
        while !isOver {
            do throws(SwerveError) {
                let brokers = try brokers()
                try brokers.requireNamed()
                try follow(brokers)
            } catch {
                tell { $0.fault = error.description }
                pause(Self.againMs)
            }
        }
    }

    private func follow(_ brokers: any Brokers) throws(SwerveError) {
        let groups = try brokers.expectedGroups()
        let listener = FleetListener(feed: try brokers.statusFeed(), expecting: groups)
        defer { listener.close() }
        let control = brokers.controlTopicToGlanceAt()
        defer { brokers.release(control) }
        var standing: TopicStanding?
        var trust: TrustPolicy?
        var (trustAtMs, lookAtMs) = (Int64.min, Int64.min)
        var isSettled = false
        while !isOver {
            try listener.listen(milliseconds: FleetListener.pollMs)
            let nowMs = listener.nowMs
            let isAsked = isAsked.exchange(false, ordering: .acquiring)
            guard nowMs >= lookAtMs || isAsked else { continue }
            lookAtMs = nowMs + Self.everyMs
            switch listener.watcher.progress(nowMs: nowMs) {
            case .reading(let fault):
                let reason = fault.map { ": \($0)" } ?? ""
                tell { $0.fault = "the status topic is being read\(reason)" }
                continue
            case .listening where !isSettled: continue
            case .listening, .settled: isSettled = true
            }
            if nowMs - Self.trustMs >= trustAtMs {
                // What a key signed that is revoked by now is looked at again.
                (trust, standing, trustAtMs) = (try brokers.trust(isNeeded: false), nil, nowMs)
            }
            var controlFault: String?
            do throws(SwerveError) {
                standing = try TopicStanding(reading: control, trust: trust, after: standing)
            } catch {
                guard !error.isRetryable else {
                    // Slots that are not heard are not silent: nobody is.
                    tell { $0.fault = error.description }
                    lookAtMs = listener.nowMs + Int64(Self.againMs)
                    continue
                }
                controlFault = error.description
            }
            publish(
                FleetSnapshot(
                    boards: listener.watcher.boards, standing: standing,
                    controlFault: controlFault, nowMs: listener.nowMs), groups: groups)
        }
    }

    private func publish(_ snapshot: FleetSnapshot, groups: [String]) {
        var deployments: [RegisteredDeployment] = []
        var fault: String?
        do throws(SwerveError) {
            let registry = try door.readable()
            deployments = try registry.deployments().map {
                RegisteredDeployment(deployment: $0, registry: registry.id)
            }
        } catch {
            fault = error.description
        }
        let request = StatusRequest(model: nil, groups: groups, withSlots: true, areAlone: false)
        guard case .all(let summary, _) = snapshot.status(request, registered: deployments) else {
            return
        }
        let nowMs = WallClock.nowMs
        tell { view in
            view.snapshot = snapshot
            view.reports = summary.reports
            view.atMs = nowMs
            view.fault = nil
            view.registryFault = fault
            view.rates.take(summary.reports, nowMs: nowMs)
        }
    }

    private func tell(_ change: (inout FleetView) -> Void) {
        view.withLock { view in
            change(&view)
            view.generation += 1
        }
        for listener in listeners.withLock({ $0 }) { listener() }
    }

    private static let everyMs: Int64 = 1_000
    private static let againMs = 5_000
    private static let trustMs: Int64 = 30_000
    private static let firstMs = 10_000
    private static let lookMs = 200
    private static let catchUpMs = 2_000
    private static let soonMs = 20
}
