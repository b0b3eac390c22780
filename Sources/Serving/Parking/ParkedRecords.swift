import Kafka
import Lifecycle
import Platform
import SchemaRegistry

/// The poll thread's part in records of Avro that wait for their schema: between the intake, the
/// session's parking lot, and whoever scores.
///
/// Poll thread only.
package final class ParkedRecords {
    /// What came out of the lot last: scored as what was polled.
    let released: RecordBatch
    private let intake: SchemaIntake<SchemaTable>
    private let shared: WorkerShared
    private var teller = ParkingTeller()

    /// - Parameters:
    ///   - schemas: filled by another thread.
    ///   - capacity: records of a batch at most.
    init(
        _ configuration: WorkerConfiguration, _ shared: WorkerShared, _ schemas: SchemaTable,
        capacity: Int
    ) {
        self.shared = shared
        released = RecordBatch(capacity: capacity)
        intake = SchemaIntake(
            source: schemas, capacity: capacity, recordBytes: Limits.recordBytes,
            maxAgeMs: configuration.maxAgeMs)
    }

    /// Of the batch that was admitted or released last, by place.
    var admissions: [SchemaAdmission] { intake.admissions }

    /// Decides for each record of a poll, and parks what has to wait.
    func admit(_ polled: RecordBatch, _ session: GroupSession) {
        intake.admit(polled, into: &session.lot, session.tracker, at: MonotonicClock.now)
    }

    /// Whether the session's lot is to be looked at before the next poll.
    func isDue(_ session: GroupSession) -> Bool {
        !session.lot.isEmpty && intake.isDue(at: MonotonicClock.now)
    }

    /// Fills `released` with what waits no longer; false where there is nothing.
    ///
    /// Waits for room as a poll does.
    func release(_ session: GroupSession) -> Bool {
        intake.release(
            session.roomForParked(), of: &session.lot, into: released, at: MonotonicClock.now)
    }

    /// Tells metrics, readiness and the log; once a second, since it allocates.
    ///
    /// - Parameter now: monotonic nanoseconds.
    func tell(_ session: GroupSession, at now: UInt64) {
        let telling = teller.tell(of: session.lot, at: now) { intake.words(of: $0) }
        if let line = telling.line {
            if session.lot.isEmpty { shared.log.info(line) } else { shared.log.warning(line) }
        }
        let (count, bytes) = (Int64(session.lot.count), Int64(session.lot.bytes))
        let figures = intake.figures
        shared.board.update { board in
            board.waiting = telling.obstacle
            board.schemas.parkedRecords = count
            board.schemas.parkedBytes = bytes
            board.schemas.known = Int64(figures.known)
            board.schemas.faults = Int64(figures.faults)
        }
    }
}
