/// What a controller's word is worth: as much as the plan that a person signed.
///
/// A record of a key with the role rollout is believed where
/// - it carries a mandate, which a trusted key with the role promote signed for this topic, this
///   registry and this model;
/// - the broker appended it before that key was revoked, and no later than the mandate says: for
///   what goes forward until it expires, for a retreat a while longer;
/// - it does not itself hold for longer than that;
/// - its deployment is one of the plan's (`RolloutMandate.state`).
///
/// That somebody has spoken since, only a reader of more than one record knows
/// (`ControlRecord.endOfMandate`).
extension TrustPolicy {
    /// A mandate whose signature holds.
    struct BelievedMandate: Sendable {
        let mandate: RolloutMandate
        /// The name of the person's key.
        let signer: String
        let revokedAtMs: Int64?

        /// Whether a record with this mandate counts.
        func judge(
            _ deployment: Deployment, expiringAtMs: Int64, appendedAtMs: Int64
        ) throws(SwerveError) {
            if let revokedAtMs, revokedAtMs <= appendedAtMs {
                throw RolloutMandate.refusal(
                    "key '\(signer)', which signed its plan, was revoked at "
                        + "\(Timestamp.text(ofMs: revokedAtMs)), and it was appended at "
                        + Timestamp.text(ofMs: appendedAtMs))
            }
            let state: RolloutMandate.State
            do throws(SwerveError) {
                state = try mandate.state(of: deployment)
            } catch {
                throw RolloutMandate.refusal(
                    "the plan that '\(signer)' signed does not allow it: \(error.reason)")
            }
            let until = mandate.untilMs(state)
            guard appendedAtMs <= until else {
                throw RolloutMandate.refusal(
                    "the plan that '\(signer)' signed allowed it until "
                        + "\(Timestamp.text(ofMs: until)), and it was appended at "
                        + Timestamp.text(ofMs: appendedAtMs))
            }
            guard expiringAtMs <= until else {
                throw RolloutMandate.refusal(
                    "it expires at \(Timestamp.text(ofMs: expiringAtMs)), later than the plan that "
                        + "'\(signer)' signed, \(Timestamp.text(ofMs: until))")
            }
        }
    }

    /// The mandate that a value carries.
    ///
    /// Its words are read only once their signature holds.
    /// - Throws: with what is wrong as the rest of a sentence.
    func mandate(
        in json: JSONValue, registry: String, key: [UInt8]
    ) throws(SwerveError) -> BelievedMandate {
        guard let carried = SignedMandate(json["rollout"]) else {
            throw RolloutMandate.refusal("it carries no plan that somebody signed")
        }
        let signature: RecordSignature
        do throws(SwerveError) {
            signature = try RecordSignature(carried.signature)
        } catch {
            throw RolloutMandate.refusal("the signature of its plan is garbled: \(error.reason)")
        }
        let name = signature.keyName
        guard let person = trusted[name] else {
            throw RolloutMandate.refusal(
                "key '\(name)', which signed its plan, is not in the trust file")
        }
        guard person.roles.contains(.promote) else {
            throw RolloutMandate.refusal(
                "key '\(name)', which signed its plan, has not the role promote")
        }
        let bytes = Array(carried.text.utf8)
        let message = SignedMessage.rolloutPlan(
            topic: topic, registry: registry, key: key, mandate: bytes)
        guard verify(person.publicKey, message, signature.bytes) else {
            throw RolloutMandate.refusal(
                "its plan bears the name of key '\(name)', but the signature is not that key's for "
                    + "these bytes on topic \(topic)")
        }
        do throws(SwerveError) {
            return BelievedMandate(
                mandate: try RolloutMandate(bytes), signer: name, revokedAtMs: person.revokedAtMs)
        } catch {
            throw RolloutMandate.refusal(
                "the plan that '\(name)' signed is not understood here: \(error.reason)")
        }
    }
}
