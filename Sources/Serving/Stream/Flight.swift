import Kafka
import Lifecycle

/// What was polled at once, from its poll until its outcomes are handed over: the records, what of
/// them was staged, and when.
///
/// Poll thread only. A worker has two: one is polled into while the other is scored.
final class Flight {
    let polled: RecordBatch
    var router: RecordRouter
    /// When its poll began, in monotonic nanoseconds.
    private(set) var polledAt: UInt64 = 0

    /// - Parameter polled: empty, and for this flight alone.
    init(_ polled: RecordBatch, maxAgeMs: Int64?) {
        self.polled = polled
        router = RecordRouter(capacity: polled.capacity, maxAgeMs: maxAgeMs)
    }

    /// Records that owe a delivery or are passed over: what a transaction is begun for.
    var takenCount: Int { router.takenCount }

    /// Stages a part of what was polled, to be scored by `set`.
    ///
    /// - Parameter admissions: of Avro, by place in the poll.
    func stage(
        _ places: Range<Int>, for set: ServingSet, admissions: [SchemaAdmission]?,
        in session: GroupSession
    ) {
        polledAt = session.gap.beganAt
        router.stage(polled, places, for: set, admissions: admissions, &session.tracker)
    }
}

/// The flight that is scored while the poll thread does other things: who has it.
///
/// Whoever is about to wait for what is out has it handed over first, since nothing of it is out
/// before. Poll thread only.
package struct FlightHolder {
    /// How many records are staged and not handed over.
    package let recordsAtWork: () -> Int
    /// Finishes it and hands it over; what fails is told by the turn at hand.
    package let land: () -> Void
    /// Finishes it and hands nothing over: none of its offsets is ever done.
    package let drop: () -> Void

    package init(
        recordsAtWork: @escaping () -> Int, land: @escaping () -> Void,
        drop: @escaping () -> Void
    ) {
        self.recordsAtWork = recordsAtWork
        self.land = land
        self.drop = drop
    }

    /// Nobody scores beside the poll thread.
    package static var none: FlightHolder { FlightHolder(recordsAtWork: { 0 }, land: {}, drop: {}) }
}
