/// Records a second, over the last second or more: a value that is told a count and the time.
struct RecordRate {
    /// Nil before the first second.
    private(set) var perSecond: Double?
    private var from: (records: Int64, at: UInt64)?

    /// - Parameters:
    ///   - records: since the start.
    ///   - now: monotonic nanoseconds.
    mutating func note(_ records: Int64, at now: UInt64) {
        guard let from else { return self.from = (records, now) }
        let passed = now &- from.at
        guard passed >= Self.windowNs else { return }
        perSecond = Double(max(0, records - from.records)) * 1e9 / Double(passed)
        self.from = (records, now)
    }

    private static let windowNs: UInt64 = 1_000_000_000
}
