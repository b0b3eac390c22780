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

    /// Whether only signed heartbeats count: whoever hands over the others says that they do not.
    var asksForSignatures: Bool { get }

    /// Why the end of the topic is not reached yet, where that is known.
    var fault: String? { get }

    /// Why the brokers do not answer by now, also behind the end of the topic; nil where they do,
    /// as far as that is known.
    var absence: String? { get }

    /// Ends it; nothing is polled afterwards.
    func close()
}

extension StatusFeed {
    package var asksForSignatures: Bool { false }

    package var absence: String? { nil }
}

/// One record of the status topic, as a watcher hears it.
package struct HeardStatus: Sendable {
    package let slot: SlotID
    /// Nil for a slot that was taken off the board by a clean stop, and where it is not believed.
    package let record: StatusRecord?
    /// Whether its word counts.
    package var belief = HeartbeatTrust.Belief.notAsked
    /// Bytes of its value.
    package var byteCount = 0
    /// Whether it stood on the topic before the watcher came; else it was heard as it was said.
    package let isOld: Bool
    /// The broker's clock at the append, where the topic keeps it.
    package let appendedAtMs: Int64?

    package init(
        slot: SlotID, record: StatusRecord?, isOld: Bool, appendedAtMs: Int64? = nil
    ) {
        self.slot = slot
        self.record = record
        self.isOld = isOld
        self.appendedAtMs = appendedAtMs
    }
}
