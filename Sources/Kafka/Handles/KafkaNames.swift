/// The names of groups and transactional ids that are not a service's own group, behind the prefix
/// that a configuration gives them.
///
/// The one place that makes them, beside `ProducerTransactions.transactionalID` and
/// `SlotClaim.transactionalID` for those of a slot, which begin with its group.
package struct KafkaNames: Sendable, Equatable {
    /// Empty where nobody gave one.
    package let prefix: String

    package init(prefix: String = "") { self.prefix = prefix }

    /// The group of who reads whole topics: it commits nothing and has no members.
    package var reader: String { "\(prefix)swerve-reader" }

    /// The transactional id of who announces for a registry: each registry has its own.
    package func announcer(of registry: String) -> String {
        "\(prefix)swerve-outbox-\(registry)"
    }

    /// The group whose offsets are the progress of the replays of a group's dead letters.
    package func replay(of group: String) -> String { "\(prefix)\(group).replay" }

    /// What the transactional ids of all slots of a group begin with.
    package static func slots(of group: String) -> String { "\(group)-" }
}
