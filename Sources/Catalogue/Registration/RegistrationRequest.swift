package import Lifecycle
package import Registry

/// What is to be registered: the files themselves, and what is said of the version.
package struct RegistrationRequest: Codable, Sendable, Equatable {
    package var model: ModelName
    package var content: RegistrationContent
    /// The field of golden lines that is the request's text; nil: `text`.
    package var textField: String?
    /// Nil for the model's own, or 0.
    package var threshold: Double?
    /// The model's classes by the name that they get; empty for the model's own.
    package var labels: [String: String] = [:]
    /// The class that score, probability and threshold speak of: the model's own name of it, or its
    /// label; nil for the file's own.
    package var positive: String?
    /// Nil for the decisions.
    package var labelRule: LabelRule?
    /// Whether the indices of a LIBSVM file begin at 0.
    package var isZeroBased = false
    /// Of the training; finite.
    package var metrics: [String: Double] = [:]
    package var tags: [String: String] = [:]
    package var note = ""
    package var lineage = Lineage()
    /// Names that the version has from now on.
    package var aliases: [AliasName] = []

    /// Whether a spec far wider than the model is meant.
    package var isForced = false

    package init(model: ModelName, content: RegistrationContent) {
        self.model = model
        self.content = content
    }
}

/// What a registration came to.
package struct RegistrationOutcome: Codable, Sendable, Equatable {
    package let registration: Registration
    package let manifest: ArtifactManifest
    package let goldenInputs: Int
    /// Files of an exported folder that belong to nothing in it; the first few.
    package let leftOut: [String]
    /// What its numbers mean.
    package let meaning: ScoreMeaning?

    /// The document of `swerve register --json`.
    package var json: JSONValue {
        [
            "model": .string(registration.version.model.description),
            "version": .int(Int64(registration.version.version)),
            "digest": .string(registration.digest.description), "new": .bool(registration.isNew),
            "format": .string(manifest.format),
            "golden": .string(manifest.goldenSource.rawValue),
            "golden_inputs": .int(Int64(goldenInputs)), "threshold": .double(manifest.threshold),
            "labels": .object(manifest.labels.mapValues { .string($0) }),
            "positive": meaning?.positive.map { .string($0) } ?? .null,
        ]
    }
}
