import Lifecycle
import Operations
import Platform
import Registry
import Synchronization

/// What a hub does by itself while it leads.
///
/// It announces what the registry has and the topic has not, carries rollouts out, and keeps when
/// tokens were used. Each on a thread of its own, so that none waits for another's brokers.
final class HubLoops: Sendable {
    private let leader: HubLeader
    private let desk: TokenDesk
    private let backend: @Sendable () throws(SwerveError) -> FileBackend
    private let brokers: @Sendable () throws(SwerveError) -> any Brokers
    private let hear: @Sendable (HubNews) -> Void
    private let stopping: EventFD
    private let waking: EventFD
    private let isStopping = Atomic<Bool>(false)
    private let threads = Guarded<[OSThread]>([])

    init(
        _ leader: HubLeader, _ desk: TokenDesk,
        backend: @escaping @Sendable () throws(SwerveError) -> FileBackend,
        brokers: @escaping @Sendable () throws(SwerveError) -> any Brokers,
        hear: @escaping @Sendable (HubNews) -> Void
    ) throws(SwerveError) {
        self.leader = leader
        self.desk = desk
        self.backend = backend
        self.brokers = brokers
        self.hear = hear
        stopping = try EventFD()
        waking = try EventFD()
    }

    /// Something may wait to be announced; any thread.
    func wake() { waking.signal() }

    func start() {
        let started = [
            OSThread(name: "hub-announce") { [self] in announce() },
            OSThread(name: "hub-rollouts") { [self] in rollOut() },
            OSThread(name: "hub-tokens") { [self] in noteUses() },
        ]
        threads.withLock { $0 = started }
    }

    /// Once, behind `start`.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        // Nobody drains it: it wakes all.
        stopping.signal()
        for thread in threads.withLock({ $0 }) { thread.join() }
    }

    private var isOver: Bool { isStopping.load(ordering: .acquiring) }

    private func pause(_ milliseconds: Int) {
        _ = try? Poll.waitForAny([stopping.descriptor], timeoutMs: milliseconds)
    }

    private func announce() {
        var way = HubAnnouncer(brokers)
        defer { way.close() }
        var pauseMs = Self.lookMs
        while !isOver {
            let awaited = [stopping.descriptor, waking.descriptor]
            _ = try? Poll.waitForAny(awaited, timeoutMs: pauseMs)
            waking.drain()
            pauseMs = Self.lookMs
            guard !isOver else { break }
            guard leader.isLeading else {
                way.close()
                continue
            }
            guard let done = way.announce(in: leader.registry) else { continue }
            hear(.announced(done))
            // What could not be announced is tried again, and not at once.
            if !done.remaining.isEmpty { pauseMs = Self.againMs }
        }
    }

    /// Keeps when tokens were used; what was not kept at the end is.
    private func noteUses() {
        var isLast = false
        while !isLast {
            pause(Self.usesMs)
            isLast = isOver
            guard leader.isLeading else { continue }
            let uses = desk.takeUses()
            guard !uses.isEmpty else { continue }
            do throws(SwerveError) {
                try leader.registry.noteUses(uses)
            } catch {
                hear(.fault("tokens", error))
            }
        }
    }

    private func rollOut() {
        var told: SwerveError?
        while !isOver {
            pause(Self.lookMs)
            guard !isOver, leader.isLeading else { continue }
            do throws(SwerveError) {
                let (leader, hear) = (leader, hear)
                _ = try backend().runRollouts(
                    of: nil,
                    isStopped: { () throws(SwerveError) in isOver || !leader.isLeading }
                ) { hear(.rollout($0)) }
                told = nil
            } catch {
                if told != error { hear(.fault("rollouts", error)) }
                told = error
                pause(Self.againMs)
            }
        }
    }

    private static let lookMs = 200
    private static let againMs = 5_000
    private static let usesMs = 10_000
}
