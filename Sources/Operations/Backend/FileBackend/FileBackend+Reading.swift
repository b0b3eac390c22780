import Catalogue
package import Lifecycle
package import Registry

/// What only looks: the file is opened anew for each request, read-only.
extension FileBackend {
    // MARK: - Models and versions

    package func models(_ request: ModelsRequest) throws(SwerveError) -> ModelsResult {
        ModelsResult(models: try readable().models())
    }

    package func model(_ request: ModelRequest) throws(SwerveError) -> ModelResult {
        let registry = try readable()
        return ModelResult(
            model: request.model, deployment: try registry.deployment(of: request.model),
            versions: try registry.versions(
                of: request.model, after: request.after ?? 0, before: request.before,
                limit: request.limit.map { max(0, $0) }))
    }

    package func version(_ request: VersionRequest) throws(SwerveError) -> VersionResult {
        let registry = try readable()
        let version = try registry.version(try registry.resolve(request.version))
        return VersionResult(
            version: version, manifest: try registry.manifest(version.digest),
            meaning: try meaning(of: version, in: registry))
    }

    /// Only the version itself knows; nil for one that does not load, or whose files are collected.
    private func meaning(
        of version: RegisteredVersion, in registry: Registry
    ) throws(SwerveError) -> ScoreMeaning? {
        guard version.archival?.collectedAt == nil else { return nil }
        do throws(SwerveError) {
            return try meanings.meaning(of: version.digest) { () throws(SwerveError) in
                ScoreMeaning(try OfflineScorer.load(registry.artifact(version.digest)))
            }
        } catch {
            guard !error.isRetryable, error.code != .system else { throw error }
            return nil
        }
    }

    package func artifact(_ request: ArtifactRequest) throws(SwerveError) -> ArtifactResult {
        let registry = try readable()
        let version = try registry.version(try registry.resolve(request.version))
        return ArtifactResult(version: version, artifact: try registry.artifact(version.digest))
    }

    package func bundle(_ request: BundleRequest) throws(SwerveError) -> BundleResult {
        let registry = try readable()
        return BundleResult(
            models: try registry.models(with: request.digest),
            artifact: try registry.artifact(request.digest))
    }

    package func diff(_ request: DiffRequest) throws(SwerveError) -> DiffResult {
        guard (0...DiffRequest.topMax).contains(request.top) else {
            throw SwerveError(
                .usage, act: "comparing \(request.before) with \(request.after)",
                reason: "\(request.top) weights are not between 0 and \(DiffRequest.topMax)")
        }
        let registry = try readable()
        return DiffResult(
            diff: ArtifactDiff(
                from: try ArtifactSide(try registry.resolve(request.before), in: registry),
                to: try ArtifactSide(try registry.resolve(request.after), in: registry),
                top: request.top))
    }

    package func verify(_ request: VerifyRequest) throws(SwerveError) -> VerifyResult {
        let (registry, hear) = (try readable(), caller.hear)
        let scope: RegistryVerifier.Scope =
            switch request.scope {
            case .all: .all
            case .model(let model): .model(model)
            case .version(let selector): .version(try registry.resolve(selector))
            }
        var checks: [RegistryVerifier.Check] = []
        let verifier = RegistryVerifier(registry) { check in
            checks.append(check)
            hear(.checked(check))
        } progress: { subject in
            hear(.checking(subject))
        }
        let counts = try verifier.run(
            scope, after: request.after, atMost: request.limit ?? .max)
        return VerifyResult(checks: checks, counts: counts, next: verifier.reached)
    }

    package func search(_ request: SearchRequest) throws(SwerveError) -> SearchResult {
        let registry = try readable()
        let found = try registry.versions(
            matching: request.query, after: request.after, limit: request.limit.map { max(0, $0) })
        guard found.isEmpty, request.after == nil, request.limit != 0 else {
            return SearchResult(versions: found, unknownFields: [])
        }
        var unknown: [String] = []
        for field in request.query.fields {
            if case .plain = field { continue }
            guard try registry.versions(matching: .has(field), limit: 1).isEmpty else { continue }
            unknown.append(field.description)
        }
        return SearchResult(versions: [], unknownFields: unknown)
    }

    package func aliases(_ request: AliasesRequest) throws(SwerveError) -> AliasesResult {
        AliasesResult(
            model: request.model, aliases: try readable().aliases(of: request.model))
    }

    package func score(_ request: ScoreRequest) throws(SwerveError) -> ScoreResult {
        try request.check()
        let registry = try readable()
        let version = try registry.version(try registry.resolve(request.version))
        let scorer = try OfflineScorer(
            registry.artifact(version.digest), explaining: request.explain)
        return ScoreResult(
            version: version.reference, digest: version.digest,
            results: try scorer.score(request.requests.map(\.bytes)))
    }

    // MARK: - What happened, who may sign

    package func history(_ request: HistoryRequest) throws(SwerveError) -> HistoryResult {
        HistoryResult(
            entries: try readable().history(
                of: request.model, below: request.before, newest: request.limit))
    }

    package func live(_ request: LiveRequest) throws(SwerveError) -> LiveResult {
        // Times are compared as texts, which have one form.
        guard let ms = Timestamp.milliseconds(of: request.at) else {
            throw SwerveError(
                .usage, act: "reading time '\(request.at.shortened(to: 80))'",
                reason: "not a time in UTC", remedy: "write 2026-11-23T10:00:00.000Z")
        }
        return LiveResult(
            entry: try readable().change(of: request.model, liveAt: Timestamp.text(ofMs: ms)))
    }

    package func auditLog(_ request: AuditLogRequest) throws(SwerveError) -> AuditLogResult {
        AuditLogResult(
            entries: try readable().auditEntries(
                of: request.model, below: request.before, newest: request.limit))
    }

    package func verifyAudit(
        _ request: AuditVerifyRequest
    ) throws(SwerveError) -> AuditVerifyResult {
        try verifyAudit(request) { false }
    }

    /// The same for who may have to stop meanwhile, since a long chain takes long.
    ///
    /// - Parameters:
    ///   - chain: told what the registry's chain came to, before brokers are asked for the topic.
    ///   - isStopped: asked before each entry.
    /// - Throws: `.unavailable` also where it was stopped.
    package func verifyAudit(
        _ request: AuditVerifyRequest, chain: (AuditReport) -> Void = { _ in },
        isStopped: () -> Bool
    ) throws(SwerveError) -> AuditVerifyResult {
        let brokers = try brokers()
        let registry = try readable()
        let report = try registry.verifyAudit { _ in
            guard isStopped() else { return }
            throw SwerveError(
                .unavailable, act: "verifying the audit chain", reason: "it was stopped")
        }
        chain(report)
        let topic = brokers.areNamed ? try held(brokers, against: registry) : nil
        return AuditVerifyResult(place: registry.path, report: report, topic: topic)
    }

    private func held(
        _ brokers: any Brokers, against registry: Registry
    ) throws(SwerveError) -> TopicAudit.Result {
        var audit = TopicAudit(registry: registry.id, trust: try brokers.trust(isNeeded: true))
        try brokers.controlTopicToAudit().forEachRecord { audit.hear($0) }
        let pending = try registry.pendingPublications()
        return try audit.result(pending: pending) { isWanted, body throws(SwerveError) in
            try registry.auditedChanges(isWanted, body)
        }
    }

    package func auditHead(_ request: AuditHeadRequest) throws(SwerveError) -> AuditHeadResult {
        AuditHeadResult(head: try readable().auditHead())
    }

    package func keys(_ request: KeysRequest) throws(SwerveError) -> KeysResult {
        let registry = try readable()
        return KeysResult(
            keys: request.isToBelieve ? try registry.keysToBelieve() : try registry.keys())
    }

    package func registry(_ request: RegistryRequest) throws(SwerveError) -> RegistryResult {
        let registry = try readable()
        return RegistryResult(id: registry.id, place: registry.path)
    }
}
