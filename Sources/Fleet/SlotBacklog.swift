package import Lifecycle

/// How far a slot is behind its partitions, by its own last word.
package struct SlotBacklog: Sendable, Equatable {
    /// Records.
    package let lag: Int64
    /// Records a second; 0 where it took none.
    package let rate: Double

    /// Nil where the slot does not say.
    package init?(_ record: StatusRecord) {
        guard let lag = record.lag, lag >= 0 else { return nil }
        self.lag = lag
        let told = record.recordsPerSecond ?? 0
        rate = told.isFinite ? max(0, told) : 0
    }

    /// Seconds to work it off at the present rate, if nothing more came; nil where it takes none.
    package var seconds: Double? { rate > 0 ? Double(lag) / rate : nil }

    /// Whether it is more than what a batch or a pause of a moment leaves.
    package var isBehind: Bool {
        lag > Self.smallRecords && (seconds.map { $0 > Self.shortSeconds } ?? true)
    }

    static let smallRecords: Int64 = 1_000
    static let shortSeconds = 30.0
}

extension FleetSlot {
    /// Nil where it is not live, or does not say.
    package var backlog: SlotBacklog? { isLive ? SlotBacklog(record) : nil }

    package var isBehind: Bool { backlog?.isBehind ?? false }

    /// How old the newest record was when the slot spoke last, by the slot's clock, in
    /// milliseconds; nil before the first record.
    package var lastRecordAgeMs: Int64? {
        record.lastRecordAtMs.map { writtenAt in
            let (age, overflow) = record.sentAtMs.subtractingReportingOverflow(writtenAt)
            return overflow ? 0 : max(0, age)
        }
    }
}

extension FleetReport {
    /// The slots that are behind, and their records in all.
    package var backlog: (slots: Int, lag: Int64) {
        let behind = groups.flatMap(\.slots).filter(\.isBehind)
        return (behind.count, behind.compactMap { $0.backlog?.lag }.reduce(0, StatusCount.sum))
    }

    /// The lag of all live slots that say it; nil where none does.
    package var lag: Int64? {
        let lags = groups.flatMap(\.slots).compactMap { $0.backlog?.lag }
        return lags.isEmpty ? nil : lags.reduce(0, StatusCount.sum)
    }
}
