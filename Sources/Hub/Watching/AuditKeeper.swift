import Lifecycle
import Operations
import Pages
import Platform
import Synchronization

/// Verifies the audit chain now and then, on a thread of its own, so that pages can say when that
/// was done last and what was found.
final class AuditKeeper: Sendable {
    private let backend: @Sendable () throws(SwerveError) -> FileBackend
    private let hear: @Sendable (HubNews) -> Void
    private let everyMs: Int
    private let state = Guarded<AuditCheck?>(nil)
    private let stopping: EventFD
    private let isStopping = Atomic<Bool>(false)
    private let thread = Guarded<OSThread?>(nil)

    /// - Throws: where the machine has no descriptor left.
    init(
        everyMs: Int = 3_600_000,
        backend: @escaping @Sendable () throws(SwerveError) -> FileBackend,
        hear: @escaping @Sendable (HubNews) -> Void
    ) throws(SwerveError) {
        self.everyMs = everyMs
        self.backend = backend
        self.hear = hear
        stopping = try EventFD()
    }

    /// The last one that came to an end; nil before the first.
    var last: AuditCheck? { state.withLock { $0 } }

    func start() {
        let started = OSThread(name: "hub-audit", niceness: 10) { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Once, behind `start`; a verification at work is given up.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        stopping.signal()
        thread.withLock { $0.take() }?.join()
    }

    private func run() {
        // What asks first is to be answered first.
        var pauseMs = Self.firstMs
        while true {
            _ = try? Poll.waitForAny([stopping.descriptor], timeoutMs: pauseMs)
            guard !isStopping.load(ordering: .acquiring) else { return }
            pauseMs = everyMs
            let beganNs = MonotonicClock.now
            do throws(SwerveError) {
                let result = try backend().verifyAudit(AuditVerifyRequest()) {
                    isStopping.load(ordering: .acquiring)
                }
                let tookMs = Int64((MonotonicClock.now &- beganNs) / 1_000_000)
                state.withLock {
                    $0 = AuditCheck(endedAtMs: WallClock.nowMs, tookMs: tookMs, result: result)
                }
            } catch {
                if isStopping.load(ordering: .acquiring) { return }
                hear(.fault("verifying the audit chain", error))
                pauseMs = min(everyMs, Self.againMs)
            }
        }
    }

    private static let firstMs = 3_000
    private static let againMs = 60_000
}
