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

    init(isNeeded: Bool = !ConsumerSettings.looksIntoQueue) { self.isNeeded = isNeeded }

    /// - Parameters:
    ///   - isFull: whether the poll that has just ended was filled to its limit.
    ///   - now: monotonic nanoseconds.
    mutating func isDue(afterFullPoll isFull: Bool, at now: UInt64) -> Bool {
        guard isNeeded, isFull || wasFull else { return false }
        guard now &- wokenAt >= Self.pauseNs else {
            wasFull = true
            return false
        }
        wasFull = isFull
        wokenAt = now
        return true
    }

    /// A queue of 64 MB lasts longer than ten times this.
    static let pauseNs: UInt64 = 20_000_000
}
