/// The status topic as watchers need it.
package protocol StatusFeed: AnyObject {
    /// Waits up to `milliseconds` for records and hands over what came.
    ///
    /// Passing faults are no errors: the end is not reached then, and `fault` says why.
    /// - Returns: whether the end of the topic, as it stood at the first poll, has been reached.
    /// - Throws: what waiting does not mend.
    func poll(
        milliseconds: Int, _ body: (HeardStatus) -> Void
    ) throws(SwerveError) -> Bool

    /// Why the end of the topic is not reached yet, where that is known.
    var fault: String? { get }

    /// Ends it; nothing is polled afterwards.
    func close()
}
