package import Lifecycle

/// What an audit holds a stream against, and how much of it it computes again.
package struct AuditTerms: Sendable {
    package enum Delivery: Sendable {
        /// A record may be answered again, where a kill or a change of assignment explains it.
        case atLeastOnce
        /// Each record has one answer.
        case exactlyOnce
    }

    package var model: ModelName
    package var group: String
    package var topics: StreamTopics
    /// Nil where none is kept.
    package var ledger: String?
    package var delivery: Delivery
    /// Whether records that cannot be scored get no letter.
    package var dropsUnscorable = false
    /// Whether dead letters were ever scored again, which gives a record a second answer.
    package var lettersReplayed = false
    /// Whether records are passed over for their age.
    package var passesOver = false
    /// Whether the input may be compacted; nil where nobody says.
    package var isCompacted: Bool?
    /// One score of so many is computed again; 0 computes none.
    package var sample = 1
    /// How many records a worker may score again after a kill, of each partition at most.
    package var uncommittedRecords: Int64 = 200_000
    /// Records of a partition that are held, with their answers, while later ones are read.
    package var windowRecords = 262_144
    /// Bytes of keys and values that are held of a partition, to be compared.
    package var windowBytes = 16_777_216
    /// Bytes of answers to records far ahead of where the input was read, and of dead letters of
    /// such, each of a partition.
    package var aheadBytes = 8_388_608
    /// Separate stretches of offsets that are remembered of a partition while it is read, of each
    /// kind, and those without an answer until all are read.
    package var rangesMax = 100_000
    package var unansweredMax = 100_000

    package init(
        model: ModelName, group: String, topics: StreamTopics, ledger: String?, delivery: Delivery
    ) {
        self.model = model
        self.group = group
        self.topics = topics
        self.ledger = ledger
        self.delivery = delivery
    }

    /// Shares out the memory of an audit among the partitions that are read at once, and what waits
    /// for the end among all.
    package mutating func bound(threads: Int, partitions: Int) {
        let atOnce = max(1, min(threads, partitions))
        windowRecords = max(16_384, min(262_144, 524_288 / atOnce))
        windowBytes = max(1_048_576, 33_554_432 / atOnce)
        aheadBytes = max(1_048_576, min(8_388_608, 16_777_216 / atOnce))
        rangesMax = max(5_000, min(100_000, 200_000 / atOnce))
        unansweredMax = max(1_000, min(rangesMax, 1_000_000 / max(1, partitions)))
    }

    /// Whether the score of a record is computed again: the same records at each audit.
    func isSampled(_ place: StreamPlace) -> Bool {
        switch sample {
        case 0: false
        case 1: true
        default:
            CanaryBucket.bucket(
                partition: place.partition, offset: place.offset, salt: Self.salt)
                < max(1, Share.denominator / sample)
        }
    }

    private static let salt: UInt32 = 0x5A3D_1E07
}
