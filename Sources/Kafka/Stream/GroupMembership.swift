/// How a worker comes by its partitions.
package enum GroupMembership: Sendable, Equatable {
    /// A member of the consumer group under a static id: a restart within the session timeout costs
    /// nobody a rebalance.
    case `static`(instanceID: String)
    /// Partition modulo `total` is `slot`: no group protocol at all; offsets are committed to the
    /// group's name.
    case fixed(slot: Int, total: Int)

    /// Whether the group protocol shares the partitions out.
    var isOfGroup: Bool {
        if case .static = self { true } else { false }
    }
}
