import ArgumentParser
import Catalogue
import Lifecycle
import Operations
import Registry

/// A model with its versions, or one version with its manifest.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a model and its versions, or one version whole.")

    @Argument(help: "NAME, NAME@V or NAME@ALIAS.")
    var what: String

    @Option(
        parsing: .unconditional, help: "Of a model the newest so many versions; 1000 without.")
    var limit: Int?

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let selector = try what.contains("@") ? VersionSelector(what) : nil
        let name = try selector?.model ?? ModelName(what)
        guard limit ?? 1 > 0, selector == nil || limit == nil else {
            throw SwerveError(
                .usage, act: "reading --limit",
                reason: selector == nil ? "not above 0" : "\(what) is one version alone")
        }
        let backend = try registry.backend()
        let document: JSONValue
        if let selector {
            let result = try backend.version(VersionRequest(version: selector))
            var fields = VersionDocument.whole(result).object ?? [:]
            // Of a version whose files are gone there is still all the rest to show.
            let stored = try? backend.artifact(ArtifactRequest(version: selector)).artifact
            fields["calibration"] = stored?.calibration(result.manifest) ?? .null
            // The manifest's words stay; what a deployment says otherwise stands beside them.
            let deployment = try backend.model(ModelRequest(model: name, limit: 0)).deployment
            let present = deployment?.settings[result.version.reference.version]
            fields["in_force"] = present.flatMap {
                VersionDocument.inForce($0, over: result.manifest)
            }
            document = .object(fields)
        } else {
            let result = try backend.model(
                .newest(of: name, limit: limit ?? Self.versionsUsual))
            if let oldest = result.versions.first?.reference.version, oldest > 1 {
                Terminal.note("versions below \(oldest) are left out; see --limit")
            }
            document = [
                "model": .string(result.model.description),
                "deployment": result.deployment?.document ?? .null,
                "versions": .array(result.versions.map(VersionDocument.brief)),
            ]
        }
        Terminal.line(output.json ? document.text : document.prettyText)
    }

    private static let versionsUsual = 1_000
}

/// The documents of a version.
enum VersionDocument {
    static func brief(_ version: RegisteredVersion) -> JSONValue {
        [
            "version": .int(Int64(version.reference.version)),
            "digest": .string(version.digest.description), "bytes": .int(Int64(version.bytes)),
            "note": .string(version.metadata.note),
            "metrics": .object(version.metadata.metrics.mapValues { .double($0) }),
            "tags": .object(version.metadata.tags.mapValues { .string($0) }),
            "registered_at": .string(version.metadata.registeredAt),
            "registered_by": .string(version.metadata.registeredBy),
            "lineage": version.metadata.lineage.json, "format": .string(version.facts.format),
            "task": version.facts.scorer.task.map { .string($0) } ?? .null,
            "input_view": version.facts.scorer.inputView.map { .string($0) } ?? .null,
            "features": version.facts.scorer.features.map { .int(Int64($0)) } ?? .null,
            "aliases": .array(version.aliases.map { .string($0.description) }),
            "role": version.role.map { .string($0.rawValue) } ?? .null,
            "archived": archived(version.archival),
            "signed_by": .array(version.signers.map { .string($0.key) }),
        ]
    }

    /// The same with the model's name, for lists over several models.
    static func named(_ version: RegisteredVersion) -> JSONValue {
        var fields = brief(version).object ?? [:]
        fields["model"] = .string(version.reference.model.description)
        return .object(fields)
    }

    private static func archived(_ archival: Archival?) -> JSONValue {
        guard let archival else { return .null }
        return [
            "at": .string(archival.at), "by": .string(archival.by),
            "reason": .string(archival.reason),
            "collected_at": archival.collectedAt.map { .string($0) } ?? .null,
        ]
    }

    /// What a deployment's settings make other than the artifact says; nil where nothing is.
    static func inForce(
        _ settings: VersionSettings, over manifest: ArtifactManifest
    ) -> JSONValue? {
        var fields: [String: JSONValue] = [:]
        if let threshold = settings.threshold, threshold != manifest.threshold {
            fields["threshold"] = .double(threshold)
        }
        if let rule = settings.labelRule, rule != manifest.reading.labelRule ?? .votes {
            fields["label_rule"] = .string(rule.rawValue)
        }
        if let labels = settings.labels, labels != manifest.labels {
            fields["labels"] = .object(labels.mapValues { .string($0) })
        }
        return fields.isEmpty ? nil : .object(fields)
    }

    static func whole(_ result: VersionResult) -> JSONValue {
        let (version, manifest) = (result.version, result.manifest)
        var fields = brief(version).object ?? [:]
        fields["model"] = .string(version.reference.model.description)
        fields["format"] = .string(manifest.format)
        fields["labels"] = .object(manifest.labels.mapValues { .string($0) })
        fields["threshold"] = .double(manifest.threshold)
        fields["positive"] = result.meaning?.positive.map { .string($0) } ?? .null
        fields["label_rule"] = result.meaning?.labelRule.map { .string($0.rawValue) } ?? .null
        fields["score_means"] = result.meaning.map { .string($0.words) } ?? .null
        if manifest.reading.isZeroBased { fields["zero_based"] = true }
        fields["golden"] = .string(manifest.goldenSource.rawValue)
        fields["files"] = .array(
            manifest.files.map { file in
                [
                    "role": .string(file.role.rawValue), "name": .string(file.name),
                    "bytes": .int(Int64(file.bytes)), "sha256": .string(String(file.sha256.hex)),
                ]
            })
        return .object(fields)
    }
}
