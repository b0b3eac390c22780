/// How a worker comes by its partitions.
package enum GroupMembership: Sendable, Equatable {
    /// A member of the consumer group under a static id: a restart within the session timeout costs
    /// nobody a rebalance.
    case `static`(instanceID: String)
    /// An ordinary member: it leaves as it closes, and the others share its partitions out at once;
    /// so they do when it comes.
    case dynamic
    /// Partition modulo `total` is `slot`: no group protocol at all; offsets are committed to the
    /// group's name.
    case fixed(slot: Int, total: Int)

    /// Whether the group protocol shares the partitions out.
    var isOfGroup: Bool {
        if case .fixed = self { false } else { true }
    }
}
