package import Lifecycle
package import Registry

/// What a registration came to, for the command line.
package struct RegistrationOutcome: Sendable {
    package let registration: Registration
    package let manifest: ArtifactManifest
    package let goldenInputs: Int
    /// Files of an exported folder that belong to nothing in it; the first few.
    package let leftOut: [String]

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
        ]
    }
}
