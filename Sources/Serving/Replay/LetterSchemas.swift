import Kafka
import Lifecycle
import Platform
import SchemaRegistry

/// The schemas of dead letters of Avro: a replay waits for each, and ends where one does not come.
///
/// One thread, blocking.
final class LetterSchemas {
    private let table: SchemaTable
    private let intake: SchemaIntake<SchemaTable>
    private let patienceMs: Int

    /// - Parameters:
    ///   - table: filled by another thread.
    ///   - capacity: records of a batch at most.
    ///   - patienceMs: how long a registry may take for one schema.
    init(table: SchemaTable, capacity: Int, patienceMs: Int = 30_000) {
        self.table = table
        self.patienceMs = patienceMs
        intake = SchemaIntake(
            source: table, capacity: capacity, recordBytes: Limits.recordBytes)
    }

    /// Before the first record of a batch.
    func begin() { intake.begin() }

    /// - Throws: `.unavailable` where no registry says anything of the schema in time.
    func admission(
        of batch: RecordBatch, at index: Int
    ) throws(SwerveError) -> SchemaAdmission {
        let deadline = Deadline(afterMs: patienceMs)
        while true {
            if let admission = intake.admission(of: batch, at: index) { return admission }
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .unavailable, act: "waiting for the schema of a dead letter",
                    reason: intake.words(of: batch, at: index),
                    remedy: "try again once the schema registry answers: it goes on behind what "
                        + "is committed")
            }
            _ = try Poll.waitForAny([], timeoutMs: Self.lookMs)
        }
    }

    private static let lookMs = 20
}
