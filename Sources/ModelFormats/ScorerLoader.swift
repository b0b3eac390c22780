package import Lifecycle
package import Scoring

/// From an artifact to a scorer that may serve: verify, parse, build, self-test.
package enum ScorerLoader {
    /// Builds a scorer from a model file and a featurizer spec, without a self-test: what
    /// registration does before golden inputs exist.
    ///
    /// - Throws: `SwerveError` that names file and line, or key, or label.
    package static func build(
        model: NamedBytes, featurizer: NamedBytes, labels: [String: String], threshold: Double
    ) throws(SwerveError) -> Scorer {
        let format = try ModelFormat.recognize(model)
        let spec = try FeaturizerSpec(parsing: featurizer.bytes, file: featurizer.name)
        let featurizer = Featurizer(spec)
        switch format {
        case .liblinear:
            let linear = try LiblinearModel.parse(model, featureCount: featurizer.featureCount)
            return try Scorer(
                featurizer: featurizer, model: linear, labels: labels, threshold: threshold)
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
        _ manifest: ArtifactManifest, sha256: ([UInt8]) -> Digest,
        read: (ArtifactManifest.File) throws(SwerveError) -> [UInt8]
    ) throws(SwerveError) -> Scorer {
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
            model: contents[0], featurizer: contents[1], labels: manifest.labels,
            threshold: manifest.threshold)
        try SelfTest.run(scorer, on: GoldenFile.parse(contents[2]))
        return scorer
    }

    /// Model, featurizer and golden inputs, in this order; one of each, and nothing else.
    private static func chosenFiles(
        _ manifest: ArtifactManifest, _ act: String
    ) throws(SwerveError) -> [ArtifactManifest.File] {
        var chosen: [ArtifactManifest.File] = []
        for role in [ArtifactManifest.File.Role.model, .featurizer, .golden] {
            let matching = manifest.files.filter { $0.role == role }
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
