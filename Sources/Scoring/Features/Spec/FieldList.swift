/// Named numeric fields of a record, dotted names leading into nested objects.
package struct FieldList: Sendable, Equatable {
    package let names: [String]
    /// What an absent or null field counts as; nil: such a record cannot be scored.
    package let missing: Double?

    package init(names: [String], missing: Double?) {
        self.names = names
        self.missing = missing
    }
}
