package import Lifecycle
import ModelFormats
import Platform
package import Registry
import Scoring

/// From files to a registered version: read, build, golden inputs, manifest, load back, store.
package enum Registrar {
    /// Registers what `request` names.
    ///
    /// Reads and hashes the model once and loads it twice; 2^18 features take about 60 ms.
    /// - Parameters:
    ///   - by: the author.
    ///   - at: wall clock, ISO 8601 UTC.
    ///   - signer: stands for the artifact, in the same transaction.
    /// - Throws: with the file and the place in it; nothing is stored then.
    package static func register(
        _ request: RegistrationRequest, in registry: Registry, by author: String, at: String,
        signer: RecordSigner? = nil
    ) throws(SwerveError) -> RegistrationOutcome {
        let metadata = VersionMetadata(
            note: request.note,
            metrics: request.metrics, tags: request.tags, lineage: request.lineage,
            registeredAt: at, registeredBy: author)
        let exported = try ExportedVersion.named(in: request)
        let prepared = try prepare(request, exported)
        let registration = try registry.register(
            prepared.artifact, digest: prepared.digest, as: request.model,
            metadata: exported?.completed(metadata) ?? metadata, facts: prepared.facts,
            aliases: request.aliases, signer: signer)
        return RegistrationOutcome(
            registration: registration, manifest: prepared.manifest,
            goldenInputs: prepared.goldenInputs, leftOut: exported?.leftOut ?? [])
    }

    /// Puts the artifact together and proves that it loads; touches no registry.
    package static func prepare(
        _ request: RegistrationRequest
    ) throws(SwerveError) -> PreparedArtifact {
        try prepare(request, ExportedVersion.named(in: request))
    }

    private static func prepare(
        _ request: RegistrationRequest, _ exported: ExportedVersion?
    ) throws(SwerveError) -> PreparedArtifact {
        let act = "registering \(request.model)"
        do throws(SwerveError) {
            if let exported { return try exported.prepared(isForced: request.isForced) }
            return try assemble(request, act: act)
        } catch {
            throw error.act == act ? error : error.during(act)
        }
    }

    /// What golden inputs are called in an artifact; they are stored in one form, whoever gave
    /// them.
    private static let goldenName = "golden.jsonl"

    private static func assemble(
        _ request: RegistrationRequest, act: String
    ) throws(SwerveError) -> PreparedArtifact {
        let model = try file(request.file, limit: Limits.modelFileBytes)
        let format = try ModelFormat.recognize(model)
        let parsed = try ParsedModel(parsing: model)
        let featurizer = try featurizerFile(request, parsed, format: format, act: act)
        let labels = request.labels.isEmpty ? parsed.labels : request.labels
        let threshold = request.threshold ?? parsed.threshold
        let scorer = try ScorerLoader.build(
            parsed, file: model.name, featurizer: featurizer, labels: labels, threshold: threshold,
            isWideAllowed: request.isForced)
        // Inputs of the file's own are numbers, which a spec beside it makes out of something else.
        let carried = featurizer == nil ? parsed.golden : []
        let inputs: [GoldenInput]
        if let path = request.golden {
            inputs = try GoldenInputs.supplied(path, scorer: scorer)
        } else if !carried.isEmpty {
            inputs = carried
        } else {
            inputs = try GoldenInputs.made(scorer)
        }
        let golden = NamedBytes(name: goldenName, bytes: try GoldenFile.encode(inputs))
        let beside = featurizer.map { [(ArtifactManifest.File.Role.featurizer, $0)] } ?? []
        return try proved(
            [(.model, model), (.golden, golden)] + beside, count: inputs.count, act: act
        ) { files in
            ArtifactManifest(
                format: format.rawValue, files: files, labels: labels, threshold: threshold,
                goldenSource: request.golden == nil && carried.isEmpty ? .own : .supplied)
        }
    }

    private static func featurizerFile(
        _ request: RegistrationRequest, _ parsed: ParsedModel, format: ModelFormat, act: String
    ) throws(SwerveError) -> NamedBytes? {
        guard let path = request.featurizer else {
            if parsed.featurizer != nil { return nil }
            throw SwerveError(
                .usage, act: act,
                reason: "a \(format.rawValue) model does not say how a request becomes numbers",
                problem: Problem(
                    .featurizerMissing,
                    [.example: FeatureWidth.suggestedSpec(for: parsed.model.featureCount)]))
        }
        return try file(path, limit: Limits.featurizerSpecBytes)
    }

    private static func file(_ path: String, limit: Int) throws(SwerveError) -> NamedBytes {
        let bytes = try StateFile.read(path, limit: limit)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return NamedBytes(name: name, bytes: bytes)
    }

    /// The artifact of `files`, loaded back as a worker loads it: what does not, is not registered.
    private static func proved(
        _ files: [(role: ArtifactManifest.File.Role, content: NamedBytes)], count: Int, act: String,
        manifest make: ([ArtifactManifest.File]) -> ArtifactManifest
    ) throws(SwerveError) -> PreparedArtifact {
        var contents: [String: [UInt8]] = [:]
        for (_, file) in files {
            if let fault = ArtifactFileName.fault(file.name) {
                throw SwerveError(
                    .usage, act: act,
                    reason: "a file cannot be called '\(file.name.shortened(to: 80))': \(fault)",
                    remedy: "rename it")
            }
            guard contents.updateValue(file.bytes, forKey: file.name) == nil else {
                throw SwerveError(
                    .usage, act: act, reason: "two of its files are called '\(file.name)'",
                    remedy: "rename one ('\(goldenName)' is the name of the golden inputs)")
            }
        }
        let manifest = make(
            files.map { role, file in
                ArtifactManifest.File(
                    role: role, name: file.name, bytes: file.bytes.count,
                    sha256: ContentHash.sha256(file.bytes))
            })
        let artifact = Artifact(manifestBytes: manifest.bytes, files: contents)
        guard try ArtifactManifest(parsing: artifact.manifestBytes) == manifest else {
            throw SwerveError(.system, act: act, reason: "the manifest does not read back")
        }
        let scorer = try OfflineScorer.load(artifact)
        return PreparedArtifact(
            artifact: artifact, manifest: manifest,
            digest: ContentHash.sha256(artifact.manifestBytes), goldenInputs: count,
            facts: VersionFacts(scorer))
    }
}

/// An artifact that was put together and proved to load, not yet in a registry.
package struct PreparedArtifact: Sendable {
    package let artifact: Artifact
    package let manifest: ArtifactManifest
    package let digest: Digest
    package let goldenInputs: Int
    package let facts: VersionFacts
}

extension VersionFacts {
    /// As the loaded scorer is.
    init(_ scorer: Scorer) {
        self.init(
            labels: scorer.labels, task: scorer.task, inputView: scorer.featurizer.needs.name,
            features: scorer.featurizer.featureCount)
    }
}
