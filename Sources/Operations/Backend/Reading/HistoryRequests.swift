package import Lifecycle
package import Registry

/// Who changed a deployment, when, why, and to what.
package struct HistoryRequest: Codable, Sendable, Equatable {
    package let model: ModelName
    /// The newest so many changes.
    package let limit: Int
    /// Only changes to epochs below it; nil for all.
    package let before: Int64?

    package init(model: ModelName, limit: Int, before: Int64? = nil) {
        self.model = model
        self.limit = limit
        self.before = before
    }
}

package struct HistoryResult: Codable, Sendable, Equatable {
    /// Oldest first.
    package let entries: [HistoryEntry]
}

/// What was live at a time, as the registry had it.
package struct LiveRequest: Codable, Sendable, Equatable {
    package let model: ModelName
    /// ISO 8601 UTC with milliseconds.
    package let at: String

    package init(model: ModelName, at: String) {
        self.model = model
        self.at = at
    }
}

package struct LiveResult: Codable, Sendable, Equatable {
    /// The change that made it so; nil where the model was not promoted yet.
    package let entry: HistoryEntry?
}
