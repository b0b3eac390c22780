/// The time between the starts of two polls: what a swap must not lengthen.
///
/// A value that is told the time, in monotonic nanoseconds.
struct PollGap {
    /// When the last poll began, whatever is waited for since.
    private(set) var beganAt: UInt64 = 0
    private var isExcused = true

    /// A poll begins.
    ///
    /// - Returns: the time since the one before; nil for the first, and where that time is excused.
    mutating func begin(at now: UInt64) -> UInt64? {
        defer {
            beganAt = now
            isExcused = false
        }
        return isExcused ? nil : now &- beganAt
    }

    /// The next poll ends no gap: what is waited for is the brokers, or a group.
    mutating func excuse() { isExcused = true }
}
