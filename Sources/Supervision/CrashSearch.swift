package import Lifecycle
package import Platform

/// Finds the record that ends the workers which score it: a value that is told what a worker had at
/// hand when it died, and says what the next ones are to do.
///
/// ```
///  first death ──► remembered ── second, with some of the same records ──► they are scored singly
///                                                                                  │
///      never scored any more ◄── third, while one of them was scored by itself ────┘
/// ```
///
/// - Records are known by their place in the input topic, whichever slot had them: after a
///   rebalance a record ends the workers of another slot. A worker is told at its start alone, so
///   each that took such a record over before dies of it once.
/// - A worker that was killed from outside may have had anybody's record at hand. So a signal that
///   somebody sends (SIGKILL is the kernel's too, where memory is short) counts towards singling
///   out, and condemns a record only when it comes a second time over that one.
/// - All is forgotten some time after the last death: what was put away is committed by then, and
///   in a topic that was made anew other records have these offsets.
package struct CrashSearch: Sendable {
    package enum Finding: Sendable, Equatable, CustomStringConvertible {
        /// These records may be the cause, or have nothing to do with it.
        case first([OffsetRange])
        /// A second death over these: the next worker scores them singly.
        case suspects([OffsetRange])
        /// It was scored by itself, and the worker was killed; once more, and it is the cause.
        case doubtful(RecordPlace)
        /// It was scored by itself, and the worker died: it is not scored any more.
        case killer(RecordPlace)

        /// For people.
        package var description: String {
            switch self {
            case .first(let ranges):
                "the worker died with these records at hand, partition and offsets: "
                    + Self.named(ranges)
            case .suspects(let ranges):
                "two workers died with these records at hand, partition and offsets: "
                    + "\(Self.named(ranges)); the next one scores each of them by itself"
            case .doubtful(let place):
                "the worker was killed while it scored the record \(place) by itself; where that "
                    + "happens again, the record is taken for the cause"
            case .killer(let place):
                "workers die of the record \(place): it is not scored any more, but a dead letter "
                    + "with the reason \(DeadLetterCode.crashedWorker.rawValue)"
            }
        }

        private static func named(_ ranges: [OffsetRange]) -> String {
            let names = ranges.prefix(rangesNamed).map(\.description).joined(separator: ", ")
            let rest = ranges.count - rangesNamed
            return rest > 0 ? "\(names) and in \(rest) more partitions" : names
        }

        private static let rangesNamed = 10
    }

    /// What workers had at hand when they died, oldest first.
    private var deaths: [[OffsetRange]] = []
    private var doubtful: [RecordPlace] = []
    private var found = SuspectRecords()
    private var lastDeathMs: Int64 = 0

    package init() {}

    /// A worker died by `status` and had `batch` at hand.
    ///
    /// - Parameter nowMs: of a clock that only goes forward.
    package mutating func died(
        by status: ExitStatus, over batch: WorkerJournal.Batch, nowMs: Int64
    ) -> Finding {
        forgetWhatIsOld(nowMs)
        lastDeathMs = nowMs
        if batch.isSingle, let range = batch.ranges.first {
            return died(
                by: status, over: RecordPlace(partition: range.partition, offset: range.first))
        }
        var shared: [OffsetRange] = []
        for before in deaths.joined() {
            for range in batch.ranges.compactMap(before.intersection)
            where !shared.contains(range) {
                shared.append(range)
            }
        }
        Self.add(batch.ranges, to: &deaths, max: Self.deathsMax)
        guard !shared.isEmpty else { return .first(batch.ranges) }
        for range in shared where !found.ranges.contains(range) {
            Self.add(range, to: &found.ranges, max: Self.suspectsMax)
        }
        return .suspects(shared)
    }

    private mutating func died(by status: ExitStatus, over place: RecordPlace) -> Finding {
        guard status.isOwnFault || doubtful.contains(place) else {
            Self.add(place, to: &doubtful, max: Self.suspectsMax)
            return .doubtful(place)
        }
        doubtful.removeAll { $0 == place }
        Self.add(place, to: &found.killers, max: Self.suspectsMax)
        return .killer(place)
    }

    /// What the next worker, of any slot, is to be told; nil for nothing.
    package mutating func suspects(nowMs: Int64) -> SuspectRecords? {
        forgetWhatIsOld(nowMs)
        return found.isEmpty ? nil : found
    }

    private mutating func forgetWhatIsOld(_ nowMs: Int64) {
        if nowMs - lastDeathMs >= Self.memoryMs { self = CrashSearch() }
    }

    /// Of too many, the newest stay.
    private static func add<Value>(_ value: Value, to values: inout [Value], max: Int) {
        values.append(value)
        if values.count > max { values.removeFirst(values.count - max) }
    }

    package static let memoryMs: Int64 = 600_000
    package static let deathsMax = 64
    /// Ranges, and records: as many as a poll has, and a worker's document has room for both.
    package static let suspectsMax = 1_000
}
