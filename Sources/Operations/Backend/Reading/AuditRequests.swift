package import Lifecycle
package import Registry

/// Entries of the audit chain.
package struct AuditLogRequest: Codable, Sendable, Equatable {
    /// Only entries on this one; nil for all.
    package let model: ModelName?
    /// The newest so many.
    package let limit: Int
    /// Only entries with numbers below it; nil for all.
    package let before: Int64?

    package init(model: ModelName?, limit: Int, before: Int64? = nil) {
        self.model = model
        self.limit = limit
        self.before = before
    }
}

package struct AuditLogResult: Codable, Sendable, Equatable {
    /// Oldest first.
    package let entries: [AuditEntry]
    /// For who sees some of the entries alone: all down to this number were looked through, and
    /// older ones are asked for with it as `before`; nil where there are none, or none is left out.
    package let reached: Int64?

    package init(entries: [AuditEntry], reached: Int64? = nil) {
        self.entries = entries
        self.reached = reached
    }
}

/// The audit chain held against itself, the tables and, where brokers are named, the control topic.
package struct AuditVerifyRequest: Codable, Sendable, Equatable {
    package init() {}
}

package struct AuditVerifyResult: Codable, Sendable, Equatable {
    /// Where the registry is, for people: a file's path.
    package let place: String
    /// What the chain does not allow.
    package let report: AuditReport
    /// What of the control topic's records it does not bear out; nil where no brokers are named.
    package let topic: TopicAudit.Result?

    /// The registry's, and behind them the topic's.
    package var findings: [AuditFinding] { report.findings + (topic?.findings ?? []) }
}

/// The audit chain's newest entry.
package struct AuditHeadRequest: Codable, Sendable, Equatable {
    package init() {}
}

package struct AuditHeadResult: Codable, Sendable, Equatable {
    /// Nil before the first.
    package let head: AuditEntry?
}
