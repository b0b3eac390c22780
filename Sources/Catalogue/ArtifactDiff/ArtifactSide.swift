package import Lifecycle
package import Registry
package import Scoring

/// One of two versions that are compared: what is said of it, and its scorer where it still loads.
package struct ArtifactSide: Sendable {
    package let version: RegisteredVersion
    package let manifest: ArtifactManifest
    package let scorer: Scorer?
    /// Why there is no scorer.
    package let fault: String?

    package init(
        version: RegisteredVersion, manifest: ArtifactManifest, scorer: Scorer?,
        fault: String? = nil
    ) {
        self.version = version
        self.manifest = manifest
        self.scorer = scorer
        self.fault = fault
    }

    /// Reads a version; one whose files are gone or damaged comes without a scorer.
    ///
    /// - Throws: where the version or its manifest cannot be read.
    package init(_ reference: VersionReference, in registry: Registry) throws(SwerveError) {
        let version = try registry.version(reference)
        let manifest = try registry.manifest(version.digest)
        do throws(SwerveError) {
            let scorer = try OfflineScorer.load(try registry.artifact(version.digest))
            self.init(version: version, manifest: manifest, scorer: scorer)
        } catch {
            self.init(
                version: version, manifest: manifest, scorer: nil, fault: error.description)
        }
    }

    var name: String { version.reference.description }

    /// What is said of the version, and by whom; no digest covers it.
    var metadata: JSONValue {
        let said = version.metadata
        return [
            "note": .string(said.note),
            "tags": .object(said.tags.mapValues { .string($0) }),
            "metrics": .object(said.metrics.mapValues { .double($0) }),
            "lineage": said.lineage.json, "registered_at": .string(said.registeredAt),
            "registered_by": .string(said.registeredBy),
        ]
    }

    /// What the version is; fields that only a scorer tells are missing without one.
    var facts: JSONValue {
        var fields: [String: JSONValue] = [
            "format": .string(manifest.format),
            "bytes": .int(Int64(manifest.files.reduce(0) { $0 &+ $1.bytes })),
            "golden": .string(manifest.goldenSource.rawValue),
        ]
        if manifest.reading.isZeroBased { fields["zero_based"] = true }
        if let scorer {
            fields["task"] = .string(scorer.task)
            fields["input_view"] = .string(scorer.featurizer.inputName)
            fields["features"] = .int(Int64(scorer.featurizer.featureCount))
            fields["gives_probability"] = .bool(scorer.model.probability != .none)
            fields["calibration"] = scorer.model.calibration?.json
        }
        return .object(fields)
    }

    /// What a decision means.
    var verdict: JSONValue {
        var fields: [String: JSONValue] = [
            "labels": .object(manifest.labels.mapValues { .string($0) }),
            "threshold": .double(manifest.threshold),
        ]
        fields["label_rule"] = manifest.reading.labelRule.map { .string($0.rawValue) }
        fields["positive"] = manifest.reading.positive.map { .string($0) }
        if let scorer {
            fields["above_threshold"] = scorer.positiveLabel.map { .string($0) }
            fields["classes"] = .array(scorer.model.classes.map { .string($0) })
        }
        return .object(fields)
    }
}
