import Lifecycle

/// Something in a registry that its audit chain does not allow.
package struct AuditFinding: Sendable, Equatable, CustomStringConvertible {
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
