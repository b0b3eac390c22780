import Fleet
import Lifecycle
import Operations

/// All that the API does.
enum HubOperations {
    static let all: [HubOperation] =
        reading + checking + changing + files + access + webhooks

    /// What is of the registry alone, and changes with an entry of the audit chain, is kept.
    ///
    /// Not for long, since who edits the file by hand writes none. A fleet tells of itself once a
    /// second. Keys are looked up anew each time: those to believe are held against
    /// the whole chain.
    static let reading: [HubOperation] =
        [models, model, version, aliases, settings, history, live, diff, search, audit]
        .map { $0.kept(ms: 60_000) } + [fleet.kept(ms: 200, isOfFleet: true)] + [
            registry, rollout, auditHead, keys,
        ]

    private static let registry = HubOperation(
        "registry", "GET", "/v1/registry", .reader, "Which registry this is."
    ) { (backend, request: RegistryRequest) throws(SwerveError) in
        try backend.registry(request)
    }

    private static let models = HubOperation(
        "models", "GET", "/v1/models", .reader, "All models by name, and what is live of each.",
        paging: .items("models", by: .name) { [$0["name"]?.string ?? ""] }
    ) { (backend, request: ModelsRequest) throws(SwerveError) in try backend.models(request) }

    private static let model = HubOperation(
        "model", "GET", "/v1/models/{model}", .reader,
        "A model with its versions, oldest first.",
        query: [
            .init("before", .integer, "the newest of the versions below this number, in one page")
        ],
        paging: .taken("versions", by: .number) { HubPaging.number($0["reference"]) },
        shape: { fields in
            // Nothing follows them, so none more is needed to tell.
            guard fields["before"] != nil, let limit = fields["limit"]?.int else { return }
            fields["limit"] = .int(Int64(limit - 1))
        },
        epoch: { (result: ModelResult) in result.deployment?.epoch }
    ) { (backend, request: ModelRequest) throws(SwerveError) in try backend.model(request) }

    private static let version = HubOperation(
        "version", "GET", "/v1/models/{model}/versions/{version}", .reader,
        "One version, by its number or an alias.", isLong: true, shape: selected
    ) { (backend, request: VersionRequest) throws(SwerveError) in
        try backend.version(request)
    }

    private static let aliases = HubOperation(
        "aliases", "GET", "/v1/models/{model}/aliases", .reader,
        "The names of a model's versions."
    ) { (backend, request: AliasesRequest) throws(SwerveError) in
        try backend.aliases(request)
    }

    private static let settings = HubOperation(
        "settings", "GET", "/v1/models/{model}/settings", .reader,
        "What a deployed version decides by.",
        query: [.init("version", .version, "of the deployed ones; the stable one without")],
        epoch: { (result: SettingsResult) in result.epoch }
    ) { (backend, request: SettingsRequest) throws(SwerveError) in
        try backend.settings(request)
    }

    private static let history = HubOperation(
        "history", "GET", "/v1/models/{model}/history", .reader,
        "Who changed a deployment, when, why, and to what; oldest first.",
        paging: .newest("entries") { $0["after"]?["epoch"]?.int }
    ) { (backend, request: HistoryRequest) throws(SwerveError) in
        try backend.history(request)
    }

    private static let live = HubOperation(
        "live", "GET", "/v1/models/{model}/live", .reader, "What was live at a time.",
        query: [.init("at", .string, isRequired: true, "ISO 8601 UTC with milliseconds")]
    ) { (backend, request: LiveRequest) throws(SwerveError) in try backend.live(request) }

    private static let rollout = HubOperation(
        "rollout", "GET", "/v1/models/{model}/rollout", .reader,
        "How a model's newest rollout stands."
    ) { (backend, request: RolloutRequest) throws(SwerveError) in
        try backend.rollout(request)
    }

    private static let diff = HubOperation(
        "diff", "GET", "/v1/diff", .reader, "What differs between two versions.",
        query: [
            .init("before", .string, isRequired: true, "a version, NAME@V or NAME@ALIAS"),
            .init("after", .string, isRequired: true, "another"),
            .init(
                "top", .integer, in: 0...DiffRequest.topMax,
                "how many changed weights are told, 1000 at most; 20 without"),
        ], isLong: true, shape: { $0["top"] = $0["top"] ?? 20 }
    ) { (backend, request: DiffRequest) throws(SwerveError) in try backend.diff(request) }

    private static let search = HubOperation(
        "search", "GET", "/v1/search", .reader, "The versions for which something holds.",
        query: [.init("query", .string, isRequired: true, "as of swerve models --where")],
        paging: .taken("versions", by: .reference) { HubPaging.name($0["reference"]) }
    ) { (backend, request: SearchRequest) throws(SwerveError) in try backend.search(request) }

    private static let audit = HubOperation(
        "audit", "GET", "/v1/audit", .reader, "Entries of the audit chain, oldest first.",
        query: [
            .init("model", .string, "only those on this one")
        ], paging: .newest("entries") { $0["sequence"]?.int }
    ) { (backend, request: AuditLogRequest) throws(SwerveError) in
        try backend.auditLog(request)
    }

    private static let auditHead = HubOperation(
        "audit-head", "GET", "/v1/audit/head", .reader, "The audit chain's newest entry."
    ) { (backend, request: AuditHeadRequest) throws(SwerveError) in
        try backend.auditHead(request)
    }

    private static let keys = HubOperation(
        "keys", "GET", "/v1/keys", .reader, "The public keys, revoked ones among them.",
        query: [
            .init("believed", .boolean, "refused where the audit chain contradicts them")
        ],
        shape: {
            $0["is_to_believe"] = $0.removeValue(forKey: "believed") ?? false
        }
    ) { (backend, request: KeysRequest) throws(SwerveError) in try backend.keys(request) }

    private static let fleet = HubOperation(
        "fleet", "GET", "/v1/fleet", .reader, "What the fleet runs.",
        query: [
            .init("model", .string, "the model; all of them without"),
            .init("slots", .boolean, "without a model: the slots of each, too"),
            .init("groups", .string, "only these groups, with commas between them"),
        ], isLong: true,
        shape: {
            $0["with_slots"] = $0.removeValue(forKey: "slots") ?? false
            let groups = $0["groups"]?.string ?? ""
            $0["groups"] = .array(groups.split(separator: ",").map { .string(String($0)) })
            $0["are_alone"] = true
            $0["is_followed"] = false
        }
    ) { (backend, request: StatusRequest) throws(SwerveError) in
        var last: FleetStatus?
        try backend.status(request, isStopped: FleetListener.never) { last = $0 }
        guard let last else {
            throw SwerveError(
                .unavailable, act: "looking at the fleet", reason: "nothing was heard")
        }
        return last
    }

    // MARK: - Shapes

    /// The version that model and version of the path name together.
    static let selected: @Sendable (inout [String: JSONValue]) -> Void = { fields in
        guard let model = fields.removeValue(forKey: "model")?.string,
            let version = fields["version"]?.string
        else { return }
        fields["version"] = .string("\(model)@\(version)")
    }
}
