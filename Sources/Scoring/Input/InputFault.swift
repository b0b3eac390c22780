/// Why an input cannot become features: known only once a featurizer has looked at it.
package enum InputFault: Sendable, Equatable {
    /// The featurizer needs a view that the record does not give.
    case missingView(InputViews)
    /// `"x"` has another number of features than the model.
    case denseCount(got: Int, wanted: Int)
    /// A named field is absent, and the featurizer has no value for that; its position in the
    /// featurizer's list.
    case missingField(Int)
    /// A feature is NaN or infinite, and the model's tool refuses those; its index.
    case notFinite(feature: Int)

    /// The fault in words, for dead letters and errors.
    package func words(fieldNames: [String]) -> String {
        switch self {
        case .missingView(let views): "the model needs \(views.name), and the record has none"
        case .denseCount(let got, let wanted):
            "x has \(got) numbers, the model takes \(wanted)"
        case .missingField(let position):
            fieldNames.indices.contains(position)
                ? "the field '\(fieldNames[position])' is missing" : "a field is missing"
        case .notFinite(let feature): "feature \(feature) is not a finite number"
        }
    }
}
