package import Scoring

/// What one scorer wants of each record.
package struct InputWant: Sendable, Equatable {
    package let views: InputViews
    /// The named numeric fields, in the scorer's order.
    package let fieldNames: [String]
    /// Whether a text comes with the parts of the request that it was made of.
    package let wantsParts: Bool

    package init(_ views: InputViews, fieldNames: [String] = [], wantsParts: Bool = false) {
        self.views = fieldNames.isEmpty ? views : views.union(.fields)
        self.fieldNames = fieldNames
        self.wantsParts = wantsParts
    }

    /// What a featurizer reads.
    package init(_ featurizer: Featurizer) {
        self.init(
            featurizer.needs, fieldNames: featurizer.fieldNames,
            wantsParts: featurizer.readsParts)
    }
}
