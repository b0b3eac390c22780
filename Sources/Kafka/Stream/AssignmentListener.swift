/// Hears of changes of assignment, inside the poll, and of commits; called on the poll thread.
package protocol AssignmentListener: AnyObject {
    /// A group gave these partitions: which of them are taken. The others stay unread until `grow`.
    func servable(_ partitions: [Int32]) -> [Int32]

    /// `partitions` are now this consumer's.
    func assigned(_ partitions: [Int32])

    /// `partitions` are this consumer's too, beside those that it has: the topic has got them.
    func added(_ partitions: [Int32])

    /// `partitions` are about to go: finish what is out within a bound and store its offsets; they
    /// are committed after this returns.
    func revoking(_ partitions: [Int32])

    /// Whether the worker is to end: asked while an assignment waits for brokers or for others.
    var isStopping: Bool { get }

    /// An assignment waits for brokers or for others, and the thread comes on.
    func isWaiting()

    /// `partitions` went without a chance to commit: somebody else may be scoring them already.
    func lost(_ partitions: [Int32])

    /// The brokers answered a commit, one in the background or one that was asked for.
    ///
    /// - Parameters:
    ///   - positions: what is committed now; none where they refused it, which is told.
    ///   - isOfOldGeneration: whether they refused it since the group changes: the new assignment
    ///     comes with a poll.
    func committed(_ positions: [PartitionOffset], isOfOldGeneration: Bool)
}

extension AssignmentListener {
    /// For those who take whatever there is.
    package func servable(_ partitions: [Int32]) -> [Int32] { partitions }

    /// For those who need not know.
    package func isWaiting() {}

    /// For those who need not know.
    package func added(_ partitions: [Int32]) {}

    /// For those who need not know.
    package func committed(_ positions: [PartitionOffset], isOfOldGeneration: Bool) {}
}
