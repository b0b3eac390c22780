package import Lifecycle

/// Whether a host is ready: the rule, as values.
///
/// Ready is a slot whose worker has read the control topic to its end, has joined its group, and
/// serves a deployment that is believed, with partitions or without, while some broker answers it.
/// Lag, and a newer epoch that is loading or was rejected, say nothing here: they must not stop a
/// rollout of what mends them. Nor does the last good deployment of a worker whose registry is out
/// of reach: it is believed and served. Records that have waited for their schema for long do: no
/// other record of their partitions is scored meanwhile. A slot that has left, or is served
/// elsewhere, is no slot of the host. Why what is wanted is not served is told as the worker says
/// it.
package enum Readiness {
    /// Why a slot is not ready, in words; nil where it is.
    package static func obstacle(of slot: SlotState, nowNs: UInt64) -> String? {
        guard case .running = slot.process else {
            return slot.process == .ended ? nil : "its worker is not running"
        }
        guard let standing = slot.fresh(nowNs: nowNs)?.standing else {
            return slot.report == nil
                ? "its worker has not reported yet" : "its worker does not report any more"
        }
        return obstacle(standing)
    }

    package static func obstacle(_ standing: WorkerReport.Standing) -> String? {
        if standing.isHolding { return "it holds at the bound of dead letters" }
        if !standing.hasBrokers { return "no broker answers" }
        if !standing.isControlRead { return "the control topic is not read to its end" }
        if !standing.isServing, !standing.isScoring {
            return standing.unserved ?? "there is no deployment that it may serve"
        }
        if !standing.hasJoined { return "it has not joined its group" }
        if !standing.isServing {
            return standing.unserved ?? "it has not taken up a deployment yet"
        }
        if !standing.isScoring { return "it is not taking records" }
        return standing.waiting
    }

    /// Why a host is not ready, a line each; none where it is.
    package static func obstacles(of host: HostState, nowNs: UInt64) -> [String] {
        if host.isStopping { return ["the service is stopping"] }
        return host.slots.compactMap { slot in
            obstacle(of: slot, nowNs: nowNs).map { "slot \(slot.slot): \($0)" }
        }
    }

    /// Whether the supervisor's loop turns.
    package static func isAlive(_ host: HostState, nowNs: UInt64) -> Bool {
        nowNs < host.turnedAtNs || nowNs &- host.turnedAtNs <= aliveNs
    }

    private static let aliveNs: UInt64 = 15_000_000_000
}
