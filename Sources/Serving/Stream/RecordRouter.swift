package import Kafka
package import Lifecycle
import Platform

/// A record that is this worker's to score, and who scores it.
package struct StagedRecord {
    package enum Route: Sendable, Equatable {
        /// The stable version.
        case stable
        /// The candidate decides; the stable version scores it too, to be compared.
        case canary
        /// The stable version decides; the candidate scores it too, if time is left.
        case shadow
    }

    /// Valid until the polled batch is released.
    package let view: RecordView
    /// In the polled batch.
    package let index: Int
    package let route: Route
    /// By its key; of a record that the candidate scores too.
    package let cell: RecordCell
    /// Of Avro alone: where its body is and what it is made of, or why it has none.
    package let admission: SchemaAdmission?

    package init(
        view: RecordView, index: Int, route: Route, cell: RecordCell = .none,
        admission: SchemaAdmission? = nil
    ) {
        self.view = view
        self.index = index
        self.route = route
        self.cell = cell
        self.admission = admission
    }
}

/// Takes out of a poll what is this worker's to score, and stages it for a scorer: whose a record
/// is follows from the assignment, who scores it from its key.
///
/// A value of the poll thread's. Reads no byte of a record's value, and allocates nothing once it
/// has grown to a whole batch.
package struct RecordRouter: ~Copyable {
    /// The records of the batch staged last, in the order of the poll.
    package private(set) var staged: [StagedRecord] = []
    /// Where the batch staged last holds no records but faults, by place.
    package private(set) var faults: [Int] = []
    /// The tag of that batch in the delivery tracker.
    package private(set) var tag: UInt = 0

    /// How many records of that batch were passed over, since they were too old.
    package private(set) var passedOver: Int64 = 0
    /// How many records of that batch have their offsets done with it: a transaction has to be
    /// begun for them, also where none is scored.
    package var takenCount: Int { staged.count + Int(passedOver) }
    private let maxAgeMs: Int64?
    private let nowMs: () -> Int64

    /// - Parameters:
    ///   - capacity: records of a poll at most.
    ///   - maxAgeMs: records older than that are passed over; nil passes over none.
    ///   - nowMs: the time, since 1970; of a clock that a correction of the host's does not move,
    ///     or all records would be passed over from then on.
    package init(
        capacity: Int, maxAgeMs: Int64? = nil,
        nowMs: @escaping () -> Int64 = { [clock = SteadyClock()] in clock.nowMs }
    ) {
        self.maxAgeMs = maxAgeMs
        self.nowMs = nowMs
        staged.reserveCapacity(capacity)
    }

    /// Opens a batch in the tracker, in which each staged record owes one delivery, and stages what
    /// was polled, to be scored by `set`.
    ///
    /// Whoever hands all outcomes over closes the batch; one that stays open is never done.
    ///
    /// - Parameters:
    ///   - places: a part of the poll, which no part before it has touched; nil is all of it.
    ///   - admissions: of Avro, by place in the poll; what is parked is left out here.
    package mutating func stage(
        _ polled: RecordBatch, _ places: Range<Int>? = nil, for set: ServingSet,
        admissions: [SchemaAdmission]? = nil, _ tracker: inout DeliveryTracker
    ) {
        begin(&tracker)
        let oldestMs = maxAgeMs.map { nowMs() - $0 }
        for index in places ?? 0..<polled.count {
            if let view = polled.record(at: index) {
                let admission = admissions?[index]
                if case .parked = admission { continue }
                if case .tooOld = admission {
                    passOver(view, &tracker)
                } else if let oldestMs, let writtenMs = polled.timestampMs(at: index),
                    writtenMs < oldestMs
                {
                    passOver(view, &tracker)
                } else {
                    stage(view, at: index, for: set, &tracker, admission: admission)
                }
            } else {
                faults.append(index)
            }
        }
    }

    /// Forgets the batch before and opens the next one.
    package mutating func begin(_ tracker: inout DeliveryTracker) {
        staged.removeAll(keepingCapacity: true)
        faults.removeAll(keepingCapacity: true)
        passedOver = 0
        tag = tracker.open()
    }

    /// Takes a record, which owes nothing: its offset is done with the batch.
    package mutating func passOver(_ view: RecordView, _ tracker: inout DeliveryTracker) {
        guard tracker.accept(partition: view.partition, offset: view.offset) else { return }
        passedOver += 1
        tracker.delivered(Delivery(tag: tag, count: 1, failure: nil))
    }

    /// Stages one record, unless its partition is not ours or it was taken before.
    @inline(__always)
    package mutating func stage(
        _ view: RecordView, at index: Int, for set: ServingSet,
        _ tracker: inout DeliveryTracker, admission: SchemaAdmission? = nil
    ) {
        guard tracker.accept(partition: view.partition, offset: view.offset) else { return }
        set.progress.scored(partition: view.partition, offset: view.offset)
        let (route, cell) = Self.route(of: view, for: set)
        staged.append(
            StagedRecord(
                view: view, index: index, route: route, cell: cell, admission: admission))
    }

    /// Who scores a record, by its key, or by its place where it has none; and its cell, by the
    /// same hash.
    @inline(__always)
    package static func route(
        of view: RecordView, for set: ServingSet
    ) -> (StagedRecord.Route, RecordCell) {
        let share = set.canaryShare + set.shadowShare
        guard share > 0 else { return (.stable, .none) }
        let hash = unsafe RecordHash(
            key: view.key, partition: view.partition, offset: view.offset,
            salt: set.deployment.salt)
        guard hash.bucket < share else { return (.stable, .none) }
        return (set.canaryForm == nil ? .shadow : .canary, hash.cell)
    }
}
