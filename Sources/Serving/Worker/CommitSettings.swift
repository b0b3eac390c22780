/// When offsets are committed, and how many may wait for it.
package struct CommitSettings: Sendable, Equatable, Codable {
    /// Whether the next poll waits for each commit of at-least-once delivery.
    package var isSync = false
    package var intervalMs = WorkerConfiguration.Delivery.atLeastOnce.commitIntervalMs
    /// After so many records the interval is not waited for.
    package var records = 50_000
    /// At-least-once delivery polls nothing beyond so many records, or while one is so old.
    package var uncommittedRecords = 200_000
    package var uncommittedMs = 250

    package init() {}

    package var bounds: CommitWindow.Bounds {
        CommitWindow.Bounds(
            records: uncommittedRecords, ageMs: uncommittedMs, commitRecords: records,
            commitMs: intervalMs)
    }
}
