/// Counts predictions by epoch and version, which seldom change from one to the next.
struct EpochTally {
    private var epoch: Int64 = 0
    private var version = 0
    private var count: Int64 = 0

    @inline(__always)
    mutating func note(_ prediction: PredictionBytes, _ counts: inout AuditCounts) {
        if prediction.epoch != epoch || prediction.version != version {
            flush(&counts)
            (epoch, version) = (prediction.epoch, prediction.version)
        }
        count += 1
    }

    mutating func flush(_ counts: inout AuditCounts) {
        guard count > 0 else { return }
        counts.byEpoch.add(epoch, count)
        counts.byVersion.add(version, count)
        count = 0
    }
}
