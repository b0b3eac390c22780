package import Lifecycle

/// What came of holding a registry against its audit chain.
package struct AuditReport: Sendable, Equatable, Codable {
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
    /// Listed or not.
    package var count: Int { findings.count + unlisted }

    package mutating func add(_ finding: AuditFinding) {
        if findings.count < Self.listed { findings.append(finding) } else { unlisted += 1 }
    }
}

/// Something in a registry that its audit chain does not allow.
package struct AuditFinding: Sendable, Equatable, Codable, CustomStringConvertible {
    /// The number of the entry that is wrong, or that a row was held against.
    package let entry: Int64?
    /// What is wrong, and with which row.
    package let words: String

    package init(entry: Int64?, _ words: String) {
        self.entry = entry
        self.words = words
    }

    package var description: String {
        (entry.map { "entry \($0): \(words)" } ?? words).printable
    }
}
