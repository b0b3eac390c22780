/// What is known of a slot's process, from its word or its silence.
package enum SlotCondition: String, Sendable, Hashable {
    /// Heard in the last 5 s.
    case live
    /// Silent for longer, perhaps still at work.
    case stale
    /// Its last word was why it ended, and it has not come back.
    case failed
    /// Silent for so long that nobody waits for it any more.
    case gone
    /// Never heard, though the others of its group count it; or it stopped before we looked.
    case missing
    /// A clean stop took its status away while we watched.
    case stopped
}
