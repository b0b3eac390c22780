/// One announcement on the control topic: a whole deployment, and whose word it is.
///
/// JSON, key = model. The bytes are hostile: other registries, older and
/// newer swerves and plain garbage share the topic.
package struct ControlRecord: Sendable, Hashable {
    /// The schema of a record of which every older swerve does all that it says.
    package static let plainSchema = 1
    /// That of one whose settings have a label follow the largest probability: an older swerve
    /// would keep the setting and label by votes, so it has to refuse the record.
    package static let labelRuleSchema = 2
    /// The newest that this swerve knows.
    package static let schema = labelRuleSchema

    /// The UUID of the registry that speaks.
    package let registry: String
    package let deployment: Deployment
    /// Wall clock, ISO 8601 UTC.
    package let issuedAt: String
    package let issuedBy: String
    package let reason: String
    /// The head of the registry's audit chain, the change's own entry included.
    ///
    /// The topic's witness against a rewritten database; nil from registries that kept none.
    package let auditHead: Digest?
    /// Wall-clock milliseconds after which no broker may have appended it; set where it is signed.
    package let expiresAtMs: Int64?
    /// The plan by which a controller announces it; nil where a person does, or where what stands
    /// there is none.
    package let rollout: SignedMandate?
    /// The fields as read, unknown ones among them; they survive a round trip.
    private let fields: [String: JSONValue]

    package init(
        registry: String, deployment: Deployment, issuedAt: String, issuedBy: String,
        reason: String, auditHead: Digest? = nil, expiresAtMs: Int64? = nil,
        rollout: SignedMandate? = nil
    ) {
        self.registry = registry
        self.deployment = deployment
        self.issuedAt = issuedAt
        self.issuedBy = issuedBy
        self.reason = reason
        self.auditHead = auditHead
        self.expiresAtMs = expiresAtMs
        self.rollout = rollout
        fields = [:]
    }

    /// The schema that its bytes have.
    package var schema: Int {
        deployment.settings.versions.values.contains { $0.labelRule == .probability }
            ? Self.labelRuleSchema : Self.plainSchema
    }

    /// The value's bytes: the fields as read, with those that this swerve knows on top.
    package var bytes: [UInt8] {
        var fields = self.fields
        fields["schema"] = .int(Int64(schema))
        fields["registry"] = .string(registry)
        fields["model"] = .string(deployment.model.description)
        fields["epoch"] = .int(deployment.epoch)
        fields["stable"] = Self.json(deployment.stable)
        fields["candidate"] = deployment.candidate.map(Self.json)
        fields["previous"] = deployment.previous.map(Self.json)
        fields["salt"] = .int(Int64(deployment.salt))
        fields["settings"] = deployment.settings.json
        fields["issued_at"] = .string(issuedAt)
        fields["issued_by"] = .string(issuedBy)
        fields["reason"] = .string(reason)
        fields["audit_head"] = auditHead.map { .string($0.description) }
        fields["expires_at_ms"] = expiresAtMs.map { .int($0) }
        if let rollout { fields["rollout"] = rollout.json }
        return JSONValue.object(fields).bytes
    }

    /// Reads a record's value and holds it against its key.
    ///
    /// - Throws: `.invalid` or `.tooLarge` with the reason: not JSON, an unknown schema or mode
    ///   (not guessed), a field missing or out of bounds, a key that names another model.
    package init(key: some Collection<UInt8>, value: some Collection<UInt8>) throws(SwerveError) {
        try self.init(key: key, json: Self.json(of: value))
    }

    /// What the bytes of a value are, before anything of it is looked at.
    package static func json(of value: some Collection<UInt8>) throws(SwerveError) -> JSONValue {
        try JSONValue(
            parsing: value, act: "reading a control record", limit: Limits.controlRecordBytes)
    }

    /// Reads a record out of what its value's bytes are.
    ///
    /// - Throws: as `init(key:value:)`.
    package init(key: some Collection<UInt8>, json: JSONValue) throws(SwerveError) {
        let act = "reading a control record"
        guard case .object(let fields) = json else {
            throw SwerveError(.invalid, act: act, reason: "not a JSON object")
        }
        guard let schema = json["schema"]?.int else {
            throw SwerveError(.invalid, act: act, reason: "no schema number")
        }
        guard schema == Self.plainSchema || schema == Self.labelRuleSchema else {
            throw SwerveError(
                .invalid, act: act, reason: "schema \(schema), this swerve knows \(Self.schema)",
                remedy: "bring the workers to the version of the control plane")
        }
        guard let registry = json["registry"]?.string, !registry.isEmpty,
            let name = json["model"]?.string, let epoch = json["epoch"]?.int,
            (1...Limits.epoch).contains(epoch),
            let salt = json["salt"]?.int.flatMap(UInt32.init(exactly:)),
            let stable = json["stable"]
        else {
            throw SwerveError(
                .invalid, act: act,
                reason: "registry, model, epoch, salt or stable is missing or malformed")
        }
        guard key.elementsEqual(name.utf8) else {
            throw SwerveError(
                .invalid, act: act,
                reason: "key '\(String(decoding: key, as: UTF8.self).shortened(to: 80))' "
                    + "does not name the model '\(name.shortened(to: 80))'")
        }
        deployment = Deployment(
            model: try ModelName(name), epoch: Int64(epoch),
            stable: try Self.version(stable, "stable"),
            candidate: try Self.present(json["candidate"]).map(Self.candidate),
            previous: try Self.present(json["previous"]).map { value throws(SwerveError) in
                try Self.version(value, "previous")
            },
            salt: salt, settings: try DeploymentSettings(json["settings"], act: act))
        self.registry = registry
        issuedAt = json["issued_at"]?.string ?? ""
        issuedBy = json["issued_by"]?.string ?? ""
        reason = json["reason"]?.string ?? ""
        auditHead = try Self.present(json["audit_head"]).map { value throws(SwerveError) in
            try Digest(value.string ?? "")
        }
        expiresAtMs = try Self.present(json["expires_at_ms"]).map { value throws(SwerveError) in
            guard let ms = value.int else {
                throw SwerveError(.invalid, act: act, reason: "expires_at_ms is not a whole number")
            }
            return Int64(ms)
        }
        rollout = SignedMandate(json["rollout"])
        self.fields = fields
    }

    private static func present(_ value: JSONValue?) -> JSONValue? {
        value == .null ? nil : value
    }

    private static func json(_ deployed: DeployedVersion) -> JSONValue {
        [
            "version": .int(Int64(deployed.version)),
            "digest": .string(deployed.digest.description),
        ]
    }

    private static func json(_ candidate: Candidate) -> JSONValue {
        [
            "version": .int(Int64(candidate.deployed.version)),
            "digest": .string(candidate.deployed.digest.description),
            "mode": .string(candidate.mode.rawValue), "share": .double(candidate.share.fraction),
        ]
    }

    private static func version(
        _ json: JSONValue, _ field: String
    ) throws(SwerveError) -> DeployedVersion {
        guard let number = json["version"]?.int, number > 0,
            let digest = json["digest"]?.string
        else {
            throw SwerveError(
                .invalid, act: "reading a control record",
                reason: "\(field) needs a version number and a digest")
        }
        return DeployedVersion(version: number, digest: try Digest(digest))
    }

    private static func candidate(_ json: JSONValue) throws(SwerveError) -> Candidate {
        guard let mode = json["mode"]?.string, let share = json["share"]?.double else {
            throw SwerveError(
                .invalid, act: "reading a control record",
                reason: "candidate needs a mode and a share")
        }
        guard let known = Candidate.Mode(rawValue: mode) else {
            throw SwerveError(
                .invalid, act: "reading a control record",
                reason: "candidate mode '\(mode.shortened(to: 40))' is not known here",
                remedy: "bring the workers to the version of the control plane")
        }
        return Candidate(
            deployed: try version(json, "candidate"), mode: known,
            share: try Share(fraction: share))
    }
}
