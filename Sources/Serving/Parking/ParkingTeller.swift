/// What is told of records that wait for a schema: for readiness, and a line for the log now and
/// then.
///
/// A value of the poll thread's, asked once a second. Times are monotonic nanoseconds.
package struct ParkingTeller {
    package struct Telling: Equatable {
        /// Why the worker is not ready; nil where nothing has waited for long.
        package var obstacle: String?
        /// A line for the log.
        package var line: String?

        package init(obstacle: String? = nil, line: String? = nil) {
            self.obstacle = obstacle
            self.line = line
        }
    }

    /// Since when the records have waited of which a line told.
    private var toldSince: UInt64?
    private var toldAt: UInt64 = 0

    package init() {}

    /// - Parameter words: what a record waits for, and why.
    package mutating func tell(
        of lot: borrowing ParkingLot, at now: UInt64, words: (ParkingLot.Oldest) -> String
    ) -> Telling {
        guard let oldest = lot.oldest else {
            defer { toldSince = nil }
            return Telling(
                line: toldSince.map {
                    "no record waits for its schema any more, after \(Self.seconds($0, now)) s"
                })
        }
        let age = now &- min(now, oldest.since)
        guard age >= Self.tellingNs else { return Telling() }
        let full = lot.isFull ? "; schema_registry.parked_bytes is reached, no more is polled" : ""
        let telling =
            (lot.count == 1
                ? "1 record waits for its schema" : "\(lot.count) records wait for their schema")
            + ", for \(Self.seconds(oldest.since, now)) s, "
            + "the first of them at partition \(oldest.partition), offset \(oldest.offset): "
            + words(oldest) + full
        var told = Telling()
        if age >= Self.readyNs { told.obstacle = telling }
        if toldSince == nil || now &- toldAt >= Self.againNs {
            told.line = telling
            toldAt = now
            toldSince = toldSince ?? oldest.since
        }
        return told
    }

    private static func seconds(_ since: UInt64, _ now: UInt64) -> UInt64 {
        (now &- min(now, since)) / 1_000_000_000
    }

    /// A schema that only has to be fetched is here before.
    private static let tellingNs: UInt64 = 3_000_000_000
    private static let readyNs: UInt64 = 10_000_000_000
    private static let againNs: UInt64 = 60_000_000_000
}
