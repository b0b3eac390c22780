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

    /// - Parameter own: the id of this process's incarnation.
    init(_ slot: SlotID, own: String, trust: HeartbeatTrust?) {
        self.slot = Array(slot.description.utf8)
        self.own = own
        self.trust = trust
        rivals = SlotRivals(own: own)
    }

    /// Takes in a record of the status topic.
    ///
    /// - Parameter nowMs: wall clock.
    /// - Returns: what another process says of the slot while this one speaks for it; nil for
    ///   anything else.
    mutating func rival(in record: TopicRecord, nowMs: Int64) -> StatusRecord? {
        guard record.key == slot, let value = record.value else { return nil }
        // Before anything of the value is looked at.
        if let trust {
            guard
                case .believed = trust.judge(
                    key: record.key, value: value, headers: record.headers)
            else { return nil }
        }
        guard let status = StatusRecord(value: value), trust == nil || order.take(status) else {
            return nil
        }
        guard status.incarnation.id != own else {
            hasHeardOwn = true
            return nil
        }
        guard hasHeardOwn else {
            earlier.heard(status)
            return nil
        }
        // An old word that somebody sends again is nobody's who is here.
        let isLate =
            trust != nil
            && HeartbeatOrder.saidAtMs(status.sentAtMs, reference: nowMs) != nowMs
        return isLate ? nil : status
    }
}
