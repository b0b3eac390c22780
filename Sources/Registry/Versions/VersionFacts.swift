/// What a version's scorer says of itself, kept so that lists, searches and the compatibility gate
/// open no artifact; nil where it is not known.
package struct VersionFacts: Sendable, Equatable {
    /// As predictions print them, in the model's class order.
    package var labels: [String]?
    /// `classification`, `regression`, `one-class`.
    package var task: String?
    /// What it reads: `text`, `fields`, `dense`, `sparse`, or several joined by `+`.
    package var inputView: String?
    /// How many features its model has.
    package var features: Int?

    package init(
        labels: [String]? = nil, task: String? = nil, inputView: String? = nil,
        features: Int? = nil
    ) {
        self.labels = labels
        self.task = task
        self.inputView = inputView
        self.features = features
    }
}
