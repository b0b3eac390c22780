package import Lifecycle

/// The recipe that says how an input becomes numbers: a source, and steps that change what it
/// gives.
///
/// Two featurizers with equal specs give the same features for every input, so that one
/// featurization serves both.
package struct FeaturizerSpec: Sendable, Equatable {
    package let source: FeatureSource
    package let transforms: [FeatureTransform]

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
        let json = try JSONValue(
            parsing: bytes, act: act, limit: Limits.featurizerSpecBytes,
            depth: Limits.featurizerSpecDepth, values: Limits.featurizerSpecValues)
        try self.init(json: json, act: act)
    }

    /// Reads a spec that is JSON already; `act` says where it comes from.
    ///
    /// - Throws: `SwerveError.invalid` that names the step and the key.
    package init(json: JSONValue, act: String) throws(SwerveError) {
        try self.init(json: json, place: SpecPlace(), act: act)
    }

    init(json: JSONValue, place: SpecPlace, act: String) throws(SwerveError) {
        try SpecReader(json: json, place: place.spec, act: act).requireObject(keys: ["steps"])
        guard let steps = json["steps"]?.array else {
            throw SwerveError(
                .invalid, act: act, reason: "\(place.spec) has no list 'steps'",
                remedy: "write {\"steps\":[{\"hashed_ngrams\":{…}}]}")
        }
        guard let first = steps.first else {
            throw SwerveError(
                .invalid, act: act, reason: "\(place.prefix)the list 'steps' is empty")
        }
        guard steps.count <= Limits.featurizerSteps else {
            throw SwerveError(
                .invalid, act: act,
                reason: "\(place.prefix)\(steps.count) steps, the limit is "
                    + "\(Limits.featurizerSteps)")
        }
        source = try FeatureSource(SpecStep(first, at: place.step(1), act: act), place: place)
        var transforms: [FeatureTransform] = []
        for (position, step) in steps.enumerated().dropFirst() {
            transforms.append(
                try FeatureTransform(SpecStep(step, at: place.step(position + 1), act: act)))
        }
        self.transforms = transforms
    }
}
