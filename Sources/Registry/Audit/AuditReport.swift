package import Lifecycle

/// What came of holding a registry against its audit chain.
package struct AuditReport: Sendable, Equatable {
    /// Findings that are listed; more are counted.
    package static let listed = 100

    /// Entries of the chain.
    package internal(set) var entries: Int64 = 0
    /// The hash of the newest entry; nil for an empty chain.
    package internal(set) var head: Digest?
    /// In the order found: the chain from its beginning, then the tables.
    package private(set) var findings: [AuditFinding] = []
    /// Those that are not listed any more.
    package private(set) var unlisted = 0

    package init() {}

    package var isClean: Bool { findings.isEmpty }

    package mutating func add(_ finding: AuditFinding) {
        if findings.count < Self.listed { findings.append(finding) } else { unlisted += 1 }
    }
}
