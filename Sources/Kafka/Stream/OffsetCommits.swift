/// Who commits the offsets that are done.
package enum OffsetCommits: Sendable, Equatable {
    /// librdkafka, of what is stored: every so many milliseconds, when partitions are given up, and
    /// at the close.
    ///
    /// With brokers away a commit an interval waits for them, and all are made, one behind the
    /// other, before a newer one is.
    case inBackground(everyMs: Int)
    /// librdkafka, of what is stored: as `commit` asks, when partitions are given up, and at the
    /// close.
    case whenAsked
    /// The transactions that the predictions are part of.
    case withTransactions

    /// For whoever has no interval of their own.
    package static let standard = OffsetCommits.inBackground(everyMs: 250)
}
