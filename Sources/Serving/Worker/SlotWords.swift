import Kafka
import Lifecycle

/// What the status topic says of a worker's own slot: what earlier processes counted, and who else
/// speaks for it.
///
/// A value.
///
/// Where the trust file asks for signed heartbeats, only those count, and each of them once.
struct SlotWords {
    private let slot: [UInt8]
    private let own: String
    /// Nil where everybody's word counts; as the trust file is now.
    var trust: HeartbeatTrust?
    private var order = HeartbeatOrder()
    var rivals: SlotRivals
    /// What the slot's earlier incarnations counted, told before this one's first word.
    private(set) var earlier = EarlierComparison()
    private var hasHeardOwn = false
    private var second: Range<Int64> = 0..<0
    private var wordsOfSecond = 0

    /// - Parameter own: the id of this process's incarnation.
    init(_ slot: SlotID, own: String, trust: HeartbeatTrust?) {
        self.slot = Array(slot.description.utf8)
        self.own = own
        self.trust = trust
        rivals = SlotRivals(own: own)
    }

    /// What another process says of the slot while this one speaks for it.
    struct Other {
        let status: StatusRecord
        /// Whether it is told.
        ///
        /// One that does not count still says that somebody may be there.
        let counts: Bool
    }

    /// Takes in a record of the status topic.
    ///
    /// - Parameter nowMs: wall clock.
    /// - Returns: nil for what is no word of another process while this one speaks.
    mutating func other(in record: TopicRecord, nowMs: Int64) -> Other? {
        guard record.key == slot, let value = record.value, hasRoom(atMs: nowMs),
            let status = StatusRecord(value: value)
        else { return nil }
        let isNews = isNews(status, record, nowMs: nowMs)
        guard status.incarnation.id != own else {
            // Nobody else knows the id before it was said.
            hasHeardOwn = true
            return nil
        }
        guard hasHeardOwn else {
            if isNews { earlier.heard(status) }
            return nil
        }
        // An old word that somebody sends again is nobody's who is here.
        let isLate =
            trust != nil
            && HeartbeatOrder.saidAtMs(status.sentAtMs, reference: nowMs) != nowMs
        return Other(status: status, counts: isNews && !isLate)
    }

    private mutating func isNews(
        _ status: StatusRecord, _ record: TopicRecord, nowMs: Int64
    ) -> Bool {
        guard let trust else { return true }
        guard
            case .believed = trust.judge(
                key: record.key, value: record.value, headers: record.headers)
        else { return false }
        return order.take(status, referenceMs: nowMs) == .news
    }

    /// Whether one more word may be read in this second.
    ///
    /// The thread that reads them also takes up deployments, and must not be kept from that by
    /// whoever may write here. A process sends a word a second.
    private mutating func hasRoom(atMs nowMs: Int64) -> Bool {
        if !second.contains(nowMs) {
            second = nowMs..<(nowMs + 1_000)
            wordsOfSecond = 0
        }
        wordsOfSecond += 1
        return wordsOfSecond <= Self.wordsPerSecond
    }

    static let wordsPerSecond = 500

    /// The topic was made anew, and is read from its beginning: what earlier processes said comes
    /// before this one's next word.
    mutating func beginAgain() { hasHeardOwn = false }
}
