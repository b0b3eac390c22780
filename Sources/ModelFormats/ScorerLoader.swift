package import Lifecycle
package import Scoring

/// From an artifact to a scorer that may serve: verify, parse, build, self-test.
package enum ScorerLoader {
    /// Builds a scorer from a parsed model file and the featurizer spec beside it, without a
    /// self-test: what registration does before golden inputs exist.
    ///
    /// A spec beside a file that carries its own recipe stands for the first step of that recipe,
    /// which must be `dense`: the file says what becomes of the numbers, the spec where they come
    /// from.
    /// - Parameters:
    ///   - reading: how the file was read, and what it is to speak of and choose by.
    ///   - isWideAllowed: whether the spec may make far more features than the model has weights
    ///     for; see `FeatureWidth`.
    /// - Throws: `SwerveError` that names file and line, or key, or label; `.refused` for a spec
    ///   that is too wide, before memory is taken for its features.
    package static func build(
        _ parsed: ParsedModel, file: String, featurizer: NamedBytes?, labels: [String: String],
        threshold: Double, reading: ModelReading = ModelReading(), isWideAllowed: Bool = true
    ) throws(SwerveError) -> Scorer {
        var spec = try spec(parsed, file: file, featurizer: featurizer)
        if reading.isZeroBased { spec = spec.zeroBased }
        let featurizer = try Featurizer(spec, modelFeatures: parsed.model.featureCount)
        guard parsed.model.featureCount <= featurizer.featureCount else {
            throw SwerveError(
                .invalid, act: "building a scorer",
                reason: "\(file) takes \(parsed.model.featureCount) features, above the "
                    + "featurizer's \(featurizer.featureCount)",
                remedy: "use the featurizer spec of the training")
        }
        try FeatureWidth.check(
            featurizer.featureCount, of: parsed.model, file: file, isWideAllowed: isWideAllowed)
        var model = parsed.model.widened(to: featurizer.featureCount)
        if let positive = reading.positive {
            model = try model.speaking(of: positive, act: "building a scorer")
        }
        if let rule = reading.labelRule { model = model.choosing(by: rule) }
        return try Scorer(
            featurizer: featurizer, model: model, labels: labels, threshold: threshold)
    }

    private static func spec(
        _ parsed: ParsedModel, file: String, featurizer: NamedBytes?
    ) throws(SwerveError) -> FeaturizerSpec {
        let beside = try featurizer.map { file throws(SwerveError) in
            try FeaturizerSpec(parsing: file.bytes, file: file.name)
        }
        switch (parsed.featurizer, beside) {
        case (nil, let beside?): return beside
        case (let own?, nil): return own
        case (let own?, let beside?):
            guard case .dense = own.source else {
                throw SwerveError(
                    .invalid, act: "building a scorer",
                    reason: "\(file) says itself how its input becomes features",
                    problem: Problem(.featurizerSuperfluous))
            }
            return FeaturizerSpec(
                source: beside.source, transforms: beside.transforms + own.transforms)
        case (nil, nil):
            throw SwerveError(
                .invalid, act: "building a scorer",
                reason: "\(file) does not say how a request becomes numbers",
                remedy: "register it with the recipe of its training, a featurizer spec")
        }
    }

    /// Builds the scorer of an artifact whose manifest is already verified.
    ///
    /// Reads each file once, on the calling thread; 2^18 features take about 20 ms.
    ///
    /// - Parameters:
    ///   - sha256: the digest of some bytes.
    ///   - read: the content of a file of the manifest. Its errors pass through unchanged, so that
    ///     an artifact out of reach stays retryable.
    /// - Throws: `SwerveError.invalid` for content that differs from the manifest, that cannot be
    ///   parsed, or whose golden decisions differ; `.tooLarge` above a limit.
    package static func load(
        _ manifest: ArtifactManifest, isWideAllowed: Bool = true, sha256: ([UInt8]) -> Digest,
        read: (ArtifactManifest.File) throws(SwerveError) -> [UInt8]
    ) throws(SwerveError) -> Scorer {
        try loadWithScores(manifest, isWideAllowed: isWideAllowed, sha256: sha256, read: read)
            .scorer
    }

    /// The same, with the scores of the artifact's golden inputs.
    package static func loadWithScores(
        _ manifest: ArtifactManifest, isWideAllowed: Bool = true, sha256: ([UInt8]) -> Digest,
        read: (ArtifactManifest.File) throws(SwerveError) -> [UInt8]
    ) throws(SwerveError) -> (scorer: Scorer, goldenScores: [Double]) {
        let act = "loading an artifact"
        guard ModelFormat(rawValue: manifest.format) != nil else {
            throw SwerveError(
                .invalid, act: act,
                reason: "unknown format '\(manifest.format.shortened(to: 40))'",
                remedy: "use a newer swerve")
        }
        let files = try chosenFiles(manifest, act)
        var contents: [NamedBytes] = []
        for file in files {
            contents.append(try verified(file, sha256, read, act))
        }
        guard try ModelFormat.recognize(contents[0]).rawValue == manifest.format else {
            throw SwerveError(
                .invalid, act: act, reason: "\(files[0].name) is not \(manifest.format)")
        }
        let scorer = try build(
            ParsedModel(parsing: contents[0], isZeroBased: manifest.reading.isZeroBased),
            file: contents[0].name, featurizer: contents.count == 3 ? contents[2] : nil,
            labels: manifest.labels, threshold: manifest.threshold, reading: manifest.reading,
            isWideAllowed: isWideAllowed)
        return (scorer, try SelfTest.run(scorer, on: GoldenFile.parse(contents[1])))
    }

    /// Model and golden inputs, one of each, and the featurizer where there is one, in this order.
    private static func chosenFiles(
        _ manifest: ArtifactManifest, _ act: String
    ) throws(SwerveError) -> [ArtifactManifest.File] {
        var chosen: [ArtifactManifest.File] = []
        for role in [ArtifactManifest.File.Role.model, .golden, .featurizer] {
            let matching = manifest.files.filter { $0.role == role }
            if role == .featurizer, matching.isEmpty { continue }
            guard let file = matching.first, matching.count == 1 else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "\(matching.count) files with the role \(role.rawValue), not one")
            }
            guard file.bytes <= limit(role) else {
                throw SwerveError(
                    .tooLarge, act: act,
                    reason: "\(file.name) has \(file.bytes) bytes, the limit is \(limit(role))")
            }
            chosen.append(file)
        }
        return chosen
    }

    private static func limit(_ role: ArtifactManifest.File.Role) -> Int {
        switch role {
        case .model: Limits.modelFileBytes
        case .featurizer: Limits.featurizerSpecBytes
        case .golden: Limits.goldenBytes
        }
    }

    private static func verified(
        _ file: ArtifactManifest.File, _ sha256: ([UInt8]) -> Digest,
        _ read: (ArtifactManifest.File) throws(SwerveError) -> [UInt8], _ act: String
    ) throws(SwerveError) -> NamedBytes {
        let bytes = try read(file)
        guard bytes.count == file.bytes else {
            throw SwerveError(
                .invalid, act: act,
                reason: "\(file.name) has \(bytes.count) bytes, the manifest says \(file.bytes)")
        }
        let digest = sha256(bytes)
        guard digest == file.sha256 else {
            throw SwerveError(
                .invalid, act: act,
                reason: "\(file.name) is \(digest), the manifest says \(file.sha256)")
        }
        return NamedBytes(name: file.name, bytes: bytes)
    }
}
