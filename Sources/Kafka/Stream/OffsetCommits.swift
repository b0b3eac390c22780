/// Who commits the offsets that are done.
package enum OffsetCommits: Sendable, Equatable {
    /// librdkafka, of what is stored: every so many milliseconds, when partitions are given up, and
    /// at the close.
    case inBackground(everyMs: Int)
    /// The transactions that the predictions are part of.
    case withTransactions

    /// For whoever has no interval of their own.
    package static let standard = OffsetCommits.inBackground(everyMs: 250)
}
