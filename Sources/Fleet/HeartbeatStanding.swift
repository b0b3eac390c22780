package import Lifecycle

/// What heartbeats are worth to whoever counts them, and which did not count.
package struct HeartbeatStanding: Sendable, Equatable, Codable {
    /// Whether only those count that a key with the role report signed.
    package let areSigned: Bool
    /// Heartbeats that did not count.
    package private(set) var refused = 0
    /// Of the slots that they bear, 1,024 at most.
    package private(set) var refusedSlots: Set<SlotID> = []
    /// Of the last of them.
    package private(set) var lastReason: String?

    package init(areSigned: Bool = false) { self.areSigned = areSigned }

    mutating func refuse(_ slot: SlotID, _ reason: String) {
        refused += 1
        lastReason = "\(slot.description.shortened(to: 100)): \(reason)"
        if refusedSlots.count < Self.slotsMax { refusedSlots.insert(slot) }
    }

    /// Whether something bears the group's name that does not count.
    func hasRefused(_ group: String) -> Bool { refusedSlots.contains { $0.group == group } }

    /// What people should know of those that did not count; nil where each did.
    package var note: String? {
        guard let lastReason else { return nil }
        let isMore = refusedSlots.count == Self.slotsMax
        return "\(refused) heartbeats that bear \(refusedSlots.count) slots"
            + "\(isMore ? " and more" : "") do not count; the last one, of \(lastReason)"
    }

    /// What is said to people wherever a fleet's convergence is.
    package static let unsigned =
        "heartbeats are not signed: this is worth what the right to write to the status topic is"
    private static let slotsMax = 1_024
}
