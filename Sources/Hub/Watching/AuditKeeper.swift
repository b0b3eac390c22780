import Lifecycle
import Operations
import Pages
import Platform
import Registry
import Synchronization

/// Verifies the audit chain now and then, on a thread of its own, for all who ask: pages say when
/// that was done last and what was found, and webhooks are told of findings.
final class AuditKeeper: Sendable {
    /// What the chain itself does not allow, whatever became of the control topic's records.
    struct Chain: Sendable {
        /// One more with each verification.
        let number: Int
        let report: AuditReport
    }

    private struct State {
        var last: AuditCheck?
        var chain: Chain?
    }

    private let backend: @Sendable () throws(SwerveError) -> FileBackend
    private let hear: @Sendable (HubNews) -> Void
    private let everyMs: Int
    private let state = Guarded(State())
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
    var last: AuditCheck? { state.withLock { $0.last } }

    /// The same of the chain alone: also while no broker answers.
    var chain: Chain? { state.withLock { $0.chain } }

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
                let result = try backend().verifyAudit(AuditVerifyRequest(), chain: heard) {
                    isStopping.load(ordering: .acquiring)
                }
                let tookMs = Int64((MonotonicClock.now &- beganNs) / 1_000_000)
                state.withLock {
                    $0.last = AuditCheck(endedAtMs: WallClock.nowMs, tookMs: tookMs, result: result)
                }
            } catch {
                if isStopping.load(ordering: .acquiring) { return }
                hear(.fault("verifying the audit chain", error))
                pauseMs = min(everyMs, Self.againMs)
            }
        }
    }

    private func heard(_ report: AuditReport) {
        state.withLock { $0.chain = Chain(number: ($0.chain?.number ?? 0) + 1, report: report) }
    }

    private static let firstMs = 3_000
    private static let againMs = 60_000
}
