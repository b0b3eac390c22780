/// What a replay made of dead letters.
package struct ReplayCounts: Sendable, Equatable {
    /// A letter that no prediction can come of: forged, or of a place that is there no longer.
    package struct UnfitLetter: Sendable, Equatable {
        /// Where it stands on the dead-letter topic.
        package let partition: Int32
        package let offset: Int64
        package let reason: String

        package init(partition: Int32, offset: Int64, reason: String) {
            self.partition = partition
            self.offset = offset
            self.reason = reason
        }
    }

    package var predictions = 0
    /// Headers that were too large to be copied to predictions.
    package var leftOutHeaders = 0
    /// Letters that have no score under this deployment either, by reason: each stands behind the
    /// others again, for the next replay.
    package var stillDead: [String: Int] = [:]
    /// Letters of records that workers died of, which were not scored: each stands behind the
    /// others again, for a replay that is told to score them.
    package var crashed = 0
    /// Letters that stand for records too large for the topic, and cannot be scored.
    package var stubs = 0
    /// Records that are no letters of this model for this input topic.
    package var others = 0
    package private(set) var unfitCount = 0
    /// The first of them.
    package private(set) var unfit: [UnfitLetter] = []

    package init() {}

    /// Counts a letter as passed over.
    package mutating func passOver(_ letter: UnfitLetter) {
        unfitCount += 1
        // Whoever writes to the topic may forge letters without end.
        if unfit.count < Self.unfitListed { unfit.append(letter) }
    }

    package mutating func add(_ other: ReplayCounts) {
        predictions += other.predictions
        leftOutHeaders += other.leftOutHeaders
        stillDead.merge(other.stillDead, uniquingKeysWith: +)
        crashed += other.crashed
        stubs += other.stubs
        others += other.others
        unfitCount += other.unfitCount
        unfit += other.unfit.prefix(Self.unfitListed - unfit.count)
    }

    package static let unfitListed = 100
}
