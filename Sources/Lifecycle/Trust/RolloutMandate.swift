/// A rollout's plan as a person signed it: which deployments a controller may announce by itself,
/// from which epoch on, and until when.
///
/// A controller runs unattended, so its key (role `rollout`) is believed only for these, and only
/// where this document travels with its record under the signature of a person's key (role
/// `promote`). All that changes what workers score, and with which records, is in it: both
/// versions by number and digest, what stood before them, their settings, the salts.
///
/// It bounds what the controller may say, not when: which step is right is the judge's to find,
/// and no worker can check it.
package struct RolloutMandate: Sendable, Equatable {
    package static let schema = 1

    /// The candidate on trial, at one step of the plan.
    package struct Step: Sendable, Hashable {
        package let mode: Candidate.Mode
        package let share: Share

        package init(mode: Candidate.Mode, share: Share) {
            self.mode = mode
            self.share = share
        }
    }

    package let model: ModelName
    /// What the rollout began with, and goes back to.
    package let stable: DeployedVersion
    package let candidate: DeployedVersion
    /// What a rollback would have returned to before the rollout began.
    package let previous: DeployedVersion?
    /// Of the comparison at the steps, and of that in the bake.
    package let salt: UInt32
    package let bakeSalt: UInt32
    /// Of all three versions, and which labels are alerts.
    package let settings: DeploymentSettings
    package let steps: [Step]
    /// Of the shadow behind the promotion; nil where there is no bake.
    package let bakeShare: Share?
    /// The deployment's epoch when it was signed: what it allows comes behind that.
    package let fromEpoch: Int64
    /// Wall-clock milliseconds until which a broker may append what it allows.
    package let expiresAtMs: Int64
    /// The same of a retreat: for a while longer, so that a bad version can be taken back.
    package let retreatUntilMs: Int64
    /// SHA-256 of the plan: thresholds and times, which workers do not read.
    package let plan: Digest

    package init(
        model: ModelName, stable: DeployedVersion, candidate: DeployedVersion,
        previous: DeployedVersion?, salt: UInt32, bakeSalt: UInt32, settings: DeploymentSettings,
        steps: [Step], bakeShare: Share?, fromEpoch: Int64, expiresAtMs: Int64,
        retreatUntilMs: Int64, plan: Digest
    ) {
        self.model = model
        self.stable = stable
        self.candidate = candidate
        self.previous = previous
        self.salt = salt
        self.bakeSalt = bakeSalt
        self.settings = settings
        self.steps = steps
        self.bakeShare = bakeShare
        self.fromEpoch = fromEpoch
        self.expiresAtMs = expiresAtMs
        self.retreatUntilMs = retreatUntilMs
        self.plan = plan
    }
}

/// What it allows.
extension RolloutMandate {
    /// What a deployment is to the plan.
    package enum State: Sendable, Hashable {
        /// The candidate on trial, the candidate alone, or the bake.
        case forward
        /// The old stable version alone: the rollout was aborted or rolled back, or its candidate
        /// dropped.
        case retreat
    }

    /// Until when a broker may append a deployment in that state, in wall-clock milliseconds.
    package func untilMs(_ state: State) -> Int64 {
        switch state {
        case .forward: expiresAtMs
        case .retreat: retreatUntilMs
        }
    }

    /// What a deployment is to the plan.
    ///
    /// Nobody is asked for the order of states: a controller that was started again, or a slot
    /// that was away, has not seen all of them.
    /// - Throws: `.refused` with what of it is not the plan's.
    package func state(of deployment: Deployment) throws(SwerveError) -> State {
        guard deployment.model == model else { throw Self.refusal("it is \(model)'s") }
        guard deployment.epoch > fromEpoch,
            deployment.epoch - fromEpoch <= Limits.mandateEpochs
        else {
            throw Self.refusal(
                "it was signed at epoch \(fromEpoch), for at most \(Limits.mandateEpochs) behind it"
            )
        }
        let state = try stateOfVersions(deployment)
        guard deployment.previous.map({ [previous, stable].contains($0) }) ?? true else {
            throw Self.refusal("the previous version is neither the plan's nor what was before it")
        }
        let settings = settings.keeping(deployment.versions)
        guard deployment.settings.json.bytes == settings.json.bytes else {
            throw Self.refusal("the settings are not those that were signed")
        }
        return state
    }

    private func stateOfVersions(_ deployment: Deployment) throws(SwerveError) -> State {
        guard let trial = deployment.candidate else {
            guard [salt, bakeSalt].contains(deployment.salt) else {
                throw Self.refusal("the salt is not one of the plan's")
            }
            switch deployment.stable {
            case stable: return .retreat
            case candidate: return .forward
            default: throw Self.refusal("the stable version is not one of the plan's")
            }
        }
        let isBake = deployment.stable == candidate && trial.deployed == stable
        guard isBake || (deployment.stable == stable && trial.deployed == candidate) else {
            throw Self.refusal("the versions are not those of the plan")
        }
        let isStep =
            isBake
            ? trial.mode == .shadow && trial.share == bakeShare
            : steps.contains(Step(mode: trial.mode, share: trial.share))
        guard isStep else {
            throw Self.refusal("no step of the plan is a \(trial.mode.rawValue) at \(trial.share)")
        }
        guard deployment.salt == (isBake ? bakeSalt : salt) else {
            throw Self.refusal("the salt is not the one that was signed")
        }
        return .forward
    }

    static func refusal(_ reason: String) -> SwerveError {
        SwerveError(.refused, act: "holding a deployment against a signed plan", reason: reason)
    }
}

/// As it is signed: JSON with sorted keys.
extension RolloutMandate {
    package var json: JSONValue {
        var fields: [String: JSONValue] = [
            "schema": .int(Int64(Self.schema)), "model": .string(model.description),
            "stable": Self.json(stable), "candidate": Self.json(candidate),
            "salt": .int(Int64(salt)), "bake_salt": .int(Int64(bakeSalt)),
            "settings": settings.json,
            "steps": .array(
                steps.map { step in
                    [
                        "mode": .string(step.mode.rawValue),
                        "share": .int(Int64(step.share.tenThousandths)),
                    ]
                }),
            "from_epoch": .int(fromEpoch), "expires_at_ms": .int(expiresAtMs),
            "retreat_until_ms": .int(retreatUntilMs), "plan": .string(plan.description),
        ]
        fields["previous"] = previous.map(Self.json)
        fields["bake_share"] = bakeShare.map { .int(Int64($0.tenThousandths)) }
        return .object(fields)
    }

    private static func json(_ deployed: DeployedVersion) -> JSONValue {
        [
            "version": .int(Int64(deployed.version)),
            "digest": .string(deployed.digest.description),
        ]
    }

    /// Reads the bytes that were signed.
    ///
    /// - Throws: `.invalid` or `.tooLarge` for anything else than the above: what a newer swerve
    ///   adds may narrow what is allowed, so a field that is not known here is not passed over.
    package init(_ bytes: some Collection<UInt8>) throws(SwerveError) {
        let json = try JSONValue(parsing: bytes, act: Self.act, limit: Limits.mandateBytes)
        guard case .object(let fields) = json else { throw Self.malformed("not a JSON object") }
        guard json["schema"]?.int == Self.schema else {
            throw SwerveError(
                .invalid, act: Self.act,
                reason: "its schema is not \(Self.schema), which this swerve knows",
                remedy: "bring the workers to the version of the control plane")
        }
        if let unknown = fields.keys.filter({ !Self.known.contains($0) }).min() {
            throw Self.malformed("'\(unknown.shortened(to: 40))' is not known here")
        }
        guard let name = json["model"]?.string, let salt = Self.salt(json["salt"]),
            let bakeSalt = Self.salt(json["bake_salt"]),
            let fromEpoch = json["from_epoch"]?.int, (0...Limits.epoch).contains(fromEpoch),
            let expiresAtMs = json["expires_at_ms"]?.int, expiresAtMs >= 0,
            let retreatUntilMs = json["retreat_until_ms"]?.int, retreatUntilMs >= expiresAtMs,
            let plan = json["plan"]?.string
        else {
            throw Self.malformed("a field is missing or malformed")
        }
        self.init(
            model: try ModelName(name), stable: try Self.version(json["stable"]),
            candidate: try Self.version(json["candidate"]),
            previous: try json["previous"].map(Self.version), salt: salt, bakeSalt: bakeSalt,
            settings: try DeploymentSettings(json["settings"], act: Self.act),
            steps: try Self.steps(json["steps"]), bakeShare: try json["bake_share"].map(Self.share),
            fromEpoch: Int64(fromEpoch), expiresAtMs: Int64(expiresAtMs),
            retreatUntilMs: Int64(retreatUntilMs), plan: try Digest(plan))
        guard stable != candidate else {
            throw Self.malformed("the candidate is the stable version")
        }
    }

    private static func steps(_ json: JSONValue?) throws(SwerveError) -> [Step] {
        guard let entries = json?.array, (1...Limits.mandateSteps).contains(entries.count) else {
            throw malformed("it has not 1 to \(Limits.mandateSteps) steps")
        }
        return try entries.map { entry throws(SwerveError) in
            guard let mode = entry["mode"]?.string.flatMap(Candidate.Mode.init(rawValue:)) else {
                throw malformed("a step has no mode that is known here")
            }
            return Step(mode: mode, share: try share(entry["share"] ?? .null))
        }
    }

    private static func share(_ json: JSONValue) throws(SwerveError) -> Share {
        guard let parts = json.int else { throw malformed("a share is not a whole number") }
        return try Share(tenThousandths: parts)
    }

    private static func salt(_ json: JSONValue?) -> UInt32? {
        json?.int.flatMap(UInt32.init(exactly:))
    }

    private static func version(_ json: JSONValue?) throws(SwerveError) -> DeployedVersion {
        guard let number = json?["version"]?.int, number > 0, let digest = json?["digest"]?.string
        else { throw malformed("a version has no number or no digest") }
        return DeployedVersion(version: number, digest: try Digest(digest))
    }

    private static func malformed(_ reason: String) -> SwerveError {
        SwerveError(.invalid, act: act, reason: reason)
    }

    private static let act = "reading a signed plan"
    private static let known: Set<String> = [
        "schema", "model", "stable", "candidate", "previous", "salt", "bake_salt", "settings",
        "steps", "bake_share", "from_epoch", "expires_at_ms", "retreat_until_ms", "plan",
    ]
}
