package import Lifecycle
package import Registry

/// Entries of the audit chain.
package struct AuditLogRequest: Codable, Sendable, Equatable {
    /// Only entries on this one; nil for all.
    package let model: ModelName?
    /// The newest so many.
    package let limit: Int

    package init(model: ModelName?, limit: Int) {
        self.model = model
        self.limit = limit
    }
}

package struct AuditLogResult: Codable, Sendable, Equatable {
    /// Oldest first.
    package let entries: [AuditEntry]
}

/// The audit chain's newest entry.
package struct AuditHeadRequest: Codable, Sendable, Equatable {
    package init() {}
}

package struct AuditHeadResult: Codable, Sendable, Equatable {
    /// Nil before the first.
    package let head: AuditEntry?
}
