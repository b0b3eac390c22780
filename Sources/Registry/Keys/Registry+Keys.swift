package import Lifecycle
import Platform

/// Public keys, and what they stand for.
extension Registry {
    /// All public keys, revoked ones among them, by name.
    package func keys() throws(SwerveError) -> [RegisteredKey] {
        try read("listing the keys") { try $0.keys.all() }
    }

    /// The same for somebody who will believe them.
    ///
    /// - Throws: `.refused`, naming those that the audit chain does not tell of as they are, and
    ///   those that it tells of and that are gone; also where the schema is not as it was made.
    package func keysToBelieve() throws(SwerveError) -> [RegisteredKey] {
        let act = "listing the keys to be believed"
        return try read(act) { transaction in
            try SchemaCheck.require(transaction.db, act: act)
            let keys = try transaction.keys.all()
            var words: [String] = []
            for key in keys {
                do {
                    try transaction.witness.requireKey(key.name)
                } catch let error as SwerveError {
                    words.append("'\(key.name)' (\(error.reason))")
                }
            }
            let gone = try transaction.audit.keyNames()
                .subtracting(keys.map(\.name.description))
            words += gone.sorted().map { "'\($0.shortened(to: 63))' (it was removed)" }
            guard words.isEmpty else {
                throw SwerveError(
                    .refused, act: act,
                    reason: "not as the audit chain tells: "
                        + words.prefix(20).joined(separator: ", "),
                    problem: Problem(.keysContradicted))
            }
            return keys
        }
    }

    /// Whether a key of that name could be added.
    ///
    /// - Throws: `.refused` for a name that is or was another key's.
    package func requireNewKey(_ name: ModelName, publicKey: [UInt8]) throws(SwerveError) {
        try read("adding key \(name)") { try $0.keys.requireNew(name, publicKey) }
    }

    /// Takes a public key in.
    ///
    /// - Throws: `.refused` for a name or a key that is there already, revoked or not.
    package func addKey(
        _ name: ModelName, publicKey: [UInt8], roles: Set<KeyRole>, note: ChangeNote
    ) throws(SwerveError) {
        let act = "adding key \(name)"
        guard !roles.isEmpty else {
            throw SwerveError(
                .usage, act: act, reason: "it has no role",
                problem: Problem(.keyWithoutRole, [.key: "\(name)"]))
        }
        guard SignatureCheck.isUsable(publicKey: publicKey) else {
            throw SwerveError(.invalid, act: act, reason: "not a public Ed25519 key")
        }
        try audited(act, note) { transaction, note in
            try transaction.keys.requireNew(name, publicKey)
            try transaction.keys.add(name, publicKey, roles: roles, note: note)
        }
    }

    /// Ends a key, for good: nothing new is signed with it.
    package func revokeKey(_ name: ModelName, note: ChangeNote) throws(SwerveError) {
        try audited("revoking key \(name)", note) { transaction, note in
            try transaction.keys.revoke(name, note: note)
        }
    }

    /// The signatures of an artifact as a version of `model`, in the order of their keys' names.
    package func signatures(
        of model: ModelName, _ digest: Digest
    ) throws(SwerveError) -> [ArtifactSignature] {
        try read("reading the signatures of artifact \(digest.short)") { transaction in
            try transaction.models.require(model)
            return try transaction.signatures.all(of: digest).filter { $0.model == model }
        }
    }

    /// Adds `signer`'s word for a version that is registered.
    ///
    /// - Returns: false where the key's signature is there already; nothing is changed then.
    /// - Throws: `.refused` for a key that is unknown, revoked, without the role register, or not
    ///   the registry's of that name.
    @discardableResult
    package func sign(
        _ version: VersionReference, by signer: RecordSigner, note: ChangeNote
    ) throws(SwerveError) -> Bool {
        try audited("signing \(version)", note) { transaction, note in
            let digest = try transaction.search.version(version).digest
            return try transaction.signatures.sign(version, digest, by: signer, note: note)
        }
    }
}
