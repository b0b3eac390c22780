package import Fleet
package import Lifecycle

/// Status records as workers would send them.
package enum Heard {
    package static let nowMs: Int64 = 1_700_000_000_000

    package static func record(
        _ slot: Int, of total: Int? = 2, epoch: Int64? = 12, group: String = "g",
        model: String = "http-anomaly", ageMs: Int64 = 100, phase: StatusRecord.Phase = .serving
    ) -> StatusRecord {
        var record = StatusRecord(
            group: group, slot: slot, total: total, model: model,
            incarnation: .init(id: "i", startedAtMs: 0, host: "h", pid: 1), phase: phase)
        record.serving = epoch.map {
            .init(
                epoch: $0, stable: 7, candidate: nil, loadedMs: 1,
                firstPollAtMs: nowMs - 1_000 + Int64(slot), boundaries: ["0": 42])
        }
        record.sentAtMs = nowMs - ageMs
        return record
    }

    /// The word of a slot in a group that is whoever is alive.
    package static func elastic(
        _ slot: Int, has partitions: [Int32], of count: Int? = 4, in generation: Int32? = 5,
        epoch: Int64? = 12, group: String = "g", ageMs: Int64 = 100,
        phase: StatusRecord.Phase = .serving
    ) -> StatusRecord {
        var record = record(
            slot, of: nil, epoch: epoch, group: group, ageMs: ageMs, phase: phase)
        record.partitions = partitions
        record.inputPartitions = count
        record.generation = generation
        return record
    }

    /// A board on which `records` stood when it was opened, some time ago: who lives was heard.
    package static func board(
        _ records: [StatusRecord], stopped: [SlotID] = [], listenedMs: Int64 = 10_000
    ) throws -> FleetBoard {
        var board = FleetBoard(model: try ModelName("http-anomaly"))
        for record in records { board.hear(.old(record), heardAtMs: nowMs) }
        for slot in stopped {
            board.hear(HeardStatus(slot: slot, record: nil, isOld: true), heardAtMs: nowMs)
        }
        board.reachEnd(atMs: nowMs - listenedMs)
        return board
    }
}

extension HeardStatus {
    /// A record that stood on the topic before the watcher came.
    package static func old(_ record: StatusRecord, appendedAtMs: Int64? = nil) -> HeardStatus {
        HeardStatus(
            slot: SlotID(group: record.group, slot: record.slot), record: record, isOld: true,
            appendedAtMs: appendedAtMs)
    }

    /// A record that came while the watcher watched.
    package static func fresh(_ record: StatusRecord) -> HeardStatus {
        HeardStatus(
            slot: SlotID(group: record.group, slot: record.slot), record: record, isOld: false)
    }
}

extension StatusRecord {
    package func rejecting(_ epoch: Int64) -> StatusRecord {
        var record = self
        record.rejected = Rejected(epoch: epoch, reason: "digest mismatch")
        return record
    }

    /// As a process's last word has it.
    package func failing(_ reason: String) -> StatusRecord {
        var record = self
        record.phase = .stopping
        record.ended = Ended(kind: "dead_letter_bound", reason: reason)
        return record
    }

    package func retrying(_ reason: String) -> StatusRecord {
        var record = self
        record.retrying = reason
        return record
    }
}
