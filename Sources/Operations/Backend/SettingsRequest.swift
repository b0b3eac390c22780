package import Lifecycle

/// What a deployed version decides by.
package struct SettingsRequest: Codable, Sendable, Equatable {
    package let model: ModelName
    /// Nil for the stable one.
    package let version: VersionSelector.Choice?

    package init(model: ModelName, version: VersionSelector.Choice?) {
        self.model = model
        self.version = version
    }
}

/// Its settings, and what follows from them with what the artifact says.
package struct SettingsResult: Codable, Sendable, Equatable {
    package let model: ModelName
    package let version: Int
    package let epoch: Int64
    /// What is set; the rest is as the artifact says.
    package let settings: VersionSettings
    package let threshold: Double
    /// As predictions print them, in the model's class order.
    package let labels: [String]
    /// The label that a score above the threshold means; nil where several classes compete.
    package let positive: String?
    /// What chooses the label; nil where the model leaves no choice.
    package let labelRule: LabelRule?
}
