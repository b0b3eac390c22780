package import Lifecycle

/// What `swerve status NAME` tells: what is wanted, what was announced, and what each slot does.
package struct FleetReport: Sendable {
    package let board: FleetBoard
    /// As the registry has it; nil where none was asked, or no version was promoted.
    package let wanted: Deployment?
    /// As the control topic has it; nil where it has none.
    package let announced: Deployment?
    package let nowMs: Int64

    package init(
        board: FleetBoard, wanted: Deployment?, announced: Deployment?, nowMs: Int64
    ) {
        self.board = board
        self.wanted = wanted
        self.announced = announced
        self.nowMs = nowMs
    }

    /// The same, with the control topic's records as `ControlTopic.current` gives them.
    ///
    /// What cannot be read there was not announced.
    package init(
        board: FleetBoard, wanted: Deployment?, topic: [String: Announcement], nowMs: Int64
    ) {
        let key = board.model.description
        let record = topic[key].flatMap { try? ControlRecord(key: key.utf8, value: $0.value) }
        self.init(board: board, wanted: wanted, announced: record?.deployment, nowMs: nowMs)
    }

    /// Nil where no version was promoted, as far as registry and topic say.
    package var verdict: Convergence.Verdict? {
        (wanted ?? announced).map { deployment in
            Convergence(board: board, epoch: deployment.epoch).verdict(nowMs: nowMs)
        }
    }

    package var json: JSONValue {
        [
            "model": .string(board.model.description), "wanted": wanted?.document ?? .null,
            "announced": announced?.document ?? .null, "converged": .bool(verdict == .converged),
            "waiting_for": .array(waitingFor.map { .string($0) }),
            "slots": .array(board.slots.map { slot in self.json(slot) }),
        ]
    }

    var waitingFor: [String] {
        switch verdict {
        case nil: ["no version of \(board.model) was promoted"]
        case .converged: []
        case .rejected(let slot, let reason): ["slot \(slot) rejects the epoch: \(reason)"]
        case .overtaken(let epoch): ["epoch \(epoch) is served already, later than the wanted"]
        case .waiting(let stragglers): stragglers
        }
    }

    private func json(_ member: FleetBoard.Member) -> JSONValue {
        let record = member.record
        var fields: [String: JSONValue] = [
            "group": .string(record.group), "slot": .int(Int64(record.slot)),
            "total": .int(Int64(record.total)), "phase": .string(record.phase.rawValue),
            "live": .bool(member.isLive(nowMs: nowMs)),
            "silent_ms": .int(member.silenceMs(nowMs: nowMs)), "ready": .bool(record.ready),
            "partitions": .array(record.partitions.map { .int(Int64($0)) }),
            "retrying": record.retrying.map { .string($0) } ?? .null,
            "ignored": record.ignored.map { .string($0) } ?? .null,
            "poll_gap_ms": .double(record.pollGapMs),
            "poll_gap_max_ms": .double(record.pollGapMaxMs),
        ]
        fields["serving"] = record.serving.map(Self.json) ?? .null
        fields["rejected"] =
            record.rejected.map {
                ["epoch": .int($0.epoch), "reason": .string($0.reason)]
            } ?? .null
        fields["counts"] = [
            "records": .int(record.counts.records),
            "by_version": .object(record.counts.byVersion.mapValues { .int($0) }),
            "dead_letters": .int(record.counts.deadLetters),
            "rebalances": .int(record.counts.rebalances),
            "ignored_control_records": .int(record.counts.ignoredControlRecords),
        ]
        fields["incarnation"] = [
            "id": .string(record.incarnation.id), "host": .string(record.incarnation.host),
            "pid": .int(Int64(record.incarnation.pid)),
            "started_at_ms": .int(record.incarnation.startedAtMs),
        ]
        return .object(fields)
    }

    private static func json(_ served: StatusRecord.Served) -> JSONValue {
        [
            "epoch": .int(served.epoch), "stable": .int(Int64(served.stable)),
            "candidate": served.candidate.map { .int(Int64($0)) } ?? .null,
            "loaded_ms": .double(served.loadedMs),
            "first_poll_at_ms": .int(served.firstPollAtMs),
            "boundaries": .object(served.boundaries.mapValues { .int($0) }),
        ]
    }
}
