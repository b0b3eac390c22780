import Catalogue
package import Fleet
package import Lifecycle
import Registry

/// A backend that does what one subject may, and tells what it may know.
///
/// Everything that a hub answers of the registry goes through it, so nothing is left out by
/// forgetting: a new request of the protocol says here what it needs. What is none ask the subject
/// themselves: `/v1/events`, what pages show of the fleet, and a copy of the whole registry.
package struct SubjectBackend: Backend {
    let inner: any Backend
    let subject: HubSubject
    private let auditLook: Int

    /// - Parameters:
    ///   - inner: whose changes are told to be by the subject's name.
    ///   - auditLook: how many entries of the audit chain are looked through at once for those that
    ///     the subject sees, where it does not see all.
    package init(_ inner: any Backend, for subject: HubSubject, auditLook: Int = 2_000) {
        self.inner = inner
        self.subject = subject
        self.auditLook = auditLook
    }

    // MARK: - Deployments

    package func change(_ request: ChangeRequest) throws(SwerveError) -> ChangeResult {
        try asked(.promoter, on: [request.model], "changing a deployment") {
            () throws(SwerveError) in shown(try inner.change(request))
        }
    }

    package func changeSettings(
        _ request: SettingsChangeRequest
    ) throws(SwerveError) -> ChangeResult {
        try asked(.promoter, on: [request.model], "changing settings") {
            () throws(SwerveError) in shown(try inner.changeSettings(request))
        }
    }

    package func settings(_ request: SettingsRequest) throws(SwerveError) -> SettingsResult {
        try asked(.reader, on: [request.model], "reading settings") {
            () throws(SwerveError) in try inner.settings(request)
        }
    }

    // MARK: - Rollouts

    package func startRollout(
        _ request: RolloutStartRequest
    ) throws(SwerveError) -> RolloutStartResult {
        try asked(.promoter, on: [request.model], "starting a rollout") {
            () throws(SwerveError) in try inner.startRollout(request)
        }
    }

    package func sayToRollout(
        _ request: RolloutWordRequest
    ) throws(SwerveError) -> RolloutWordResult {
        try asked(.promoter, on: [request.model], "saying a word to a rollout") {
            () throws(SwerveError) in try inner.sayToRollout(request)
        }
    }

    package func signRollout(
        _ request: RolloutSignRequest
    ) throws(SwerveError) -> RolloutStanding {
        try asked(.promoter, on: [request.model], "signing a rollout") {
            () throws(SwerveError) in try inner.signRollout(request)
        }
    }

    package func rollout(_ request: RolloutRequest) throws(SwerveError) -> RolloutStanding {
        try asked(.reader, on: [request.model], "reading a rollout") {
            () throws(SwerveError) in try inner.rollout(request)
        }
    }

    // MARK: - Announcements

    package func republish(_ request: RepublishRequest) throws(SwerveError) -> RepublishResult {
        try asked(.promoter, on: [request.model], "announcing again") {
            () throws(SwerveError) in try inner.republish(request)
        }
    }

    /// What another registry said of the model is passed over: an admin's.
    package func adopt(_ request: AdoptRequest) throws(SwerveError) -> AdoptResult {
        try asked(.admin, on: [request.model], "adopting a model") {
            () throws(SwerveError) in try inner.adopt(request)
        }
    }

    // MARK: - Models and versions

    package func models(_ request: ModelsRequest) throws(SwerveError) -> ModelsResult {
        try asked(.reader, on: [nil], "listing the models") { () throws(SwerveError) in
            let all = try inner.models(request)
            return ModelsResult(models: all.models.filter { subject.sees("\($0.name)") })
        }
    }

    package func model(_ request: ModelRequest) throws(SwerveError) -> ModelResult {
        try asked(.reader, on: [request.model], "reading a model") {
            () throws(SwerveError) in try inner.model(request)
        }
    }

    package func version(_ request: VersionRequest) throws(SwerveError) -> VersionResult {
        try asked(.reader, on: [request.version.model], "reading a version") {
            () throws(SwerveError) in try inner.version(request)
        }
    }

    package func artifact(_ request: ArtifactRequest) throws(SwerveError) -> ArtifactResult {
        try asked(.reader, on: [request.version.model], "reading an artifact") {
            () throws(SwerveError) in try inner.artifact(request)
        }
    }

    /// Whoever sees a model that has it may have it.
    package func bundle(_ request: BundleRequest) throws(SwerveError) -> BundleResult {
        let act = "reading an artifact"
        let result = try asked(.reader, on: [nil], act) {
            () throws(SwerveError) in try inner.bundle(request)
        }
        guard subject.seesAll || result.models.contains(where: { subject.sees("\($0)") }) else {
            // As one that is not there.
            throw SwerveError(
                .notFound, act: act, reason: "the registry has no artifact \(request.digest)",
                problem: Problem(.artifactNotFound, [.artifact: request.digest.description]))
        }
        return result
    }

    package func diff(_ request: DiffRequest) throws(SwerveError) -> DiffResult {
        let models = [request.before.model, request.after.model]
        return try asked(.reader, on: models, "comparing two versions") {
            () throws(SwerveError) in try inner.diff(request)
        }
    }

    package func verify(_ request: VerifyRequest) throws(SwerveError) -> VerifyResult {
        let act = "verifying versions"
        let model: ModelName? =
            switch request.scope {
            case .all: nil
            case .model(let model): model
            case .version(let selector): selector.model
            }
        if model == nil { try requireAll(act) }
        return try asked(.reader, on: [model], act) {
            () throws(SwerveError) in try inner.verify(request)
        }
    }

    package func aliases(_ request: AliasesRequest) throws(SwerveError) -> AliasesResult {
        try asked(.reader, on: [request.model], "listing aliases") {
            () throws(SwerveError) in try inner.aliases(request)
        }
    }

    package func score(_ request: ScoreRequest) throws(SwerveError) -> ScoreResult {
        try asked(.reader, on: [request.version.model], "scoring with a version") {
            () throws(SwerveError) in try inner.score(request)
        }
    }

    // MARK: - Changes of versions and keys

    package func register(_ request: RegisterRequest) throws(SwerveError) -> RegisterResult {
        try asked(.registrar, on: [request.registration.model], "registering a version") {
            () throws(SwerveError) in try inner.register(request)
        }
    }

    package func annotate(_ request: AnnotateRequest) throws(SwerveError) -> VersionChangeResult {
        try asked(.registrar, on: [request.version.model], "annotating a version") {
            () throws(SwerveError) in try inner.annotate(request)
        }
    }

    package func archive(_ request: ArchiveRequest) throws(SwerveError) -> VersionChangeResult {
        try asked(.registrar, on: [request.version.model], "archiving a version") {
            () throws(SwerveError) in try inner.archive(request)
        }
    }

    package func setAlias(_ request: SetAliasRequest) throws(SwerveError) -> AliasChangeResult {
        try asked(.registrar, on: [request.version.model], "setting an alias") {
            () throws(SwerveError) in try inner.setAlias(request)
        }
    }

    package func removeAlias(
        _ request: RemoveAliasRequest
    ) throws(SwerveError) -> AliasChangeResult {
        try asked(.registrar, on: [request.model], "removing an alias") {
            () throws(SwerveError) in try inner.removeAlias(request)
        }
    }

    package func collect(_ request: CollectRequest) throws(SwerveError) -> CollectResult {
        // Looking removes nothing, and may be of all models.
        let right = request.isDeleting ? HubRole.admin : .registrar
        return try asked(right, on: [request.model], "collecting files") {
            () throws(SwerveError) in try inner.collect(request)
        }
    }

    package func sign(_ request: SignRequest) throws(SwerveError) -> SignResult {
        try asked(.registrar, on: [request.version.model], "signing a version") {
            () throws(SwerveError) in try inner.sign(request)
        }
    }

    package func addKey(_ request: AddKeyRequest) throws(SwerveError) -> AddKeyResult {
        try asked(.admin, on: [nil], "adding a key") {
            () throws(SwerveError) in try inner.addKey(request)
        }
    }

    package func revokeKey(_ request: RevokeKeyRequest) throws(SwerveError) -> RevokeKeyResult {
        try asked(.admin, on: [nil], "revoking a key") {
            () throws(SwerveError) in try inner.revokeKey(request)
        }
    }

    // MARK: - What happened, who may sign

    package func history(_ request: HistoryRequest) throws(SwerveError) -> HistoryResult {
        try asked(.reader, on: [request.model], "reading the history") {
            () throws(SwerveError) in try inner.history(request)
        }
    }

    package func live(_ request: LiveRequest) throws(SwerveError) -> LiveResult {
        try asked(.reader, on: [request.model], "reading what was live") {
            () throws(SwerveError) in try inner.live(request)
        }
    }

    package func auditLog(_ request: AuditLogRequest) throws(SwerveError) -> AuditLogResult {
        try asked(.reader, on: [request.model], "reading the audit chain") {
            () throws(SwerveError) in
            guard request.model == nil, !subject.seesAll else {
                return try inner.auditLog(request)
            }
            return try seenOfAuditLog(request)
        }
    }

    /// The newest entries that it sees, as far as so many are looked through.
    private func seenOfAuditLog(
        _ request: AuditLogRequest
    ) throws(SwerveError) -> AuditLogResult {
        var found: [AuditEntry] = []
        var place = request.before
        var left = max(auditLook, request.limit)
        while left > 0, found.count < request.limit {
            let wanted = min(left, Self.auditPortion)
            let portion = try inner.auditLog(
                AuditLogRequest(model: nil, limit: wanted, before: place)
            ).entries
            found = portion.filter { subject.sees(entryOn: $0.model) } + found
            guard portion.count == wanted, let oldest = portion.first, oldest.sequence > 1 else {
                // That was the chain's beginning.
                guard found.count > request.limit else { return AuditLogResult(entries: found) }
                break
            }
            place = oldest.sequence
            left -= wanted
        }
        guard found.count > request.limit else {
            return AuditLogResult(entries: found, reached: place)
        }
        found = found.suffix(max(0, request.limit))
        return AuditLogResult(entries: found, reached: found.first?.sequence ?? place)
    }

    package func verifyAudit(
        _ request: AuditVerifyRequest
    ) throws(SwerveError) -> AuditVerifyResult {
        try requireAll("verifying the audit chain")
        return try inner.verifyAudit(request)
    }

    /// Number and hash, which are what somebody holds the chain to later, are told to everybody.
    package func auditHead(_ request: AuditHeadRequest) throws(SwerveError) -> AuditHeadResult {
        try asked(.reader, on: [nil], "reading the head of the audit chain") {
            () throws(SwerveError) in
            let result = try inner.auditHead(request)
            guard let head = result.head, !subject.sees(entryOn: head.model) else {
                return result
            }
            return AuditHeadResult(
                head: AuditEntry(sequence: head.sequence, fields: [:], hash: head.hash))
        }
    }

    package func keys(_ request: KeysRequest) throws(SwerveError) -> KeysResult {
        try asked(.reader, on: [nil], "listing the keys") {
            () throws(SwerveError) in try inner.keys(request)
        }
    }

    package func registry(_ request: RegistryRequest) throws(SwerveError) -> RegistryResult {
        try asked(.reader, on: [nil], "reading which registry it is") {
            () throws(SwerveError) in try inner.registry(request)
        }
    }

    // MARK: - The fleet

    package func status(
        _ request: StatusRequest, isStopped: () throws(SwerveError) -> Bool,
        show: (FleetStatus) -> Void
    ) throws(SwerveError) {
        let subject = subject
        try asked(.reader, on: [request.model], "looking at the fleet") {
            () throws(SwerveError) in
            try inner.status(request, isStopped: isStopped) { show($0.seen(by: subject)) }
        }
    }

    // MARK: - What they have in common

    func asked<Result>(
        _ right: HubRole, on models: [ModelName?], _ act: String,
        _ call: () throws(SwerveError) -> Result
    ) throws(SwerveError) -> Result {
        try subject.require(right, on: models.map { $0.map { "\($0)" } }, act: act)
        do throws(SwerveError) {
            return try call()
        } catch {
            throw shown(error)
        }
    }

    /// What is told of all models at once.
    private func requireAll(_ act: String) throws(SwerveError) {
        guard subject.seesAll else {
            throw SwerveError(
                .refused, act: act, reason: "\(subject.name) does not see all models",
                problem: Problem(.rightLacking, [.role: HubRole.reader.rawValue, .model: "*"]))
        }
    }

    /// The registry names the models that there are to who asks for one that is not.
    private func shown(_ error: SwerveError) -> SwerveError {
        guard !subject.seesAll, let problem = error.problem,
            problem.kind == .modelNotFound || problem.kind == .noModels
        else { return error }
        return SwerveError(
            error.code, act: error.act, reason: "there is no model \(problem[.model])",
            problem: Problem(.modelNotFound, [.model: problem[.model]]))
    }

    private func shown(_ result: ChangeResult) -> ChangeResult {
        guard !subject.seesAll else { return result }
        var result = result
        result.others = nil
        return result
    }

    /// So many entries are read at a time.
    private static let auditPortion = 200
}

extension FleetStatus {
    fileprivate func seen(by subject: HubSubject) -> FleetStatus {
        guard case .all(let summary, let withSlots) = self, !subject.seesAll else { return self }
        return .all(
            FleetSummary(
                reports: summary.reports.filter { subject.sees("\($0.model)") },
                heartbeats: summary.heartbeats), withSlots: withSlots)
    }
}
