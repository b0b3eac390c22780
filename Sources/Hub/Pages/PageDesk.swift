import Catalogue
import Fleet
import Lifecycle
import Operations
import Pages
import Platform
import Registry

/// Gathers what each page is written of: from the registry as the one who looks may see it, and
/// from what was heard of the fleet last.
struct PageDesk: Sendable {
    let door: any RegistryDoor
    /// The backend for one request, whose changes are told to be by the subject.
    let backends: @Sendable (HubSubject) throws(SwerveError) -> any Backend
    let watch: HubWatch
    let audits: AuditKeeper
    let flips: FlipWatch
    let shelf: VersionShelf
    let leader: HubLeader

    // MARK: - What every page is told

    func context(
        _ visit: PageGate.Visit, antiForgery: String, notice: Notice? = nil
    ) throws(SwerveError) -> PageContext {
        var viewer: Viewer?
        if case .known(let subject, true) = visit.who {
            viewer = Viewer(name: subject.name, role: subject.role.rawValue)
        }
        let registry = try door.readable()
        return PageContext(
            viewer: viewer, nowMs: WallClock.nowMs, registry: registry.id,
            antiForgery: antiForgery, notice: notice, readsOnly: try readsOnly(registry))
    }

    private func readsOnly(_ registry: Registry) throws(SwerveError) -> String? {
        guard !leader.isLeading else { return nil }
        guard let lease = try leader.othersLease(in: registry) else {
            return "No hub leads this registry at the moment: nothing is changed here."
        }
        return "\(lease.holder) leads this registry at \(lease.address): changes are made there."
    }

    // MARK: - Pages

    /// - Throws: `.notFound`, and `.refused` with the problem `rightLacking` for what is not
    ///   theirs.
    func page(
        _ asked: PageAsked, for subject: HubSubject
    ) throws(SwerveError) -> any Page {
        switch asked {
        case .overview(let search, let page):
            return OverviewPage(try overview(subject, search: search, page: page))
        case .model(let model, let versions, let changes):
            return ModelPage(
                try self.model(
                    model, subject, versionsBelow: versions, changesBelow: changes))
        case .version(let model, let version, let against):
            return VersionPage(try self.version(model, version, against: against, subject))
        case .fleet(let page):
            let now = watch.now
            let seen = try visible(subject)
            return FleetPage(
                now.reports.filter { seen.contains($0.model) }, page: page,
                fault: now.faultWords(nowMs: WallClock.nowMs))
        case .modelFleet(let model, let page):
            return ModelFleetPage(try fleet(of: model, subject), page: page)
        case .audit(let model, let below):
            return AuditPage(try audit(model, below: below, subject))
        case .access: return AccessPage(try access(subject))
        }
    }

    private func overview(
        _ subject: HubSubject, search: String, page: Int
    ) throws(SwerveError) -> OverviewView {
        let backend = try backends(subject)
        let models = try backend.models(ModelsRequest()).models
        let registry = try door.readable()
        let open = Set(try registry.activeRollouts().map(\.model))
        let now = watch.now
        let reports = Dictionary(now.reports.map { ($0.model, $0) }) { first, _ in first }
        var cards: [ModelCard] = []
        for summary in models {
            let name = summary.name
            cards.append(
                ModelCard(
                    summary: summary, fleet: reports[name],
                    rollout: open.contains(name)
                        ? try backend.rollout(RolloutRequest(model: name)) : nil,
                    lastChange: try backend.history(HistoryRequest(model: name, limit: 1))
                        .entries.last))
        }
        let audit = audits.last.map {
            AuditGlance(atMs: $0.endedAtMs, findings: $0.result.findings.count)
        }
        return OverviewView(
            models: cards, search: search, page: page,
            fleetFault: now.faultWords(nowMs: WallClock.nowMs),
            audit: subject.seesAll ? audit : nil)
    }

    private func model(
        _ model: ModelName, _ subject: HubSubject, versionsBelow: Int?, changesBelow: Int64?
    ) throws(SwerveError) -> ModelView {
        let backend = try backends(subject)
        let result = try backend.model(
            .newest(of: model, below: versionsBelow, limit: ModelPage.versionsMax + 1))
        let older = result.versions.reversed()
        let newest =
            try versionsBelow == nil
            ? result.versions.last?.reference.version : newestVersion(of: model, backend)
        let changes = Array(
            try backend.history(
                HistoryRequest(
                    model: model, limit: ModelPage.changesMax + 1, before: changesBelow)
            ).entries.reversed())
        let now = watch.now
        return ModelView(
            model: model, deployment: result.deployment,
            versions: Array(older.prefix(ModelPage.versionsMax)),
            // They are numbered from 1 on, and none is ever taken away.
            versionCount: newest ?? 0, newestVersion: newest ?? 0,
            hasOlderVersions: older.count > ModelPage.versionsMax,
            changes: Array(changes.prefix(ModelPage.changesMax)),
            hasOlderChanges: changes.count > ModelPage.changesMax,
            aliases: try backend.aliases(AliasesRequest(model: model)).aliases,
            fleet: now.report(of: model),
            rollout: try rollout(of: model, backend), rates: now.rates.points(of: model),
            // The backend has held before that the model is theirs to read.
            flips: result.deployment.flatMap { flips.look(at: $0) },
            mayChange: mayChange(subject, model), versionsBelow: versionsBelow,
            changesBelow: changesBelow)
    }

    private func newestVersion(
        of model: ModelName, _ backend: any Backend
    ) throws(SwerveError) -> Int? {
        try backend.model(.newest(of: model, limit: 1)).versions.last?.reference.version
    }

    /// Nil where there never was one.
    func rollout(
        of model: ModelName, _ backend: any Backend
    ) throws(SwerveError) -> RolloutStanding? {
        do throws(SwerveError) {
            return try backend.rollout(RolloutRequest(model: model))
        } catch {
            guard error.problem?.kind == .rolloutNotFound else { throw error }
            return nil
        }
    }

    private func version(
        _ model: ModelName, _ text: String, against: Int?, _ subject: HubSubject
    ) throws(SwerveError) -> VersionView {
        let backend = try backends(subject)
        let selector = try VersionSelector(model: model, text)
        let result = try backend.version(VersionRequest(version: selector))
        let newest = try backend.model(.newest(of: model, limit: 1))
        let count = newest.versions.last?.reference.version ?? 0
        let number = result.version.reference.version
        let weights = shelf.weights(of: result.version.digest, in: try door.readable())
        var view = VersionView(
            result: result,
            weights: weights.weights.map {
                NamedWeight(index: $0.index, name: $0.name, weight: $0.value)
            }, noWeights: weights.absence,
            others: (max(1, count - VersionPage.othersMax)..<count + 1).reversed(),
            deployment: newest.deployment, mayChange: mayChange(subject, model))
        guard let against, against != number else { return view }
        do throws(SwerveError) {
            view.diff = try backend.diff(
                DiffRequest(
                    before: VersionSelector(model: model, choice: .number(against)),
                    after: VersionSelector(model: model, choice: .number(number)),
                    top: VersionPage.weightsMax))
        } catch {
            view.diffFault = error
        }
        return view
    }

    private func fleet(
        of model: ModelName, _ subject: HubSubject
    ) throws(SwerveError) -> FleetReport {
        // Of models that nobody may see, or that are not there, nothing is told.
        _ = try backends(subject).model(ModelRequest(model: model, limit: 0))
        let now = watch.now
        if let report = now.report(of: model) { return report }
        guard let snapshot = now.snapshot else {
            throw SwerveError(
                .unavailable, act: "looking at the fleet of \(model)",
                reason: now.fault ?? "nothing was heard yet")
        }
        return snapshot.report(of: model, groups: [], wanted: nil)
    }

    private func audit(
        _ model: ModelName?, below: Int64?, _ subject: HubSubject
    ) throws(SwerveError) -> AuditView {
        let backend = try backends(subject)
        // A page's worth and one more; the backend leaves out what is not theirs.
        let log = try backend.auditLog(
            AuditLogRequest(model: model, limit: AuditPage.entriesMax + 1, before: below))
        let newest = Array(log.entries.reversed())
        let entries = Array(newest.prefix(AuditPage.entriesMax))
        return AuditView(
            head: try backend.auditHead(AuditHeadRequest()).head, entries: entries,
            olderBelow: newest.count > entries.count ? entries.last?.sequence : log.reached,
            verification: subject.seesAll ? audits.last : nil,
            mayKnowVerification: subject.seesAll,
            model: model?.description, below: below)
    }

    private func access(_ subject: HubSubject) throws(SwerveError) -> AccessView {
        let backend = try backends(subject)
        return AccessView(
            keys: try backend.keys(KeysRequest(isToBelieve: false)).keys,
            tokens: try tokens(backend))
    }

    /// Nil for somebody who may not see them.
    private func tokens(_ backend: any Backend) throws(SwerveError) -> [TokenRow]? {
        do throws(SwerveError) {
            let nowMs = WallClock.nowMs
            return try backend.tokens(TokensRequest()).tokens.map { TokenRow($0, nowMs: nowMs) }
        } catch {
            guard error.problem?.kind == .rightLacking else { throw error }
            return nil
        }
    }

    // MARK: - What is whose

    func mayChange(_ subject: HubSubject, _ model: ModelName) -> Bool {
        leader.isLeading && subject.may(.promoter, on: "\(model)")
    }

    private func visible(_ subject: HubSubject) throws(SwerveError) -> Set<ModelName> {
        if subject.seesAll { return Set(watch.now.reports.map(\.model)) }
        return Set(watch.now.reports.map(\.model).filter { subject.sees("\($0)") })
    }
}

extension TokenRow {
    fileprivate init(_ token: RegisteredToken, nowMs: Int64) {
        self.init(
            name: "\(token.name)", subject: token.subject, role: token.role.rawValue,
            models: "\(token.models)", createdAt: token.createdAt, createdBy: token.createdBy,
            expiresAt: token.expiresAt, isExpired: token.isExpired(atMs: nowMs),
            lastUsedAt: token.usedAt, revokedAt: token.revocation?.at)
    }
}
