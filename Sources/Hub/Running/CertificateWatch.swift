import Lifecycle
import Platform
import Synchronization
import Web

/// Looks after the files of the certificate, on a thread of its own: takes new ones up, and tells
/// when the one that is shown is about to end.
final class CertificateWatch: Sendable {
    private let identity: TLSIdentity
    private let lookMs: Int
    private let nowMs: @Sendable () -> Int64
    private let hear: @Sendable (CertificateNews) -> Void
    private let stopping: EventFD
    private let isStopping = Atomic<Bool>(false)
    private let thread = Guarded<OSThread?>(nil)

    /// - Parameter nowMs: the wall clock, in milliseconds since 1970.
    init(
        _ identity: TLSIdentity, lookMs: Int = 2_000,
        nowMs: @escaping @Sendable () -> Int64 = { WallClock.nowMs },
        hear: @escaping @Sendable (CertificateNews) -> Void
    ) throws(SwerveError) {
        self.identity = identity
        self.lookMs = lookMs
        self.nowMs = nowMs
        self.hear = hear
        stopping = try EventFD()
    }

    func start() {
        let started = OSThread(name: "hub-tls") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Once, behind `start`.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        stopping.signal()
        thread.withLock { $0.take() }?.join()
    }

    private func run() {
        var toldDay: Int64?
        while !isStopping.load(ordering: .acquiring) {
            do throws(SwerveError) {
                if try identity.refresh() { hear(.replaced(endsAtMs: identity.endsAtMs)) }
            } catch {
                hear(.unusable(error))
            }
            let leftMs = identity.endsAtMs &- nowMs()
            let days = leftMs < 0 ? -1 : leftMs / Self.dayMs
            if identity.endsAtMs != .max, days < Self.warnedDays, toldDay != days {
                toldDay = days
                hear(.ends(inDays: days))
            }
            _ = try? Poll.waitForAny([stopping.descriptor], timeoutMs: lookMs)
        }
    }

    private static let dayMs: Int64 = 86_400_000
    private static let warnedDays: Int64 = 14
}
