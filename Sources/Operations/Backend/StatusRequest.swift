package import Lifecycle

/// What somebody wants to know of the fleet.
package struct StatusRequest: Codable, Sendable, Equatable {
    /// Nil asks of every model on the topics.
    package let model: ModelName?
    /// Only this one; nil for all groups that were heard.
    package let group: String?
    /// Of every model: whether the slots are asked for as well.
    package let withSlots: Bool
    /// Whether it is told again every second.
    package let isFollowed: Bool
    /// How long to wait until it is decided whether the fleet converges; nil does not wait.
    package let timeoutMs: Int64?

    package init(
        model: ModelName?, group: String? = nil, withSlots: Bool = false, isFollowed: Bool = false,
        timeoutMs: Int64? = nil
    ) {
        self.model = model
        self.group = group
        self.withSlots = withSlots
        self.isFollowed = isFollowed
        self.timeoutMs = timeoutMs
    }
}
