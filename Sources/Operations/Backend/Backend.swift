package import Catalogue
package import Fleet
package import Lifecycle

/// What people and programs ask of Swerve: one request value in, one result value or error out.
///
/// A command that speaks to it knows neither registry nor brokers behind it: `FileBackend` is the
/// one of a single machine, and stands behind a hub, which another one asks over HTTP. Requests,
/// results and errors can be sent and compared; errors bear a code and, where what to do depends on
/// who reads, a `Problem` in place of words.
///
/// A copy of the whole file (`Registry.backup`, `HubBackup`), its restoring, and what runs beside a
/// registry (`serve`, `demo`, the development broker, `featurize` of a spec) are no requests: they
/// are about files and processes of the machine they run on.
///
/// Every call blocks; one thread calls at a time.
package protocol Backend {
    // MARK: - Deployments

    /// Changes a deployment, announces it, and waits for the fleet where that is asked for.
    ///
    /// - Returns: also where the registry has the change and the fleet has not: `fault` and
    ///   `convergence` say so.
    /// - Throws: what is refused, nothing being changed.
    func change(_ request: ChangeRequest) throws(SwerveError) -> ChangeResult

    /// Changes what a deployed version decides by, as `change` does.
    func changeSettings(_ request: SettingsChangeRequest) throws(SwerveError) -> ChangeResult

    /// What a deployed version decides by.
    func settings(_ request: SettingsRequest) throws(SwerveError) -> SettingsResult

    // MARK: - Rollouts

    /// Starts a rollout, which supersedes an active one of the model.
    ///
    /// - Throws: where its plan makes no sense on these versions and this traffic, nothing being
    ///   changed.
    func startRollout(_ request: RolloutStartRequest) throws(SwerveError) -> RolloutStartResult

    /// Says a person's word to a rollout.
    ///
    /// - Throws: `.refused` where its phase does not allow it.
    func sayToRollout(_ request: RolloutWordRequest) throws(SwerveError) -> RolloutWordResult

    /// Has the plan of a model's active rollout signed anew, over what is deployed now.
    ///
    /// - Throws: `.refused` for a key without the role promote, `.notFound` where none is active.
    func signRollout(_ request: RolloutSignRequest) throws(SwerveError) -> RolloutStanding

    /// How a model's newest rollout stands.
    ///
    /// - Throws: `.notFound` where it never had one.
    func rollout(_ request: RolloutRequest) throws(SwerveError) -> RolloutStanding

    // MARK: - Announcements

    /// Makes the control topic say what the registry says.
    func republish(_ request: RepublishRequest) throws(SwerveError) -> RepublishResult

    /// Takes the control topic's record of a model over.
    func adopt(_ request: AdoptRequest) throws(SwerveError) -> AdoptResult

    // MARK: - Models and versions

    /// All models, and what is live of each.
    func models(_ request: ModelsRequest) throws(SwerveError) -> ModelsResult

    /// A model with its versions.
    ///
    /// - Throws: `.notFound` for a model that is not registered, naming those that are.
    func model(_ request: ModelRequest) throws(SwerveError) -> ModelResult

    /// One version whole.
    ///
    /// - Throws: `.notFound`, naming what there is.
    func version(_ request: VersionRequest) throws(SwerveError) -> VersionResult

    /// A version with its files.
    ///
    /// - Throws: `.notFound` also where gc removed the files.
    func artifact(_ request: ArtifactRequest) throws(SwerveError) -> ArtifactResult

    /// An artifact by its digest, not held against it.
    ///
    /// - Throws: `.notFound` also where gc removed the files.
    func bundle(_ request: BundleRequest) throws(SwerveError) -> BundleResult

    /// What differs between two versions, and how far a score can change between them.
    ///
    /// - Returns: also where one of them does not load: what its manifest tells is compared.
    /// - Throws: `.usage` for a number of weights that is out of bounds.
    func diff(_ request: DiffRequest) throws(SwerveError) -> DiffResult

    /// Computes every digest and self-test anew, telling `BackendEvent.checking` before each and
    /// `BackendEvent.checked` behind it.
    ///
    /// - Returns: also where something is wrong: the counts say so.
    func verify(_ request: VerifyRequest) throws(SwerveError) -> VerifyResult

    /// The versions for which something holds.
    func search(_ request: SearchRequest) throws(SwerveError) -> SearchResult

    /// The names of a model's versions.
    func aliases(_ request: AliasesRequest) throws(SwerveError) -> AliasesResult

    /// Scores requests with a version, as a worker would.
    ///
    /// - Throws: `.usage` for more than are scored at once.
    func score(_ request: ScoreRequest) throws(SwerveError) -> ScoreResult

    // MARK: - Changes of versions and keys

    // Each of them tells `BackendEvent.pending` behind its change, where one that was made before
    // was not announced yet.

    /// Makes an artifact of files, proves that it loads, and stores it as the next version of a
    /// model, or says which version it is already; makes the registry where there is none.
    ///
    /// - Throws: with the file and the place in it; `.refused` for a signature that is not that of
    ///   the registry's key of its name. Nothing is stored then.
    func register(_ request: RegisterRequest) throws(SwerveError) -> RegisterResult

    /// Changes a version's note, tags and metrics.
    func annotate(_ request: AnnotateRequest) throws(SwerveError) -> VersionChangeResult

    /// Puts a version away, or takes it back.
    func archive(_ request: ArchiveRequest) throws(SwerveError) -> VersionChangeResult

    /// Gives a version a name, wherever the name pointed before.
    func setAlias(_ request: SetAliasRequest) throws(SwerveError) -> AliasChangeResult

    /// Takes a name away.
    func removeAlias(_ request: RemoveAliasRequest) throws(SwerveError) -> AliasChangeResult

    /// Tells which files of archived versions nothing needs, or removes them.
    func collect(_ request: CollectRequest) throws(SwerveError) -> CollectResult

    /// Adds somebody's word for a version.
    ///
    /// - Throws: `.refused` for a signature that is not that of the registry's key of its name, and
    ///   for a key that is revoked or may not sign artifacts.
    func sign(_ request: SignRequest) throws(SwerveError) -> SignResult

    /// Takes a public key in; makes the registry where there is none.
    ///
    /// - Throws: `.refused` for a name or a key that is there already.
    func addKey(_ request: AddKeyRequest) throws(SwerveError) -> AddKeyResult

    /// Ends a key, for good.
    func revokeKey(_ request: RevokeKeyRequest) throws(SwerveError) -> RevokeKeyResult

    // MARK: - Tokens of the hub

    /// Makes a token for somebody; makes the registry where there is none.
    ///
    /// - Throws: `.refused` for a name that is there already.
    func createToken(_ request: CreateTokenRequest) throws(SwerveError) -> CreateTokenResult

    /// The tokens, without their texts, which nobody keeps.
    func tokens(_ request: TokensRequest) throws(SwerveError) -> TokensResult

    /// Ends a token, for good.
    func revokeToken(_ request: RevokeTokenRequest) throws(SwerveError) -> RevokeTokenResult

    // MARK: - What happened, who may sign

    /// Who changed a deployment, when, why, and to what.
    func history(_ request: HistoryRequest) throws(SwerveError) -> HistoryResult

    /// What was live at a time.
    func live(_ request: LiveRequest) throws(SwerveError) -> LiveResult

    /// Entries of the audit chain.
    func auditLog(_ request: AuditLogRequest) throws(SwerveError) -> AuditLogResult

    /// Hashes every entry of the audit chain anew, and holds the tables and the control topic's
    /// records against it.
    ///
    /// - Returns: also where something is found.
    /// - Throws: where the registry cannot be read, or the brokers that are named.
    func verifyAudit(_ request: AuditVerifyRequest) throws(SwerveError) -> AuditVerifyResult

    /// The audit chain's newest entry.
    func auditHead(_ request: AuditHeadRequest) throws(SwerveError) -> AuditHeadResult

    /// The public keys.
    ///
    /// - Throws: `.refused` where they are to be believed and the audit chain contradicts them.
    func keys(_ request: KeysRequest) throws(SwerveError) -> KeysResult

    /// Which registry it is.
    func registry(_ request: RegistryRequest) throws(SwerveError) -> RegistryResult

    // MARK: - Webhooks

    /// All webhooks.
    func webhooks(_ request: WebhooksRequest) throws(SwerveError) -> WebhooksResult

    /// One webhook, with what it was told last.
    func webhook(_ request: WebhookRequest) throws(SwerveError) -> WebhookResult

    /// What webhooks were told, or are to be.
    func deliveries(_ request: DeliveriesRequest) throws(SwerveError) -> DeliveriesResult

    /// Takes a webhook in; makes the registry where there is none.
    ///
    /// - Throws: `.usage` for an address that may not be told.
    func addWebhook(_ request: AddWebhookRequest) throws(SwerveError) -> WebhookSecretResult

    /// Takes a webhook away: what waits for it is not told.
    func removeWebhook(_ request: RemoveWebhookRequest) throws(SwerveError) -> RemoveWebhookResult

    /// Tells a webhook again whose receiver had said that it wants no more.
    ///
    /// - Throws: `.unchanged` for one that is told already.
    func enableWebhook(_ request: EnableWebhookRequest) throws(SwerveError) -> EnableWebhookResult

    /// Gives a webhook another secret.
    func rotateWebhook(_ request: RotateWebhookRequest) throws(SwerveError) -> WebhookSecretResult

    /// Has an event delivered once more, with the same webhook-id.
    func redeliver(_ request: RedeliverRequest) throws(SwerveError) -> DeliveryResult

    /// Has a webhook told that somebody tries it out.
    func testWebhook(_ request: TestWebhookRequest) throws(SwerveError) -> DeliveryResult

    // MARK: - The fleet

    /// What the fleet runs: the status topic, and beside it the control topic and the registry,
    /// where they can be read.
    ///
    /// - Parameters:
    ///   - isStopped: asked some times a second.
    ///   - show: gets one status, or with `isFollowed` one every second: until it is stopped or,
    ///     where it waits, until it is decided or the time is over.
    /// - Throws: where the status topic cannot be read.
    func status(
        _ request: StatusRequest, isStopped: () throws(SwerveError) -> Bool,
        show: (FleetStatus) -> Void
    ) throws(SwerveError)
}

/// What a backend tells while it works.
package enum BackendEvent: Sendable, Equatable {
    /// Another process announces at this moment and is waited for, with what is known of it.
    case waitsForAnnouncer(SwerveError)
    /// The registry has the change, and the fleet is waited for from now on.
    case changed(ChangeResult)
    /// Behind a change of versions or keys: deployments that the registry had and the topic had
    /// not, and what became of them.
    case pending(PendingAnnouncements)
    /// What is verified next: a version, or the registry's file.
    case checking(String)
    /// What a check of it came to.
    case checked(RegistryVerifier.Check)
}
