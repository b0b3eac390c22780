import GRDB
package import Lifecycle
import Platform

/// How a rollout's plan is signed: in the transaction that begins or changes it, over the
/// deployment that there is behind that.
package struct MandateSigning: Sendable {
    package typealias Make = @Sendable (Deployment) throws(SwerveError) -> RolloutMandate

    /// By a person's key.
    let signing: DeploymentSigning
    let make: Make

    /// - Parameter make: what is to be signed; where it throws, nothing is changed.
    package init(_ signing: DeploymentSigning, make: @escaping Make) {
        self.signing = signing
        self.make = make
    }
}

/// The table `rollout_mandates`: the plans of rollouts as people signed them.
struct MandateStore {
    let transaction: RegistryTransaction

    /// Signs a rollout's plan, and tells the audit chain.
    ///
    /// - Throws: `.refused` for a key that may not, as `KeyStore.signature`.
    func sign(
        _ order: MandateSigning, for rollout: Int64, over deployment: Deployment, note: ChangeNote
    ) throws {
        let (signing, model) = (order.signing, deployment.model)
        let mandate = try order.make(deployment)
        let bytes = mandate.json.bytes
        guard bytes.count <= Limits.mandateBytes else {
            throw SwerveError(
                .tooLarge, act: transaction.act,
                reason: "the plan to be signed has \(bytes.count) bytes with its settings, the "
                    + "limit is \(Limits.mandateBytes)")
        }
        // The pair of what the workers do: what cannot be read back is not signed.
        guard try RolloutMandate(bytes).json.bytes == bytes else {
            throw SwerveError(
                .system, act: transaction.act, reason: "the plan to be signed does not read back")
        }
        let message = SignedMessage.rolloutPlan(
            topic: signing.topic, registry: transaction.registry,
            key: Array(model.description.utf8), mandate: bytes)
        let signature = try transaction.keys.signature(
            over: message, by: signing.signer, role: .promote)
        let number = try newest(of: rollout) + 1
        try transaction.execute(
            """
            INSERT INTO rollout_mandates
                (rollout, number, mandate, signature, topic, key_name, signed_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                rollout, number, String(decoding: bytes, as: UTF8.self), signature.description,
                signing.topic, signing.signer.keyName, note.at,
            ])
        try transaction.audit.append(
            .signRollout, model: model, note: note,
            details: [
                "rollout": .int(rollout), "signed": .int(number),
                "mandate": .string(ContentHash.sha256(bytes).description),
                "topic": .string(signing.topic), "key": .string(signing.signer.keyName),
                "signature": .string(signature.description),
            ])
    }

    /// The number of the newest; 0 where none was signed.
    private func newest(of rollout: Int64) throws -> Int64 {
        try transaction.row(
            "SELECT coalesce(max(number), 0) AS number FROM rollout_mandates WHERE rollout = ?",
            [rollout]
        )?.integer("number", in: 0...RegistryBounds.epochs.upperBound) ?? 0
    }

    /// A signed plan's row as it is; the numbers may be those of an edited entry.
    func row(_ rollout: Int64, _ number: Int64) throws -> CheckedRow? {
        try transaction.row(
            """
            SELECT \(Self.mandate), \(CheckedRow.bounded("signature", 256, as: "signature")),
                \(CheckedRow.bounded("topic", 249, as: "topic")),
                \(CheckedRow.bounded("key_name", 63, as: "key_name")),
                \(CheckedRow.bounded("signed_at", RegistryBounds.timestampBytes, as: "at"))
            FROM rollout_mandates WHERE rollout = ? AND number = ?
            """, [rollout, number])
    }

    static let mandate = CheckedRow.bounded("mandate", Limits.mandateBytes, as: "mandate")
}

extension RegistryTransaction {
    /// Has a rollout's plan signed, where it is to be, over the deployment that there is now.
    func sign(
        _ order: MandateSigning?, for rollout: Int64, of model: ModelName, _ note: ChangeNote
    ) throws {
        guard let order else { return }
        guard let deployment = try deployments.one(model) else {
            throw edited("a rollout of \(model), which was never promoted")
        }
        try witness.requireDeployment(
            model, deployment, versions: deployment.versions.map(\.version))
        let held = try audit.ready(note.signed(by: order.signing))
        try mandates.sign(order, for: rollout, over: deployment, note: held)
    }
}
