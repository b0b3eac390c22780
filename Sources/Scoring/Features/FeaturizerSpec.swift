package import Lifecycle

/// The recipe that says how an input becomes numbers: a source, and steps that change what it
/// gives.
///
/// Two featurizers with equal specs give the same features for every input, so that one
/// featurization serves both.
package struct FeaturizerSpec: Sendable, Equatable {
    package let source: FeatureSource
    package let transforms: [FeatureTransform]

    /// Steps of the design that this version does not know yet, refused by name.
    private static let laterSteps: Set<String> = [
        "tfidf_ngrams", "lexical", "fields", "dense", "sparse", "union", "standard_scaler",
        "min_max_scaler", "svm_scale",
    ]

    package init(source: FeatureSource, transforms: [FeatureTransform] = []) {
        self.source = source
        self.transforms = transforms
    }

    package init(hashedNgrams: HashedNgrams) {
        self.init(source: .hashedNgrams(hashedNgrams))
    }

    /// The recipe of hashed n-grams, where that is all there is.
    package var hashedNgrams: HashedNgrams? {
        guard case .hashedNgrams(let recipe) = source, transforms.isEmpty else { return nil }
        return recipe
    }

    /// Reads a spec; `file` names it in errors.
    ///
    /// - Throws: `SwerveError.tooLarge` above `Limits.featurizerSpecBytes`, else `.invalid` that
    ///   names the step and the key.
    package init(parsing bytes: [UInt8], file: String) throws(SwerveError) {
        let act = "reading featurizer spec \(file)"
        let json = try JSONValue(parsing: bytes, act: act, limit: Limits.featurizerSpecBytes)
        try SpecReader(json: json, place: "the spec", act: act).requireObject(keys: ["steps"])
        guard let steps = json["steps"]?.array else {
            throw SwerveError(
                .invalid, act: act, reason: "the spec has no list 'steps'",
                remedy: "write {\"steps\":[{\"hashed_ngrams\":{…}}]}")
        }
        var found: HashedNgrams?
        for (position, step) in steps.enumerated() {
            let place = "step \(position + 1)"
            guard let fields = step.object, fields.count == 1, let (name, value) = fields.first
            else {
                throw SwerveError(
                    .invalid, act: act, reason: "\(place) is not an object with one key, its name")
            }
            let shown = name.shortened(to: 40)
            guard name == "hashed_ngrams" else {
                let known = Self.laterSteps.contains(name)
                throw SwerveError(
                    .invalid, act: act,
                    reason: "\(place) '\(shown)' is \(known ? "not supported yet" : "unknown")",
                    remedy: "this swerve knows hashed_ngrams")
            }
            guard found == nil else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "\(place): a second hashed_ngrams; unions are not supported yet")
            }
            found = try HashedNgrams(parsing: value, act: act)
        }
        guard let found else {
            throw SwerveError(.invalid, act: act, reason: "the list 'steps' is empty")
        }
        self.init(hashedNgrams: found)
    }
}
