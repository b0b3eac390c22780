import Inputs
package import Kafka
import Platform
package import SchemaRegistry

/// Decides for polled records of Avro which are staged and which have to wait for their schema, and
/// takes out of the parking lot what waits no longer.
///
/// Poll thread only. Reads of a record its first bytes and one header. Allocates nothing for a
/// record whose schema is there.
package final class SchemaIntake<Source: SchemaSource> {
    /// What becomes of the records admitted last, by place in their batch; faults among them have
    /// a place too, which says nothing.
    package private(set) var admissions: [SchemaAdmission] = []
    /// What the lot gave back, on its way into a batch.
    private var released: [KeptRecord] = []
    private let source: Source
    private let recordBytes: Int
    private let maxAgeMs: Int64?
    private let nowMs: () -> Int64
    /// The schema of the record before: most records have the same.
    private var last: (identity: SchemaIdentity, schema: AvroSchema)?
    /// The schemas of the last batches: staged records point to them.
    private var used: [[AvroSchema]]
    private var turn = 0
    private var releases: [ParkingLot.Release] = []
    /// The source's version when the lot was looked at last, and when that was.
    private var lookedAt: (version: UInt64, ns: UInt64)?
    private var mayHaveMore = false
    private let owner = ThreadOwner()

    /// - Parameters:
    ///   - capacity: records of a batch at most.
    ///   - recordBytes: the longest record that is looked at.
    ///   - maxAgeMs: as the router has it: what it passes over waits for no schema.
    package init(
        source: Source, capacity: Int, recordBytes: Int, maxAgeMs: Int64? = nil,
        nowMs: @escaping () -> Int64 = { [clock = SteadyClock()] in clock.nowMs }
    ) {
        self.source = source
        self.recordBytes = recordBytes
        self.maxAgeMs = maxAgeMs
        self.nowMs = nowMs
        used = Array(repeating: [], count: Self.batchesKept)
        admissions.reserveCapacity(capacity)
        released.reserveCapacity(capacity)
        releases.reserveCapacity(capacity)
    }

    // MARK: - What was polled

    /// Decides for each record of a poll, and parks what has to wait.
    ///
    /// A record that is not this worker's to score is neither parked nor looked at: the router
    /// leaves it out.
    ///
    /// - Parameter now: monotonic nanoseconds.
    package func admit(
        _ polled: RecordBatch, into lot: inout ParkingLot, _ tracker: borrowing DeliveryTracker,
        at now: UInt64
    ) {
        owner.assertCurrent()
        begin()
        let oldestMs = maxAgeMs.map { nowMs() - $0 }
        for index in 0..<polled.count {
            guard let view = polled.record(at: index),
                tracker.isExpected(partition: view.partition, offset: view.offset)
            else {
                admissions.append(.refused(.nullPayload))
                continue
            }
            lot.saw(bytes: unsafe view.value?.count ?? 0)
            let mustWait = !lot.isEmpty && lot.holds(view.partition)
            guard !mustWait || !lot.has(partition: view.partition, offset: view.offset) else {
                admissions.append(.parked)
                continue
            }
            if !mustWait, let oldestMs, let writtenMs = polled.timestampMs(at: index),
                writtenMs < oldestMs
            {
                // The router has a clock of its own, and does not ask it again.
                admissions.append(.tooOld)
                continue
            }
            let need = need(of: view, polled, index)
            if let admission = admission(of: need), !mustWait {
                admissions.append(admission)
            } else if let record = polled.keep(at: index) {
                lot.park(ParkedRecord(record: record, need: need, since: now))
                admissions.append(.parked)
            }
        }
    }

    /// What becomes of one record by itself, of a batch that `begin` was called for; nil where its
    /// schema is absent, and asked for from now on.
    package func admission(of batch: RecordBatch, at index: Int) -> SchemaAdmission? {
        owner.assertCurrent()
        guard let view = batch.record(at: index) else { return .refused(.nullPayload) }
        return admission(of: need(of: view, batch, index))
    }

    /// For people: what the record at `index` waits for, and why.
    package func words(of batch: RecordBatch, at index: Int) -> String {
        guard let view = batch.record(at: index),
            case .schema(let identity, _) = need(of: view, batch, index)
        else { return "" }
        return words(of: identity)
    }

    private func need(of view: RecordView, _ polled: RecordBatch, _ index: Int) -> SchemaNeed {
        let header = unsafe polled.lastHeader(AvroFrame.schemaHeaderName, at: index)
        switch unsafe AvroFrame.read(
            view.value, schemaHeader: header, recordBytes: recordBytes)
        {
        case .success(let frame): return .schema(frame.schema, bodyStart: frame.bodyStart)
        case .failure(let reason): return .refusal(reason)
        }
    }

    /// Nil where the schema is absent, which is asked for from now on.
    private func admission(of need: SchemaNeed) -> SchemaAdmission? {
        switch need {
        case .refusal(let reason): return .refused(reason)
        case .schema(let identity, let bodyStart):
            switch find(identity) {
            case .known(let schema): return .body(SchemaHandle(schema), start: bodyStart)
            case .refused(let refusal, _): return .refused(refusal.reason(identity))
            case .absent: return nil
            }
        }
    }

    private func find(_ identity: SchemaIdentity) -> SchemaAnswer<AvroSchema> {
        if let last, last.identity == identity { return .known(last.schema) }
        let answer = source.find(identity)
        if case .known(let schema) = answer {
            last = (identity, schema)
            used[turn].append(schema)
        }
        return answer
    }

    // MARK: - What was parked

    /// Whether the lot is to be looked at: where an answer has come since the last time, and once a
    /// second, so that what is waited for stays asked for.
    ///
    /// - Parameter now: monotonic nanoseconds.
    package func isDue(at now: UInt64) -> Bool {
        guard !mayHaveMore, let lookedAt else { return true }
        return lookedAt.version != source.version || now &- lookedAt.ns >= Self.lookEveryNs
    }

    /// Takes out of the lot what waits no longer, into `batch`, with its `admissions`.
    ///
    /// - Parameter limit: of records; where it is 0, nothing was looked at.
    /// - Returns: whether there is anything.
    package func release(
        _ limit: Int, of lot: inout ParkingLot, into batch: RecordBatch, at now: UInt64
    ) -> Bool {
        owner.assertCurrent()
        guard limit > 0 else { return false }
        begin()
        lookedAt = (source.version, now)
        mayHaveMore = lot.release(
            limit: min(limit, batch.capacity), into: &releases, find: { find($0) })
        guard !releases.isEmpty else { return false }
        for release in releases {
            admissions.append(release.admission)
            released.append(release.record)
        }
        releases.removeAll(keepingCapacity: true)
        batch.take(released)
        released.removeAll(keepingCapacity: true)
        return true
    }

    /// Schemas at hand, and calls to a registry that came to no answer.
    package var figures: (known: Int, wanted: Int, faults: Int) { source.figures }

    /// For people: what the record that has waited longest waits for, and why.
    package func words(of oldest: ParkingLot.Oldest) -> String {
        oldest.identity.map { words(of: $0) } ?? "a schema"
    }

    private func words(of identity: SchemaIdentity) -> String {
        source.why(identity) ?? "schema \(identity.words) is not here yet"
    }

    /// Another batch begins.
    package func begin() {
        admissions.removeAll(keepingCapacity: true)
        turn = (turn + 1) % used.count
        used[turn].removeAll(keepingCapacity: true)
        // It may be used by this batch without being looked for.
        if let last { used[turn].append(last.schema) }
    }

    /// Of the batch at hand, those whose records are scored or handed over meanwhile, and one more.
    private static var batchesKept: Int { 4 }
    private static var lookEveryNs: UInt64 { 1_000_000_000 }
}
