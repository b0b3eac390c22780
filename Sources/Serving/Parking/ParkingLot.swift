package import Inputs
package import Kafka
package import SchemaRegistry

/// A record that waits, and what for.
package struct ParkedRecord {
    package let record: KeptRecord
    package let need: SchemaNeed
    /// Monotonic nanoseconds.
    package let since: UInt64

    package init(record: KeptRecord, need: SchemaNeed, since: UInt64) {
        self.record = record
        self.need = need
        self.since = since
    }
}

/// What has to be there before a record can be scored or refused.
package enum SchemaNeed: Sendable, Equatable {
    /// A schema; the body begins at that byte of the value.
    case schema(SchemaIdentity, bodyStart: Int)
    /// Nothing: it is refused, whatever comes.
    case refusal(RejectReason)
}

/// Records that wait for a schema that is not there yet, by partition and in order.
///
/// ```
///              its schema is not here,
///              or one of its partition waits         the first ones need nothing more
///  polled ───────────────────────────────► parked ──────────────────────────────────► released
///                                            │ the partition goes
///                                            └──────────────────► dropped
/// ```
///
/// A value of the poll thread's, without I/O: a record of a partition in which one waits is parked
/// behind it, whatever its own schema, and the first of a partition keeps all behind it. Nothing
/// that is parked was accepted by the delivery tracker, so no offset of it is done. Bounded in
/// bytes by whoever fills it: `room` says how many records may be polled.
package struct ParkingLot {
    /// A record that waits for nothing any more; whoever found its schema keeps that.
    package struct Release {
        package let record: KeptRecord
        package let admission: SchemaAdmission
    }

    /// The record that has waited longest.
    package struct Oldest: Sendable, Equatable {
        /// Nil for one that waits behind others alone.
        package let identity: SchemaIdentity?
        package let partition: Int32
        package let offset: Int64
        /// Monotonic nanoseconds.
        package let since: UInt64

        package init(
            identity: SchemaIdentity?, partition: Int32, offset: Int64, since: UInt64
        ) {
            self.identity = identity
            self.partition = partition
            self.offset = offset
            self.since = since
        }
    }

    /// The records of one partition; the first `taken` have left.
    private struct Lane {
        var records: [ParkedRecord?] = []
        var taken = 0

        var isEmpty: Bool { taken == records.count }
        var first: ParkedRecord? { isEmpty ? nil : records[taken] }

        mutating func takeFirst() {
            records[taken] = nil
            taken += 1
            if isEmpty {
                records.removeAll(keepingCapacity: false)
                taken = 0
            } else if taken >= Lane.tidyAt, taken * 2 >= records.count {
                records.removeFirst(taken)
                taken = 0
            }
        }

        /// Looks for what the next ones wait for, so that one after another is not asked for.
        func ask(_ find: (SchemaIdentity) -> SchemaAnswer<AvroSchema>) {
            for record in records[taken...].dropFirst().prefix(Lane.askedAhead) {
                guard case .schema(let identity, _) = record?.need else { continue }
                _ = find(identity)
            }
        }

        private static let askedAhead = 100
        private static let tidyAt = 1_024
    }

    package private(set) var count = 0
    package private(set) var bytes = 0
    /// Whether polls are to bring no records, until enough have left.
    package private(set) var isFull = false
    private let bytesMax: Int
    private var lanes: [Lane] = []
    /// The partitions that have any, in the order in which they got their first.
    private var waiting: [Int32] = []
    /// Of the records that were seen lately, in bytes: what the next ones may have.
    private var largest = 0

    /// - Parameter bytesMax: beyond which nothing more is polled; one record is always taken.
    package init(bytesMax: Int) { self.bytesMax = max(1, bytesMax) }

    package var isEmpty: Bool { count == 0 }

    /// Whether a record of the partition has to wait behind others.
    package func holds(_ partition: Int32) -> Bool {
        lanes.indices.contains(Int(partition)) && !lanes[Int(partition)].isEmpty
    }

    /// Whether a record was parked before.
    package func has(partition: Int32, offset: Int64) -> Bool {
        guard holds(partition), let last = lanes[Int(partition)].records.last else { return false }
        return last.map { offset <= $0.record.offset } ?? false
    }

    /// How many records the next poll may bring, where all of them are parked and none is larger
    /// than those that were seen lately; at least one, but where the bound is reached.
    package var room: Int {
        if isFull { return 0 }
        return max(1, (bytesMax - bytes) / (largest > 0 ? largest : Self.largestAssumed))
    }

    /// A record of that size was polled, whatever becomes of it.
    ///
    /// What was seen a thousand records ago counts a third, so that one large record is forgotten.
    package mutating func saw(bytes: Int) { largest = max(1, bytes, largest - (largest >> 10)) }

    /// Takes a record, behind those of its partition.
    package mutating func park(_ parked: ParkedRecord) {
        let partition = parked.record.partition
        precondition(partition >= 0, "a record of no partition")
        while lanes.count <= Int(partition) { lanes.append(Lane()) }
        if lanes[Int(partition)].isEmpty { waiting.append(partition) }
        lanes[Int(partition)].records.append(parked)
        count += 1
        bytes += parked.record.bytes
        largest = max(largest, parked.record.bytes)
        if bytes >= bytesMax { isFull = true }
    }

    /// Takes out what waits for nothing any more: of each partition the first ones, up to one that
    /// waits still.
    ///
    /// The partitions take turns: one that has much does not keep the others waiting.
    ///
    /// - Parameters:
    ///   - limit: of records, in all.
    ///   - find: what is known of a schema now.
    /// - Returns: whether the limit ended it: more may be ready.
    package mutating func release(
        limit: Int, into released: inout [Release],
        find: (SchemaIdentity) -> SchemaAnswer<AvroSchema>
    ) -> Bool {
        defer { if isFull, bytes <= bytesMax / 2 { isFull = false } }
        var left = limit
        // Each partition once; the order changes on the way.
        for _ in 0..<waiting.count {
            guard left > 0 else { return true }
            let partition = waiting.removeFirst()
            while left > 0, let first = lanes[Int(partition)].first {
                guard let admission = Self.admission(of: first.need, find) else {
                    lanes[Int(partition)].ask(find)
                    break
                }
                lanes[Int(partition)].takeFirst()
                count -= 1
                bytes -= first.record.bytes
                left -= 1
                released.append(Release(record: first.record, admission: admission))
            }
            if !lanes[Int(partition)].isEmpty { waiting.append(partition) }
        }
        return left == 0 && !isEmpty
    }

    private static func admission(
        of need: SchemaNeed, _ find: (SchemaIdentity) -> SchemaAnswer<AvroSchema>
    ) -> SchemaAdmission? {
        switch need {
        case .refusal(let reason): .refused(reason)
        case .schema(let identity, let bodyStart):
            switch find(identity) {
            case .known(let schema): .body(SchemaHandle(schema), start: bodyStart)
            case .refused(let refusal, _): .refused(refusal.reason(identity))
            case .absent: nil
            }
        }
    }

    /// Before the first record.
    private static let largestAssumed = 16_384

    /// Drops all: the partitions have gone, and whoever has them next reads it again.
    package mutating func clear() {
        for partition in waiting { lanes[Int(partition)] = Lane() }
        waiting.removeAll(keepingCapacity: true)
        count = 0
        bytes = 0
        isFull = false
    }

    /// Nil where nothing waits.
    ///
    /// Looks at the first record of each partition.
    package var oldest: Oldest? {
        waiting.compactMap { lanes[Int($0)].first }.min { $0.since < $1.since }.map { first in
            var identity: SchemaIdentity?
            if case .schema(let wanted, _) = first.need { identity = wanted }
            return Oldest(
                identity: identity, partition: first.record.partition,
                offset: first.record.offset, since: first.since)
        }
    }
}
