package import Kafka

/// Whether a place that the group lists under an id which this process does not know is another
/// process's: a value that is told what the brokers say, and when.
///
/// The coordinator gives a member its id with the answer to a join. Where that answer is lost, the
/// member does not know what it is called, and what it sends under the id before is fenced. Nobody
/// sends heartbeats under such an id, and the coordinator drops it with the session timeout, where
/// another process would keep it.
package struct PlaceDoubt: Sendable {
    package enum Step: Sendable, Equatable {
        /// - isNews: whether it is to be said why.
        case askAgain(isNews: Bool)
        case settled(MemberStanding)
    }

    private let sessionNs: UInt64
    private var since: UInt64?

    /// - Parameter sessionMs: the group's session timeout.
    package init(sessionMs: Int) { sessionNs = UInt64(max(0, sessionMs)) * 1_000_000 }

    /// - Parameter now: monotonic nanoseconds.
    package mutating func heard(_ standing: MemberStanding, at now: UInt64) -> Step {
        guard case .doubtful(let words) = standing else { return .settled(standing) }
        guard let since else {
            since = now
            return .askAgain(isNews: true)
        }
        guard now &- since >= sessionNs &+ Self.marginNs else { return .askAgain(isNews: false) }
        return .settled(.replaced(words))
    }

    /// Coordinators look after sessions a little later.
    private static let marginNs: UInt64 = 5_000_000_000
}
