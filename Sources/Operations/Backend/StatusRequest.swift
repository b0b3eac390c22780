package import Lifecycle

/// What somebody wants to know of the fleet.
package struct StatusRequest: Codable, Sendable, Equatable {
    /// Nil asks of every model on the topics.
    package let model: ModelName?
    /// Those that are waited for; none are all groups that were heard.
    package internal(set) var groups: [String]
    /// Whether no other group is told of.
    package internal(set) var areAlone = true
    /// Of every model: whether the slots are asked for as well.
    package let withSlots: Bool
    /// Whether it is told again every second.
    package let isFollowed: Bool
    /// How long to wait until it is decided whether the fleet converges; nil does not wait.
    package let timeoutMs: Int64?

    package init(
        model: ModelName?, groups: [String] = [], withSlots: Bool = false, isFollowed: Bool = false,
        timeoutMs: Int64? = nil, areAlone: Bool = true
    ) {
        self.model = model
        self.groups = groups
        self.areAlone = areAlone
        self.withSlots = withSlots
        self.isFollowed = isFollowed
        self.timeoutMs = timeoutMs
    }
}
