import Lifecycle
import Operations

extension HubOperations {
    static let changing: [HubOperation] = [
        change, changeSettings, startRollout, sayToRollout, signRollout, republish, adopt, annotate,
        archive, setAlias, removeAlias, sign, collect, addKey, revokeKey,
    ]

    private static let change = HubOperation(
        "change", "POST", "/v1/models/{model}/deployment", .promoter,
        "Changes a deployment: promote, canary, shadow, complete, abort, rollback.",
        body: [
            .init(
                "change", .object, isRequired: true,
                "as in {\"kind\": \"canary\", \"version\": 8, \"share\": 0.05}")
        ], isLong: true, isSigned: true, isTermed: true,
        epoch: { (result: ChangeResult) in result.deployment.epoch }
    ) { (backend, request: ChangeRequest) throws(SwerveError) in
        try announced(request) { request throws(SwerveError) in try backend.change(request) }
    }

    private static let changeSettings = HubOperation(
        "change-settings", "POST", "/v1/models/{model}/settings", .promoter,
        "Changes what a deployed version decides by.",
        body: [
            .init("version", .version, "of the deployed ones; the stable one without"),
            .init("settings", .object, isRequired: true, "threshold, labels, positive, rule"),
            .init("is_reset", .boolean, "on top of what the artifact says"),
            .init("removed_labels", .array, "names of classes to take away"),
        ], isLong: true, isSigned: true, isTermed: true,
        shape: { fields in
            fields["is_reset"] = fields["is_reset"] ?? false
            fields["removed_labels"] = fields["removed_labels"] ?? []
        }, epoch: { (result: ChangeResult) in result.deployment.epoch }
    ) { (backend, request: SettingsChangeRequest) throws(SwerveError) in
        try backend.changeSettings(request)
    }

    private static let startRollout = HubOperation(
        "start-rollout", "POST", "/v1/models/{model}/rollout", .promoter,
        "Starts a rollout, in place of an active one of the model.",
        body: [
            .init("version", .version, isRequired: true, "the candidate"),
            .init("plan", .object, "the standard plan without"),
            .init("plan_name", .string, "of the plan's file, for errors"),
            .init("is_observed", .boolean, "judges and tells, and never acts"), holds, reason,
        ], isLong: true, isSigned: true,
        shape: { fields in
            fields["plan_name"] = fields["plan_name"] ?? (fields["plan"] == nil ? "" : "plan")
            fields["is_observed"] = fields["is_observed"] ?? false
            fields["reason"] = fields["reason"] ?? ""
        }
    ) { (backend, request: RolloutStartRequest) throws(SwerveError) in
        try backend.startRollout(request)
    }

    private static let sayToRollout = HubOperation(
        "say-to-rollout", "POST", "/v1/models/{model}/rollout/words", .promoter,
        "Says a word to a rollout: pause, resume, approve, skip, promote, abort.",
        body: [.init("word", .string, isRequired: true, "the word"), reason], isLong: true,
        isSigned: true, shape: reasoned
    ) { (backend, request: RolloutWordRequest) throws(SwerveError) in
        try backend.sayToRollout(request)
    }

    private static let republish = HubOperation(
        "republish", "POST", "/v1/republish", .promoter,
        "Makes the control topic say what the registry says.",
        body: [.init("model", .string, "only this one; what is signed is of one model"), reason],
        isLong: true, isSigned: true, shape: reasoned
    ) { (backend, request: RepublishRequest) throws(SwerveError) in
        try backend.republish(request)
    }

    private static let adopt = HubOperation(
        "adopt", "POST", "/v1/models/{model}/adoption", .admin,
        "Takes over what another registry announced for a model.",
        body: [
            .init("is_forced", .boolean, "passes the record over, whosever it is"),
            .init("above", .integer, "an epoch that workers have seen"), reason,
        ], isLong: true, isSigned: true,
        shape: { fields in
            reasoned(&fields)
            fields["is_forced"] = fields["is_forced"] ?? false
        }, epoch: { (result: AdoptResult) in result.deployment.epoch }
    ) { (backend, request: AdoptRequest) throws(SwerveError) in try backend.adopt(request) }

    private static let signRollout = HubOperation(
        "sign-rollout", "POST", "/v1/models/{model}/rollout/signatures", .promoter,
        "Has the plan of an active rollout signed anew, over what is deployed now.",
        body: [holds, reason], isLong: true, isSigned: true, shape: reasoned
    ) { (backend, request: RolloutSignRequest) throws(SwerveError) in
        try backend.signRollout(request)
    }

    private static let sign = HubOperation(
        "sign", "POST", "/v1/models/{model}/versions/{version}/signatures", .registrar,
        "Adds somebody's word for a version.",
        body: [
            .init(
                "signature", .string, isRequired: true,
                "ed25519 NAME BASE64, over the model and the digest")
        ], isLong: true, shape: selected
    ) { (backend, request: SignRequest) throws(SwerveError) in try backend.sign(request) }

    private static let collect = HubOperation(
        "collect", "POST", "/v1/collection", .admin,
        "Removes the files of archived versions that nothing else needs.",
        body: [.init("model", .string, "only of this one")], isLong: true,
        shape: { $0["is_deleting"] = true }
    ) { (backend, request: CollectRequest) throws(SwerveError) in try backend.collect(request) }

    private static let annotate = HubOperation(
        "annotate", "PATCH", "/v1/models/{model}/versions/{version}", .registrar,
        "Changes a version's note, tags and metrics.",
        body: [.init("annotation", .object, isRequired: true, "what changes")],
        isLong: true, shape: selected
    ) { (backend, request: AnnotateRequest) throws(SwerveError) in
        try backend.annotate(request)
    }

    private static let archive = HubOperation(
        "archive", "POST", "/v1/models/{model}/versions/{version}/archive", .registrar,
        "Puts a version away, or takes it back.",
        body: [.init("is_undone", .boolean, "whether it is taken back"), reason],
        isLong: true,
        shape: { fields in
            selected(&fields)
            reasoned(&fields)
            fields["is_undone"] = fields["is_undone"] ?? false
        }
    ) { (backend, request: ArchiveRequest) throws(SwerveError) in
        try backend.archive(request)
    }

    private static let setAlias = HubOperation(
        "set-alias", "PUT", "/v1/models/{model}/aliases/{alias}", .registrar,
        "Gives a version a name, wherever the name pointed before.",
        body: [.init("version", .version, isRequired: true, "of the model")], isLong: true,
        shape: { fields in
            guard let version = fields["version"] else { return }
            let text = version.string ?? version.text
            fields["version"] = .string(text)
            selected(&fields)
        }
    ) { (backend, request: SetAliasRequest) throws(SwerveError) in
        try backend.setAlias(request)
    }

    private static let removeAlias = HubOperation(
        "remove-alias", "DELETE", "/v1/models/{model}/aliases/{alias}", .registrar,
        "Takes a name away.", isLong: true
    ) { (backend, request: RemoveAliasRequest) throws(SwerveError) in
        try backend.removeAlias(request)
    }

    private static let addKey = HubOperation(
        "add-key", "POST", "/v1/keys", .admin, "Takes a public key in.",
        body: [
            .init("name", .string, isRequired: true, "the key's name"),
            .init("public_key", .string, isRequired: true, "Ed25519, 32 bytes in base64"),
            .init("roles", .array, isRequired: true, "what it may sign"),
            .init("is_trial", .boolean, "adds nothing, and tells whether it could"),
        ], isLong: true, shape: { $0["is_trial"] = $0["is_trial"] ?? false }
    ) { (backend, request: AddKeyRequest) throws(SwerveError) in try backend.addKey(request) }

    private static let revokeKey = HubOperation(
        "revoke-key", "POST", "/v1/keys/{name}/revoke", .admin, "Ends a key, for good.",
        body: [reason], isLong: true, shape: reasoned
    ) { (backend, request: RevokeKeyRequest) throws(SwerveError) in
        try backend.revokeKey(request)
    }

    static let reason = HubOperation.Field("reason", .string, "why, for the history")
    private static let holds = HubOperation.Field(
        "holds_ms", .integer, "how long the plan holds where it is signed")

    static let reasoned: @Sendable (inout [String: JSONValue]) -> Void = { fields in
        fields["reason"] = fields["reason"] ?? ""
    }

    /// Commits also where no broker answers: the hub announces it once one does.
    ///
    /// A rollback must not wait for the end of an outage.
    static func announced(
        _ request: ChangeRequest,
        _ change: (ChangeRequest) throws(SwerveError) -> ChangeResult
    ) throws(SwerveError) -> ChangeResult {
        do throws(SwerveError) {
            return try change(request)
        } catch {
            guard error.problem?.kind == .brokersAway else { throw error }
            var later = request
            later.terms.announcing = .later
            later.terms.waiting = nil
            return try change(later)
        }
    }
}
