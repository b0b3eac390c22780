package import Scoring

/// What one scorer wants of each record.
package struct InputWant: Sendable, Equatable {
    package let views: InputViews
    /// The named numeric fields, in the scorer's order.
    package let fieldNames: [String]
    /// The named texts, in the scorer's order.
    package let textNames: [String]
    /// Whether a text comes with the parts of the request that it was made of.
    package let wantsParts: Bool
    /// Whether the text is wanted only in place of a named text that is absent: a text made of a
    /// request's parts is none.
    package let isTextSpare: Bool

    package init(
        _ views: InputViews, fieldNames: [String] = [], textNames: [String] = [],
        wantsParts: Bool = false
    ) {
        self.init(
            views, fieldNames: fieldNames, textNames: textNames, wantsParts: wantsParts,
            isTextSpare: false)
    }

    private init(
        _ views: InputViews, fieldNames: [String], textNames: [String], wantsParts: Bool,
        isTextSpare: Bool
    ) {
        var views = fieldNames.isEmpty ? views : views.union(.fields)
        if !textNames.isEmpty { views.formUnion(.texts) }
        self.views = views
        self.fieldNames = fieldNames
        self.textNames = textNames
        self.wantsParts = wantsParts
        self.isTextSpare = isTextSpare
    }

    /// What a featurizer reads.
    ///
    /// - Parameter wantsParts: whether somebody else tells the parts of a request apart.
    package init(_ featurizer: Featurizer, wantsParts: Bool = false) {
        let isSpare = featurizer.takesPlainText && !featurizer.needs.contains(.text)
        var views = isSpare ? featurizer.needs.union(.text) : featurizer.needs
        if featurizer.readsIndexZero { views.insert(.indexZero) }
        self.init(
            views,
            fieldNames: featurizer.fieldNames, textNames: featurizer.textNames,
            wantsParts: wantsParts || featurizer.readsParts || featurizer.takesPlainText,
            isTextSpare: isSpare)
    }

    /// The views without which the scorer has no score.
    package var needed: InputViews {
        views.subtracting(isTextSpare ? [.text, .indexZero] : .indexZero)
    }
}

extension ScoringInput {
    /// Takes back a text that was made of a request's parts, where only one given as it is may
    /// stand for a named text.
    mutating func dropMadeText() {
        guard parts != nil else { return }
        views = views.subtracting(.text)
        unsafe text = UnsafeBufferPointer(start: nil, count: 0)
        parts = nil
    }
}
