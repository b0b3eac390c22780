/// The status topic as watchers need it.
package protocol StatusFeed: AnyObject {
    /// Waits up to `milliseconds` for news and hands over what came.
    ///
    /// - Returns: whether the end of the topic, as it stood at the first poll, has been reached.
    func poll(
        milliseconds: Int, _ body: (StatusNews) -> Void
    ) throws(SwerveError) -> Bool
}
