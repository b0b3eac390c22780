import Lifecycle
package import Logging
package import Platform

/// What a service manager is told of this process, and when.
///
/// Of one thread. It is ready as soon as it turns, which is not the readiness of `/readyz`: that
/// one waits for a deployment. A message for which there is no room now is sent at a later turn.
package struct ManagerWords {
    private let manager: ServiceManager?
    private let log: Logger
    /// Not told yet.
    private var waiting: [String] = ["READY=1"]
    private var aliveToldAtNs: UInt64 = 0
    /// What it refused is told in the log once.
    private var isFaultTold = false

    package init(_ manager: ServiceManager?, log: Logger) {
        self.manager = manager
        self.log = log
    }

    /// The next turn is to come within so many milliseconds; nil where it may take any time.
    package var turnMs: Int? {
        guard let manager else { return nil }
        let retryMs: Int? = waiting.isEmpty ? nil : Self.retryMs
        let aliveMs = manager.watchdogNs.map { max(Int(clamping: $0 / 1_000_000 / 4), 1) }
        return [retryMs, aliveMs].compactMap(\.self).min()
    }

    /// The loop of the process turns: it lives.
    package mutating func turned(nowNs: UInt64 = MonotonicClock.now) {
        guard let manager else { return }
        var words = waiting
        // Four times in its span, so that a turn that is late does no harm.
        if let spanNs = manager.watchdogNs, nowNs &- aliveToldAtNs >= spanNs / 4 {
            words.append("WATCHDOG=1")
        }
        guard !words.isEmpty, tell(words) else { return }
        waiting = []
        aliveToldAtNs = nowNs
    }

    /// It stops, and may take so long for it, whatever the manager would have granted.
    package mutating func stopping(withinMs: Int) {
        guard manager != nil else { return }
        let microseconds = Int64(clamping: withinMs + Self.spareMs) * 1_000
        waiting = ["STOPPING=1", "EXTEND_TIMEOUT_USEC=\(microseconds)"]
        turned()
    }

    private mutating func tell(_ words: [String]) -> Bool {
        do throws(SwerveError) {
            try manager?.tell(words)
            isFaultTold = false
            return true
        } catch {
            if !isFaultTold { log.warning("\(error.description)") }
            isFaultTold = true
            return false
        }
    }

    private static let retryMs = 1_000
    private static let spareMs = 5_000
}

extension ServiceManager {
    /// The one of this process's environment; what cannot be used is told, and left out.
    package static func of(
        _ variables: [String: String], log: Logger
    ) -> ServiceManager? {
        do throws(SwerveError) {
            return try of(variables)
        } catch {
            log.warning("\(error.description)")
            return nil
        }
    }
}
