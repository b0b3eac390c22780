internal import Lifecycle
internal import Scoring

/// What the exporter for scikit-learn writes.
///
/// A safetensors file whose metadata `swerve` is a JSON manifest, which says what the tensors mean;
/// `models/exporter/README.md` describes it.
enum Bundle {
    /// The metadata key of the manifest.
    private static let manifestKey = "swerve"
    private static let schema = 1
    private static let bounds = JSONBounds(
        bytes: Limits.bundleHeaderBytes, depth: Limits.featurizerSpecDepth, values: 200_000)
    private static let keys: Set<String> = [
        "schema", "task", "classes", "positive", "rule", "function", "probability",
        "calibration", "refuses_non_finite", "threshold", "labels", "featurizer", "golden",
        "versions", "training",
    ]

    /// Parses a bundle; hostile until parsed: every size is held against the file's before memory
    /// is taken.
    ///
    /// - Throws: `SwerveError.invalid` that names the tensor or the key, `.tooLarge` above a limit.
    static func parse(_ file: NamedBytes) throws(SwerveError) -> ParsedModel {
        let act = "reading bundle \(file.name)"
        var text = ""
        let tensors = try Safetensors(parsing: file, act: act) { metadata throws(SwerveError) in
            guard let manifest = metadata[manifestKey]?.string else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "a safetensors file, but no bundle: it has no '\(manifestKey)' among "
                        + "its metadata",
                    remedy: "write it with the exporter, swerve-export IN.joblib OUT.safetensors")
            }
            text = manifest
        }
        let bytes = Array(text.utf8)
        let json = try JSONValue(
            parsing: bytes, 0..<bytes.count, bounds, place: "the manifest", act: act)
        return try parse(BundleObject(json, place: "manifest", tensors: tensors))
    }

    private static func parse(_ manifest: BundleObject) throws(SwerveError) -> ParsedModel {
        guard manifest.value("schema") == .int(Int64(schema)) else {
            throw manifest.wrong(
                "schema", "is not \(schema)",
                remedy: "use a swerve and an exporter of the same version")
        }
        try manifest.require(keys: keys)
        let model = try BundleModel.parse(manifest)
        let threshold = try manifest.number("threshold")
        guard model.rule == .single || threshold == 0 else {
            throw manifest.wrong("threshold", "is not 0, though several decisions compete")
        }
        return ParsedModel(
            model: model, featurizer: try BundleFeaturizer.parse(manifest.object("featurizer")),
            labels: try labels(manifest, model), threshold: threshold,
            golden: try BundleGolden.parse(manifest, decisions: model.decisionCount),
            training: manifest.value("training"))
    }

    private static func labels(
        _ manifest: BundleObject, _ model: Model
    ) throws(SwerveError) -> [String: String] {
        let object = try manifest.object("labels")
        guard object.fields.count <= Limits.labels else {
            throw manifest.wrong("labels", "are more than \(Limits.labels)")
        }
        var labels: [String: String] = [:]
        for name in object.fields.keys.sorted() {
            let named = try object.string(name)
            guard model.classes.contains(named) else {
                throw object.wrong(name, "names a class that the model does not have")
            }
            labels[name] = named
        }
        return labels
    }
}
