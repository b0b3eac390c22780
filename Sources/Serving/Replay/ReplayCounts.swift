/// What a replay made of dead letters.
package struct ReplayCounts: Sendable, Equatable {
    package var predictions = 0
    /// Letters that have no score under this deployment either, by reason: each stands behind the
    /// others again, for the next replay.
    package var stillDead: [String: Int] = [:]
    /// Letters that stand for records too large for the topic, and cannot be scored.
    package var stubs = 0
    /// Records that are no letters of this model for this input topic.
    package var others = 0

    package init() {}

    package mutating func add(_ other: ReplayCounts) {
        predictions += other.predictions
        stillDead.merge(other.stillDead, uniquingKeysWith: +)
        stubs += other.stubs
        others += other.others
    }
}
