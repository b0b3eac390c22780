package import Lifecycle

/// Other processes that say on the status topic that they serve this slot.
///
/// Anybody with the right to write there may say so, with any clock: their words are told, and end
/// nothing. Only the broker's word, that somebody else has taken the slot's place, does that.
package struct SlotRivals: Sendable {
    package struct Rival: Sendable, Equatable {
        package let incarnation: StatusRecord.Incarnation
        /// Monotonic nanoseconds at which it was heard last, by this process's own clock.
        package fileprivate(set) var heardAt: UInt64
    }

    private let own: String
    /// At most `rivalsMax`, the one heard last behind the others.
    private var rivals: [Rival] = []

    /// - Parameter own: the id of this process's incarnation.
    package init(own: String) { self.own = own }

    /// Takes in what the slot's key says now.
    ///
    /// - Returns: the incarnation, where it is another one that was not heard of late.
    package mutating func heard(
        _ incarnation: StatusRecord.Incarnation, at now: UInt64
    ) -> StatusRecord.Incarnation? {
        guard incarnation.id != own else { return nil }
        let known = rivals.firstIndex { $0.incarnation.id == incarnation.id }
        let isNews = known.map { now &- rivals[$0].heardAt > Self.presentNs } ?? true
        if let known { rivals.remove(at: known) }
        if rivals.count == Self.rivalsMax { rivals.removeFirst() }
        rivals.append(Rival(incarnation: incarnation, heardAt: now))
        return isNews ? incarnation : nil
    }

    /// The one heard last, while it is heard: for the status.
    package func present(at now: UInt64) -> StatusRecord.Incarnation? {
        guard let last = rivals.last, now &- last.heardAt <= Self.presentNs else { return nil }
        return last.incarnation
    }

    /// As long as a slot counts as live without a heartbeat.
    package static let presentNs: UInt64 = 5_000_000_000
    private static let rivalsMax = 16
}
