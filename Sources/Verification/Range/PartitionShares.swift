import Lifecycle

/// The partitions of a range as threads share them out: a value, which they have behind a lock.
///
/// Which is next, how far all have come, and the first error of any.
struct PartitionShares: Sendable {
    /// How many partitions there are.
    let count: Int
    private var next = 0
    private var read: Int64 = 0
    /// Of any thread; the others end with what they have at hand.
    private(set) var error: SwerveError?

    init(count: Int) { self.count = count }

    var isWell: Bool { error == nil }

    /// The next partition to read, by its index; nil where none is left, or a thread has failed.
    ///
    /// - Parameter spare: how many must be left for others: nobody sets one aside that another
    ///   thread could read.
    mutating func take(spare: Int = 0) -> Int? {
        guard next + spare < count, isWell else { return nil }
        defer { next += 1 }
        return next
    }

    /// A thread has failed: the first one says why.
    mutating func fail(_ error: SwerveError) { self.error = self.error ?? error }

    /// - Parameter fresh: offsets that a thread has read since it told last.
    /// - Returns: how many all have read.
    mutating func told(_ fresh: Int64) -> Int64 {
        read += fresh
        return read
    }
}
