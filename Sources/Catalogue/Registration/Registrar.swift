package import Lifecycle
import ModelFormats
import Platform
package import Registry
import Scoring

/// From files to a registered version: build, golden inputs, manifest, load back, store.
package enum Registrar {
    /// Registers what `request` has.
    ///
    /// Parses and hashes the model once and loads it twice; 2^18 features take about 60 ms.
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
        let exported = try ExportedVersion.given(by: request)
        let prepared = try prepare(request, exported)
        let registration = try registry.register(
            prepared.artifact, digest: prepared.digest, as: request.model,
            metadata: exported?.completed(metadata) ?? prepared.training.completing(metadata),
            facts: prepared.facts,
            aliases: request.aliases, signer: signer)
        return RegistrationOutcome(
            registration: registration, manifest: prepared.manifest,
            goldenInputs: prepared.goldenInputs, leftOut: exported?.leftOut ?? [],
            meaning: prepared.meaning)
    }

    /// Puts the artifact together and proves that it loads; touches no registry.
    package static func prepare(
        _ request: RegistrationRequest
    ) throws(SwerveError) -> PreparedArtifact {
        try prepare(request, ExportedVersion.given(by: request))
    }

    private static func prepare(
        _ request: RegistrationRequest, _ exported: ExportedVersion?
    ) throws(SwerveError) -> PreparedArtifact {
        let act = "registering \(request.model)"
        do throws(SwerveError) {
            if let exported { return try exported.prepared(isForced: request.isForced) }
            guard case .files(let files) = request.content else {
                throw SwerveError(.system, act: act, reason: "the folder was not looked at")
            }
            return try assemble(request, files, act: act)
        } catch {
            throw error.act == act ? error : error.during(act)
        }
    }

    /// What golden inputs are called in an artifact; they are stored in one form, whoever gave
    /// them.
    private static let goldenName = "golden.jsonl"

    private static func assemble(
        _ request: RegistrationRequest, _ given: RegistrationFiles, act: String
    ) throws(SwerveError) -> PreparedArtifact {
        try given.check(act: act)
        let model = given.model
        let format = try ModelFormat.recognize(model)
        let parsed = try ParsedModel(parsing: model, isZeroBased: request.isZeroBased)
        let featurizer = given.featurizer
        if featurizer == nil { try requireFeaturizer(parsed, format: format, act: act) }
        let labels = request.labels.isEmpty ? parsed.labels : request.labels
        let (reading, spoken) = try reading(of: request, parsed, labels: labels, act: act)
        let threshold =
            request.threshold ?? (reading.labelRule == .probability ? 0 : spoken.threshold)
        let scorer = try ScorerLoader.build(
            parsed, file: model.name, featurizer: featurizer, labels: labels, threshold: threshold,
            reading: reading, isWideAllowed: request.isForced)
        // Inputs of the file's own are numbers, which a spec beside it makes out of something else.
        let carried = featurizer == nil ? spoken.golden : []
        let inputs: [GoldenInput]
        if let file = given.golden {
            inputs = try GoldenInputs.supplied(
                file, scorer: scorer, turning: reading.positive == nil ? nil : parsed.model,
                textField: request.textField)
        } else if !carried.isEmpty {
            inputs = carried
        } else {
            inputs = try GoldenInputs.made(scorer)
        }
        let golden = NamedBytes(name: goldenName, bytes: try GoldenFile.encode(inputs))
        let beside = featurizer.map { [(ArtifactManifest.File.Role.featurizer, $0)] } ?? []
        return try proved(
            [(.model, model), (.golden, golden)] + beside, count: inputs.count,
            training: TrainingRecord(parsed.training, act: "reading \(model.name)"), act: act
        ) { files in
            ArtifactManifest(
                format: format.rawValue, files: files, labels: labels, threshold: threshold,
                goldenSource: given.golden == nil && carried.isEmpty ? .own : .supplied,
                reading: reading)
        }
    }

    /// What is read otherwise than the file says, and the model that comes of it.
    ///
    /// What is asked for and so anyway is not noted: the artifact is the same then.
    private static func reading(
        of request: RegistrationRequest, _ parsed: ParsedModel, labels: [String: String],
        act: String
    ) throws(SwerveError) -> (ModelReading, ParsedModel) {
        var reading = ModelReading(isZeroBased: request.isZeroBased)
        reading.labelRule = request.labelRule == .probability ? .probability : nil
        guard let wanted = request.positive else { return (reading, parsed) }
        let spoken = try parsed.speaking(
            of: LabelNames.ownClass(
                wanted, labels: labels, classes: parsed.model.classes, act: act), act: act)
        if spoken.model.positive != parsed.model.positive {
            reading.positive = spoken.model.positiveClass
        }
        return (reading, spoken)
    }

    private static func requireFeaturizer(
        _ parsed: ParsedModel, format: ModelFormat, act: String
    ) throws(SwerveError) {
        guard parsed.featurizer == nil else { return }
        throw SwerveError(
            .usage, act: act,
            reason: "a \(format.rawValue) model does not say how a request becomes numbers",
            problem: Problem(
                .featurizerMissing,
                [.example: FeatureWidth.suggestedSpec(for: parsed.model.featureCount)]))
    }

    /// The artifact of `files`, loaded back as a worker loads it: what does not, is not registered.
    private static func proved(
        _ files: [(role: ArtifactManifest.File.Role, content: NamedBytes)], count: Int,
        training: TrainingRecord, act: String,
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
            facts: VersionFacts(scorer), meaning: ScoreMeaning(scorer), training: training)
    }
}

/// An artifact that was put together and proved to load, not yet in a registry.
package struct PreparedArtifact: Sendable {
    package let artifact: Artifact
    package let manifest: ArtifactManifest
    package let digest: Digest
    package let goldenInputs: Int
    package let facts: VersionFacts
    package let meaning: ScoreMeaning
    /// What the model file says of its training.
    var training = TrainingRecord()
}

extension VersionFacts {
    /// As the loaded scorer is.
    init(_ scorer: Scorer) {
        self.init(
            labels: scorer.labels, task: scorer.task, inputView: scorer.featurizer.inputName,
            features: scorer.featurizer.featureCount)
    }
}
