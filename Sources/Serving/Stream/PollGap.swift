/// The time between the starts of two polls: what a swap must not lengthen.
struct PollGap {
    private var last: UInt64 = 0
    private(set) var current: UInt64 = 0

    /// Notes the start of a poll, in monotonic nanoseconds.
    mutating func polling(at now: UInt64) {
        current = last == 0 ? 0 : now &- last
        last = now
    }

    /// Begins anew: what came before the first assignment is no gap.
    mutating func restart() { last = 0 }
}
