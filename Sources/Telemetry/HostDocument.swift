package import Lifecycle

extension HostState {
    /// The document of `/status`: always the same keys, null where there is nothing to say.
    ///
    /// - `model`, `group`, `version`, `librdkafka`, `ready`, `not_ready` (lines), `stopping`
    /// - `slots`, each: `slot`, `state` (`running`, `due`, `ended`), `pid`, `ready`, `not_ready`,
    ///   `report_age_ms`, `restarts` (by reason), `last_stop` (`reason`, `at_ms`), and `worker`:
    ///   what the worker says on the status topic, in its own fields
    package func document(nowNs: UInt64) -> JSONValue {
        let obstacles = Readiness.obstacles(of: self, nowNs: nowNs)
        return [
            "model": .string(model), "group": .string(group), "version": .string(version),
            "librdkafka": .string(librdkafka), "ready": .bool(obstacles.isEmpty),
            "not_ready": .array(obstacles.map { .string($0) }), "stopping": .bool(isStopping),
            "slots": .array(slots.map { $0.document(nowNs: nowNs) }),
        ]
    }
}

extension SlotState {
    fileprivate func document(nowNs: UInt64) -> JSONValue {
        let obstacle = Readiness.obstacle(of: self, nowNs: nowNs)
        let (state, pid): (JSONValue, JSONValue) =
            switch process {
            case .running(let pid): ("running", .int(Int64(pid)))
            case .due: ("due", .null)
            case .ended: ("ended", .null)
            }
        var counts: [String: JSONValue] = [:]
        for reason in RestartReason.allCases {
            counts[reason.rawValue] = .int(restarts[reason] ?? 0)
        }
        return [
            "slot": .int(Int64(slot)), "state": state, "pid": pid,
            "ready": .bool(obstacle == nil && process != .ended),
            "not_ready": obstacle.map { .string($0) } ?? .null,
            "report_age_ms": report.map { .int(Int64(clamping: (nowNs &- $0.atNs) / 1_000_000)) }
                ?? .null,
            "restarts": .object(counts),
            "last_stop": lastStop.map {
                ["reason": .string($0.reason), "at_ms": .int($0.atMs)]
            } ?? .null,
            "worker": fresh(nowNs: nowNs)?.status ?? .null,
        ]
    }
}
