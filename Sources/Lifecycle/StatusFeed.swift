/// The status topic as watchers need it.
package protocol StatusFeed: AnyObject {
    /// Waits up to `milliseconds` for news and hands over what came: a record's value, or nil for a
    /// slot that was taken off the board by a clean stop.
    ///
    /// - Returns: whether the end of the topic, as it stands now, has been reached.
    func poll(
        milliseconds: Int, _ body: (SlotID, StatusRecord?) -> Void
    ) throws(SwerveError) -> Bool
}
