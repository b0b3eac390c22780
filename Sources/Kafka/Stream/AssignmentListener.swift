/// Hears of changes of assignment; called on the poll thread, inside the poll.
package protocol AssignmentListener: AnyObject {
    /// `partitions` are now this consumer's.
    func assigned(_ partitions: [Int32])

    /// `partitions` are about to go: finish what is out within a bound and store its offsets; they
    /// are committed after this returns.
    func revoking(_ partitions: [Int32])

    /// Whether the worker is to end: asked while an assignment waits for brokers or for others.
    var isStopping: Bool { get }

    /// `partitions` went without a chance to commit: somebody else may be scoring them already.
    func lost(_ partitions: [Int32])
}
