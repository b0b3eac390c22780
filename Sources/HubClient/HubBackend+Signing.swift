import Lifecycle
import Operations
import Platform

/// Signed changes: the hub prepares the exact bytes, and gets the signature over them.
///
/// The private key does not leave this process.
extension HubBackend {
    /// Asks for a change, and signs what the hub prepares of it.
    ///
    /// - Throws: `.refused` where what it prepares is not what was asked for; `.unavailable` where
    ///   others change the registry all the time.
    func signed<Result: Decodable>(
        _ call: HubCall, _ request: some Encodable, of model: ModelName,
        timeoutMs: Int = HubLink.usualMs, asked: (Deployment) -> Bool = { _ in true }
    ) throws(SwerveError) -> Result {
        guard let signing = try signing() else {
            return try ask(call, request, timeoutMs: timeoutMs)
        }
        var terms = SigningTerms(key: signing.signer.keyName, validMs: signing.validMs)
        for _ in 0..<Self.rounds {
            let more = ["signing": try JSONValueEncoder.encode(terms)]
            let answer: JSONValue = try ask(call, request, more: more, timeoutMs: timeoutMs)
            guard let prepared = answer["prepared"] else { return try decode(Result.self, answer) }
            let told = try decode(PreparedChange.self, prepared)
            terms.atMs = told.atMs
            terms.salt = told.salt
            let check = SigningCheck(model: model, topic: signing.topic, act: link.act)
            guard try check.deployment(told.message).map(asked) ?? true else {
                throw check.refused("it is another deployment")
            }
            terms.signatures.append(
                SignedBytes(
                    digest: ContentHash.sha256(told.message),
                    signature: try signing.signer.signature(over: told.message)))
        }
        throw SwerveError(
            .unavailable, act: "signing a change of \(model)",
            reason: "others change the registry all the time, so that each signature comes too late"
        )
    }

    /// A change has at most two messages; the others are for what somebody changes in between.
    private static let rounds = 10
}

/// What a person holds the bytes against before they are signed.
struct SigningCheck {
    let model: ModelName
    /// Nil for any.
    let topic: String?
    let act: String

    /// - Returns: what it deploys; nil for a rollout's plan.
    /// - Throws: `.refused` for anything but a control record or a rollout's plan of the model.
    func deployment(_ message: [UInt8]) throws(SwerveError) -> Deployment? {
        guard let parts = SignedMessage.parts(of: message),
            ["swerve control record 1", "swerve mandate 1"].contains(parts.purpose),
            parts.parts.count == 4
        else { throw refused("it is neither a control record nor a rollout's plan") }
        let texts = parts.parts.map { String(decoding: $0, as: UTF8.self) }
        guard topic == nil || texts[0] == topic else {
            throw refused("it is for the control topic '\(texts[0].shortened(to: 80))'")
        }
        guard texts[2] == model.description else {
            throw refused("it is of model '\(texts[2].shortened(to: 80))'")
        }
        guard parts.purpose.hasPrefix("swerve control") else {
            _ = try RolloutMandate(parts.parts[3])
            return nil
        }
        return try ControlRecord(key: parts.parts[2], value: parts.parts[3]).deployment
    }

    func refused(_ reason: String) -> SwerveError {
        SwerveError(
            .refused, act: act,
            reason: "nothing was signed, since what it prepares is not what was asked for: "
                + reason)
    }
}

extension ChangeRequest {
    /// Whether a deployment is what the change asks for, as far as that is known here.
    func asksFor(_ deployment: Deployment) -> Bool {
        func isTrial(
            _ choice: VersionSelector.Choice, _ mode: Candidate.Mode, _ share: Share
        ) -> Bool {
            guard let candidate = deployment.candidate else { return false }
            return candidate.mode == mode && candidate.share == share
                && choice.isNumber(candidate.deployed.version)
        }
        return switch change {
        case .promote(let choice), .rollbackTo(let choice):
            choice.isNumber(deployment.stable.version)
        case .canary(let choice, let share): isTrial(choice, .canary, share)
        case .shadow(let choice, let share): isTrial(choice, .shadow, share)
        case .complete, .abort, .rollback: deployment.candidate == nil
        case .settings, .alerts: true
        }
    }
}

extension VersionSelector.Choice {
    /// Which version an alias names is the hub's to say.
    fileprivate func isNumber(_ version: Int) -> Bool {
        switch self {
        case .number(let number): number == version
        case .alias: true
        }
    }
}
