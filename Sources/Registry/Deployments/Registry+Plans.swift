import GRDB
package import Lifecycle
import Platform

/// What there is to do for a change that somebody asks for.
package enum ChangePlan: Sendable {
    /// It changes the deployment.
    case change
    /// It is so already, for the reason told.
    case already(Deployment, String)
    /// It is so already, but what was announced is not signed as it is to be now.
    case renew

    package var isChange: Bool { if case .change = self { true } else { false } }
}

extension Registry {
    /// Holds an order against the registry, changing nothing.
    ///
    /// - Parameter nowMs: the wall clock, which a signature's expiry is held against.
    /// - Throws: what `change` would refuse.
    package func plan(_ order: ChangeOrder, nowMs: Int64) throws(SwerveError) -> ChangePlan {
        let (act, model) = (order.act, order.model)
        return try read(act) { db in
            try Self.requireModel(model, in: db, act: act)
            let current = try DeploymentRows.one(model, in: db, act: act)
            let witness = AuditWitness(db: db, registry: id, act: act)
            if let current, case .change(let change) = order.what {
                let past = try Self.past(of: current, in: db, act: act)
                let newest = try Self.newestAnnouncement(of: current, in: db, act: act)
                let words = try Self.resolved(change, model: model, in: db, act: act)
                    .alreadySo(in: current, after: past.before, isPending: !newest.isPublished)
                let isExpected =
                    order.expectedEpoch.map { $0 == current.epoch || past.epochs.contains($0) }
                    ?? true
                if let words, isExpected {
                    try witness.requireDeployment(
                        model, current, versions: current.versions.map(\.version))
                    guard let signing = order.signing else { return .already(current, words) }
                    let isSigned = try newest.isSigned(
                        as: signing, nowMs: nowMs, registry: id, in: db, act: act)
                    return isSigned ? .already(current, words) : .renew
                }
            }
            _ = try Self.next(after: current, order, witness: witness)
            return .change
        }
    }

    /// Whether `epoch` of `model`, or a later one, was seen on the control topic.
    package func isAnnounced(_ model: ModelName, epoch: Int64) throws(SwerveError) -> Bool {
        try read("reading the outbox") { db in
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT 1 FROM outbox
                    WHERE model = ? AND epoch >= ? AND published_at IS NOT NULL LIMIT 1
                    """,
                arguments: [model.description, epoch]) != nil
        }
    }

    /// The state before the one that is, and the epochs from there on: those that somebody may
    /// have decided upon who asks for what is.
    private static func past(
        of current: Deployment, in db: Database, act: String
    ) throws -> (before: Deployment?, epochs: Set<Int64>) {
        var epochs: Set<Int64> = []
        for entry in try history(
            of: current.model, until: nil, newest: renewalsMax, in: db, act: act)
        {
            guard entry.after.isSameState(as: current) else { break }
            epochs.insert(entry.before?.epoch ?? 0)
            guard let before = entry.before, before.isSameState(as: current) else {
                return (entry.before, epochs)
            }
        }
        return (nil, epochs)
    }

    /// So often the same state is looked through for the one before it.
    private static let renewalsMax = 64

    private struct NewestAnnouncement {
        let model: ModelName
        let record: [UInt8]
        let signature: String?
        let isPublished: Bool

        /// Whether the key's signature for this topic stands on it, and is still good where nobody
        /// has it yet.
        func isSigned(
            as signing: DeploymentSigning, nowMs: Int64, registry: String, in db: Database,
            act: String
        ) throws -> Bool {
            guard let signature, let read = try? RecordSignature(signature),
                read.keyName == signing.signer.keyName,
                let key = try Registry.key(try ModelName(read.keyName), in: db, act: act)
            else { return false }
            if !isPublished {
                let expiry = try ControlRecord(key: model.description.utf8, value: record)
                    .expiresAtMs
                if let expiry, expiry <= nowMs { return false }
            }
            let message = SignedMessage.controlRecord(
                topic: signing.topic, registry: registry, key: Array(model.description.utf8),
                value: record)
            return SignatureCheck.isValid(
                publicKey: key.publicKey, message: message, signature: read.bytes)
        }
    }

    private static func newestAnnouncement(
        of current: Deployment, in db: Database, act: String
    ) throws -> NewestAnnouncement {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT \(CheckedRow.bounded("record", Limits.controlRecordBytes, as: "record")),
                    \(CheckedRow.bounded("signature", 256, as: "signature")),
                    published_at IS NOT NULL AS published
                FROM outbox WHERE model = ? AND epoch = ?
                """,
            arguments: [current.model.description, current.epoch])
        guard let row else {
            throw SwerveError(
                .invalid, act: act,
                reason: "the outbox has no announcement of epoch \(current.epoch)",
                problem: Problem(
                    .announcementMissing,
                    [.model: "\(current.model)", .epoch: "\(current.epoch)"]))
        }
        let checked = CheckedRow(row: row, act: act)
        return NewestAnnouncement(
            model: current.model, record: try checked.bytes("record"),
            signature: try checked.optionalText("signature"),
            isPublished: try checked.integer("published", in: 0...1) == 1)
    }
}
