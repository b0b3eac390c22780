package import Lifecycle
import Platform

/// What the poll thread tells and the control thread reports.
///
/// A lock a batch, none a record.
package final class StatusBoard: Sendable {
    package struct Board: Sendable {
        package var phase = StatusRecord.Phase.starting
        package var partitions: [Int32] = []
        /// The group's generation that gave them, or took those before away.
        package var generation: Int32?
        package var records: Int64 = 0
        package var deadLetters: Int64 = 0
        /// Records older than `limits.max_age`, which have neither a prediction nor a dead letter.
        package var passedOver: Int64 = 0
        /// Why the worker holds at the bound of dead letters; nil where it does not.
        package var held: String?
        package var byVersion: [Int: Int64] = [:]
        package var ledger = ServingLedger()
        package var assignments: Int64 = 0
        /// By reason; as told once a second.
        package var deadLettersByReason: [String: Int64] = [:]
        /// Lines that are not of their log's format; as told once a second.
        package var malformed: Int64 = 0
        /// Of Avro; as told once a second.
        package var schemas = SchemaFigures()
        /// Why records have waited for a schema for long; nil where none have.
        package var waiting: String?
        /// As told once a second; nil before the first time.
        package var timings: DeliveryTimings?
        package var lag = StreamLag()
        package var lastRecordAtMs: Int64?
        /// The longest gap between the starts of two polls, since the last snapshot and in all.
        package var pollGapNs: UInt64 = 0
        package var pollGapMaxNs: UInt64 = 0
    }

    private let board = Guarded(Board())

    package init() {}

    package func update(_ body: (inout Board) -> Void) { board.withLock { body(&$0) } }

    /// A copy for the next snapshot; the gap since the last one starts again.
    ///
    /// It shares no storage with the board, so that the poll thread's next update copies nothing.
    package func report() -> Board {
        board.withLock { board in
            defer { board.pollGapNs = 0 }
            return Self.unshared(board)
        }
    }

    private static func unshared(_ board: Board) -> Board {
        var copy = board
        copy.partitions = board.partitions.map { $0 }
        copy.byVersion = Dictionary(uniqueKeysWithValues: board.byVersion.map { ($0, $1) })
        copy.ledger = board.ledger.unshared
        return copy
    }
}
