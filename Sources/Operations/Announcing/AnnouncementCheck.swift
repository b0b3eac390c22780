import Lifecycle
import Platform
import Registry

/// Whether workers can believe what is about to be announced.
///
/// A signature covers the control topic's name: one that was made for another topic is refused by
/// every worker, and so is that of a key revoked meanwhile.
struct AnnouncementCheck {
    private let registry: String
    private let topic: String
    private let trust: TrustPolicy?
    /// The registry's own keys; empty where nothing is signed.
    private let keys: [String: RegisteredKey]
    /// Models whose state the audit chain does not bear out.
    private let unborne: [ModelName: SwerveError]

    init(
        _ pending: [PendingPublication], registry: Registry, topic: String, _ trust: TrustPolicy?
    ) throws(SwerveError) {
        self.registry = registry.id
        self.topic = topic
        self.trust = trust
        let isSigned = pending.contains { $0.signature != nil }
        let known = isSigned ? try registry.keys() : []
        keys = Dictionary(known.map { ($0.name.description, $0) }) { first, _ in first }
        var unborne: [ModelName: SwerveError] = [:]
        for entry in pending { unborne[entry.model] = try registry.auditFault(of: entry.model) }
        self.unborne = unborne
    }

    /// Nil where nothing speaks against it.
    func fault(of pending: PendingPublication, nowMs: Int64) -> SwerveError? {
        if let fault = unborne[pending.model] { return fault }
        let reason = signatureFault(of: pending) ?? trustFault(of: pending, nowMs: nowMs)
        return reason.map { PublicationRule.unbelievable(pending, $0) }
    }

    private func signatureFault(of pending: PendingPublication) -> String? {
        guard let text = pending.signature else { return nil }
        guard let signature = try? RecordSignature(text) else { return "its signature is garbled" }
        let name = signature.keyName
        guard let key = keys[name] else {
            return "the registry has no key '\(name)', which signed it"
        }
        if let revocation = key.revocation {
            return "key '\(name)', which signed it, was revoked at \(revocation.at)"
        }
        let message = SignedMessage.controlRecord(
            topic: topic, registry: registry, key: Array(pending.model.description.utf8),
            value: pending.record)
        let isValid = SignatureCheck.isValid(
            publicKey: key.publicKey, message: message, signature: signature.bytes)
        return isValid
            ? nil
            : "key '\(name)' signed it for another control topic than \(topic.shortened(to: 100)); "
                + "workers would refuse it here"
    }

    private func trustFault(of pending: PendingPublication, nowMs: Int64) -> String? {
        guard let trust else { return nil }
        let key = Array(pending.model.description.utf8)
        do throws(SwerveError) {
            _ = try trust.believe(pending.announcement, key: key, appended: .claimed(nowMs))
            return nil
        } catch {
            return "the workers' trust file would refuse it: \(error.reason)"
        }
    }
}
