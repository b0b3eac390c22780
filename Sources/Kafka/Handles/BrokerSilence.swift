/// Whether brokers have ceased to answer: a value that is told the time, and whether any of them
/// answered meanwhile.
///
/// For whoever keeps requests at brokers that are answered several times a second, also where there
/// is nothing new. Time in which nobody looked counts as little: the threads of a process that is
/// stopped (SIGSTOP), or that gets no processor, stand still together, and brokers have answered by
/// the time they go on.
package struct BrokerSilence: Sendable {
    package enum Finding: Sendable, Equatable {
        /// - Parameter since: when the last answer was seen, by the clock of the looks.
        case began(since: UInt64)
        case over
    }

    /// When it was looked last; while nobody has, when it was made.
    package private(set) var lookedAt: UInt64
    private var silentNs: UInt64 = 0
    private var isSilent = false

    /// - Parameter now: nanoseconds of a clock that only goes forward.
    package init(at now: UInt64) { lookedAt = now }

    /// - Parameter hasAnswered: since the look before.
    package mutating func look(hasAnswered: Bool, at now: UInt64) -> Finding? {
        silentNs += min(now &- lookedAt, Self.lookNs)
        lookedAt = now
        guard !hasAnswered else {
            silentNs = 0
            defer { isSilent = false }
            return isSilent ? .over : nil
        }
        guard !isSilent, silentNs >= Self.limitNs else { return nil }
        isSilent = true
        return .began(since: now &- silentNs)
    }

    /// Far more than brokers let a request for records wait for news by default (500 ms), and than
    /// one that is at work takes to acknowledge a heartbeat.
    package static let limitNs: UInt64 = 5_000_000_000
    /// What counts at most of the time between two looks.
    package static let lookNs: UInt64 = 2_000_000_000
}
