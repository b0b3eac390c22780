/// What is told of brokers that are away: one line when they go, one a minute, one when they answer
/// again.
///
/// A value; several handles of one process tell it what they meet. librdkafka repeats an error that
/// stays the same every 30 s, of each broker and each handle.
package struct BrokerOutage: Sendable {
    /// What is worth a line.
    package enum Telling: Sendable, Equatable {
        /// - Parameter isFirst: no broker has answered yet, so that their address may be wrong.
        case began(isFirst: Bool)
        /// How long it has lasted, and how many errors were not told since the last line.
        case lasts(seconds: Int, untold: Int)
        case over(seconds: Int, untold: Int)
    }

    private var beganAt: UInt64?
    private var toldAt: UInt64 = 0
    private var troubleAt: UInt64 = 0
    private var overAt: UInt64?
    private var untold = 0
    /// Since when no broker at all is connected, as far as anybody met it; nil where one is.
    package private(set) var totalSince: UInt64?
    private var hasAnswered = false

    package init() {}

    /// A passing error was met.
    ///
    /// - Parameters:
    ///   - isTotal: whether no broker at all is connected.
    ///   - now: nanoseconds of a clock that only goes forward.
    package mutating func trouble(isTotal: Bool, at now: UInt64) -> Telling? {
        troubleAt = now
        guard let beganAt else {
            // Others of the process's handles find the end of the same outage a little later.
            if let overAt, now &- overAt < Self.settlingNs { return nil }
            self.beganAt = now
            totalSince = isTotal ? now : nil
            toldAt = now
            untold = 0
            return .began(isFirst: !hasAnswered)
        }
        if isTotal, totalSince == nil { totalSince = now }
        guard now &- toldAt >= Self.intervalNs else {
            untold += 1
            return nil
        }
        defer { (toldAt, untold) = (now, 0) }
        return .lasts(seconds: Self.seconds(now &- beganAt), untold: untold)
    }

    /// No broker has answered anything since `since`, though all are asked.
    package mutating func silent(since: UInt64, at now: UInt64) -> Telling? {
        // No echo of an outage that is over: brokers were asked since.
        overAt = nil
        let telling = trouble(isTotal: true, at: now)
        totalSince = min(totalSince ?? since, since)
        if case .began = telling { beganAt = since }
        return telling
    }

    /// A broker answered.
    package mutating func answered(at now: UInt64) -> Telling? {
        hasAnswered = true
        guard let beganAt else { return nil }
        // Where others than the one that is away go on answering, its silence tells nothing.
        guard totalSince != nil || now &- troubleAt >= Self.quietNs else { return nil }
        self.beganAt = nil
        totalSince = nil
        overAt = now
        return .over(seconds: Self.seconds(now &- beganAt), untold: untold)
    }

    private static func seconds(_ nanoseconds: UInt64) -> Int { Int(nanoseconds / 1_000_000_000) }

    private static let intervalNs: UInt64 = 60_000_000_000
    /// Longer than librdkafka keeps silent on an error that stays the same.
    private static let quietNs: UInt64 = 35_000_000_000
    /// At least as long as librdkafka waits before it connects again.
    private static let settlingNs: UInt64 = 10_000_000_000
}
