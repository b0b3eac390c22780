/// When the threads that fetch are to be woken, under a librdkafka that does not wake them: before
/// 2.2 one that finds the queue full sleeps a second, whatever is taken out meanwhile.
///
/// A queue can only have been full where polls are filled to their limit. So nothing is woken where
/// polls find less, but for one time after: the queue may have been emptied since the last one.
/// A value of the poll thread's.
struct QueueWakeUp {
    private let isNeeded: Bool
    private var wasFull = false
    private var wokenAt: UInt64 = 0
    private let pauseNs: UInt64

    /// - Parameter pauseNs: a tenth of what a full queue lasts, at most.
    init(
        isNeeded: Bool = !ConsumerSettings.looksIntoQueue, pauseNs: UInt64 = Self.workersPauseNs
    ) {
        self.isNeeded = isNeeded
        self.pauseNs = pauseNs
    }

    /// - Parameters:
    ///   - isFull: whether the poll that has just ended was filled to its limit.
    ///   - now: monotonic nanoseconds.
    mutating func isDue(afterFullPoll isFull: Bool, at now: UInt64) -> Bool {
        guard isNeeded, isFull || wasFull else { return false }
        guard now &- wokenAt >= pauseNs else {
            wasFull = true
            return false
        }
        wasFull = isFull
        wokenAt = now
        return true
    }

    /// A worker's queue of 64 MB lasts longer than ten times this.
    static let workersPauseNs: UInt64 = 20_000_000
    /// Queues of 2 MB, as those have that read partition by partition.
    static let partitionsPauseNs: UInt64 = 1_000_000
}
