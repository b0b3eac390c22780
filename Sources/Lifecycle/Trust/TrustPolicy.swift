/// Whose word a worker believes; a pure rule, tested by a table.
///
/// A control record is believed when a trusted key with the role promote signed its very bytes for
/// this topic, and the broker appended it before it expired and before the key was revoked. So an
/// old record that somebody appends again is past its expiry, and what a key signed before its
/// revocation still holds.
///
/// Of a key with the role rollout it is believed only where a plan travels with it that a key with
/// the role promote signed, and only as far as that plan goes: see `TrustPolicy+Mandates.swift`.
package struct TrustPolicy: Sendable {
    package typealias Verify =
        @Sendable (_ publicKey: [UInt8], _ message: [UInt8], _ signature: [UInt8]) -> Bool

    let trusted: TrustFile
    let topic: String
    private let isDevelopment: Bool
    let verify: Verify

    /// - Parameters:
    ///   - topic: the control topic's name, which signatures cover.
    ///   - isDevelopment: take the producer's word for when a record was appended. The development
    ///     broker knows no append times; anywhere else that word is the forger's own.
    package init(
        trusted: TrustFile, topic: String, isDevelopment: Bool, verify: @escaping Verify
    ) {
        self.trusted = trusted
        self.topic = topic
        self.isDevelopment = isDevelopment
        self.verify = verify
    }

    /// Whether what a key of that name signs can be believed at all.
    package func trusts(_ key: String) -> Bool {
        trusted[key].map { $0.roles.contains(.promote) } ?? false
    }

    /// A record whose signature holds: a trusted key with the role promote made it over these
    /// bytes, for this topic and key; or one with the role rollout, and a plan that a trusted key
    /// with the role promote signed stands in it.
    ///
    /// Whether it still counts, `judge` says.
    package struct Signed: Sendable {
        /// The key's name.
        package let signer: String
        /// What the value's bytes are; nothing of it has been looked at but the registry's id.
        package let json: JSONValue
        fileprivate let revokedAtMs: Int64?
        /// What it stands on, of a key with the role rollout.
        fileprivate let mandate: BelievedMandate?
    }

    /// The control record that `announcement` is, and the name of the key on whose word it is
    /// believed.
    ///
    /// In this order, so that nothing of a value counts that nobody signed: the signature's header;
    /// the signature over the very bytes; what they say; whether they count.
    ///
    /// - Parameter key: of the topic's record, as it came.
    /// - Throws: `.refused` with what is wrong, naming the key; as `ControlRecord.init` where a
    ///   signed value is none.
    package func believe(
        _ announcement: Announcement, key: [UInt8], appended: RecordTimestamp
    ) throws(SwerveError) -> (record: ControlRecord, signer: String) {
        let signed = try signed(announcement, key: key)
        let record = try ControlRecord(key: key, json: signed.json)
        try judge(signed, record, appended: appended)
        return (record, signed.signer)
    }

    /// Checks the signature of `announcement`, whenever it was made.
    ///
    /// A signature covers the registry's id, which only the value tells: the one bounded reader
    /// finds it, and not before the header names a trusted key with the role promote or rollout.
    /// - Throws: `.refused` with what is wrong.
    package func signed(
        _ announcement: Announcement, key: [UInt8]
    ) throws(SwerveError) -> Signed {
        let model = String(decoding: key, as: UTF8.self).shortened(to: 80)
        let act = "believing a record of \(model)"
        func refused(_ reason: String, _ kind: Problem.Kind? = nil) -> SwerveError {
            Self.refused(act, reason, kind, [.model: model])
        }
        guard let header = announcement.signature else {
            throw refused("it is not signed", .recordNotBelieved)
        }
        let signature: RecordSignature
        do throws(SwerveError) {
            signature = try RecordSignature(header)
        } catch {
            throw refused("its signature is garbled: \(error.reason)")
        }
        let name = signature.keyName
        guard let trusted = trusted[name] else {
            throw refused("key '\(name)', which signed it, is not in the trust file")
        }
        let isPerson = trusted.roles.contains(.promote)
        guard isPerson || trusted.roles.contains(.rollout) else {
            throw refused("key '\(name)', which signed it, has not the role promote")
        }
        let json: JSONValue
        do throws(SwerveError) {
            json = try ControlRecord.json(of: announcement.value)
        } catch {
            throw refused("it bears the name of key '\(name)', but not its words: \(error.reason)")
        }
        guard let registry = json["registry"]?.string, !registry.isEmpty else {
            throw refused(
                "it bears the name of key '\(name)', but names no registry that the signature "
                    + "could be for: not a control record")
        }
        let message = SignedMessage.controlRecord(
            topic: topic, registry: registry, key: key, value: announcement.value)
        guard verify(trusted.publicKey, message, signature.bytes) else {
            throw refused(
                "it bears the name of key '\(name)', but the signature is not that key's for these "
                    + "bytes on topic \(topic)")
        }
        guard !isPerson else {
            return Signed(
                signer: name, json: json, revokedAtMs: trusted.revokedAtMs, mandate: nil)
        }
        do throws(SwerveError) {
            return Signed(
                signer: name, json: json, revokedAtMs: trusted.revokedAtMs,
                mandate: try mandate(in: json, registry: registry, key: key))
        } catch {
            throw refused(
                "key '\(name)', which signed it, has the role rollout, and \(error.reason)")
        }
    }

    /// Whether what was signed counts: appended before it expired and before its key was revoked,
    /// and of a controller what its plan allows.
    private func judge(
        _ signed: Signed, _ record: ControlRecord, appended: RecordTimestamp
    ) throws(SwerveError) {
        let act = "believing a record of \(record.deployment.model)"
        let objects: [Problem.Object: String] = [
            .model: record.deployment.model.description, .topic: topic,
        ]
        func refused(_ reason: String, _ kind: Problem.Kind? = nil) -> SwerveError {
            Self.refused(act, reason, kind, objects)
        }
        let name = signed.signer
        let appendedAtMs: Int64
        switch appended {
        case .appended(let ms): appendedAtMs = ms
        case .claimed(let ms) where isDevelopment: appendedAtMs = ms
        case .claimed, .none:
            throw refused(
                "key '\(name)' signed it, but the broker does not say when it was appended",
                .appendTimeUnknown)
        }
        guard let expiresAtMs = record.expiresAtMs else {
            throw refused("key '\(name)' signed it without a time at which it expires")
        }
        let appendedAt = "it was appended at \(Timestamp.text(ofMs: appendedAtMs))"
        guard appendedAtMs <= expiresAtMs else {
            throw refused(
                "key '\(name)' signed it to expire at \(Timestamp.text(ofMs: expiresAtMs)), and "
                    + appendedAt, .recordNotBelieved)
        }
        if let revokedAtMs = signed.revokedAtMs, revokedAtMs <= appendedAtMs {
            throw refused(
                "key '\(name)', which signed it, was revoked at "
                    + "\(Timestamp.text(ofMs: revokedAtMs)), and \(appendedAt)",
                .recordNotBelieved)
        }
        guard let mandate = signed.mandate else { return }
        do throws(SwerveError) {
            try mandate.judge(
                record.deployment, expiringAtMs: expiresAtMs, appendedAtMs: appendedAtMs)
        } catch {
            throw refused("key '\(name)' signed it, and \(error.reason)", .mandateNotBelieved)
        }
    }

    /// - Parameter kind: where an honest operator can mend it.
    private static func refused(
        _ act: String, _ reason: String, _ kind: Problem.Kind?, _ objects: [Problem.Object: String]
    ) -> SwerveError {
        SwerveError(
            .refused, act: act, reason: reason, problem: kind.map { Problem($0, objects) })
    }

    /// The name of the key on whose word an artifact is loaded as a version of `model`.
    ///
    /// Nobody stamps these signatures with a time, so those of a revoked key do not count, whenever
    /// they were made.
    /// - Throws: `.refused`, with what each signature lacks.
    package func judge(
        _ signatures: [ArtifactSignature], of deployed: DeployedVersion, model: ModelName
    ) throws(SwerveError) -> String {
        var faults: [String] = []
        for entry in signatures where entry.model == model {
            let name = entry.signature.keyName
            let fault: String
            if let key = trusted[name] {
                let message = SignedMessage.artifact(model: model, digest: deployed.digest)
                if !key.roles.contains(.register) {
                    fault = "has not the role register"
                } else if key.revokedAtMs != nil {
                    fault = "is revoked"
                } else if verify(key.publicKey, message, entry.signature.bytes) {
                    return name
                } else {
                    fault = "did not make the signature that bears its name"
                }
            } else {
                fault = "is not in the trust file"
            }
            faults.append("key '\(name)' \(fault)")
        }
        let shown = faults.prefix(Self.faultsShown).joined(separator: ", ")
        let rest = faults.count > Self.faultsShown ? ", …" : ""
        throw SwerveError(
            .refused, act: "trusting artifact \(deployed.digest.short)",
            reason: faults.isEmpty
                ? "it is not signed for \(model)" : "no signature counts: \(shown)\(rest)",
            problem: Problem(
                .artifactNotTrusted, [.version: "\(model)@\(deployed.version)"]))
    }

    private static let faultsShown = 3
}
