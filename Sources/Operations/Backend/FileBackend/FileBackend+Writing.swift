import Catalogue
package import Lifecycle
import Registry

/// What changes versions and keys: the file is opened anew for each request, and what earlier
/// changes left unannounced is announced behind it.
extension FileBackend {
    // MARK: - Versions

    package func register(_ request: RegisterRequest) throws(SwerveError) -> RegisterResult {
        let (registration, signature) = (request.registration, request.signature)
        guard !request.isTrial else {
            return RegisterResult(
                digest: try Registrar.prepare(registration).digest, outcome: nil)
        }
        return try write(create: true) { registry throws(SwerveError) in
            let note = note(by: signature?.keyName)
            let outcome = try Registrar.register(
                registration, in: registry, by: note.by, at: note.at,
                signer: signature.map(Self.signer))
            return RegisterResult(digest: outcome.registration.digest, outcome: outcome)
        }
    }

    package func annotate(_ request: AnnotateRequest) throws(SwerveError) -> VersionChangeResult {
        try change(request.version) { registry, reference throws(SwerveError) in
            _ = try registry.annotate(reference, request.annotation, note: note())
        }
    }

    package func archive(_ request: ArchiveRequest) throws(SwerveError) -> VersionChangeResult {
        try change(request.version) { registry, reference throws(SwerveError) in
            let note = note(request.reason)
            if request.isUndone {
                try registry.unarchive(reference, note: note)
            } else {
                try registry.archive(reference, note: note)
            }
        }
    }

    package func setAlias(_ request: SetAliasRequest) throws(SwerveError) -> AliasChangeResult {
        try write { registry throws(SwerveError) in
            let reference = try registry.resolve(request.version)
            let already = try fault { () throws(SwerveError) in
                _ = try registry.setAlias(request.alias, to: reference, note: note())
            }
            return AliasChangeResult(alias: request.alias, version: reference, already: already)
        }
    }

    package func removeAlias(
        _ request: RemoveAliasRequest
    ) throws(SwerveError) -> AliasChangeResult {
        try write { registry throws(SwerveError) in
            let (alias, model) = (request.alias, request.model)
            let number = try registry.removeAlias(alias, of: model, note: note())
            return AliasChangeResult(
                alias: alias, version: VersionReference(model: model, version: number),
                already: nil)
        }
    }

    package func collect(_ request: CollectRequest) throws(SwerveError) -> CollectResult {
        guard request.isDeleting else {
            // Listing changes nothing, so it needs no registry that can be written.
            let plan = try readable().collectionPlan(of: request.model)
            return CollectResult(plan: plan, shrunkBytes: 0)
        }
        return try write { registry throws(SwerveError) in
            let plan = try registry.collect(of: request.model, note: note())
            let shrunk = plan.entries.isEmpty ? 0 : try registry.giveSpaceBack()
            return CollectResult(plan: plan, shrunkBytes: shrunk)
        }
    }

    package func sign(_ request: SignRequest) throws(SwerveError) -> SignResult {
        let (version, signature) = (request.version, request.signature)
        return try write { registry throws(SwerveError) in
            let isNew = try registry.sign(
                version, by: Self.signer(signature), note: note(by: signature.keyName))
            let digest = try registry.version(version).digest
            return SignResult(
                version: version, digest: digest, already: !isNew,
                signatures: try registry.signatures(of: version.model, digest)
                    .map(\.signature))
        }
    }

    /// Gives a signature that was made elsewhere: the registry holds it against its own key and the
    /// version's digest.
    private static func signer(_ signature: RecordSignature) -> RecordSigner {
        RecordSigner(keyName: signature.keyName) { _ in signature.bytes }
    }

    // MARK: - Keys

    package func addKey(_ request: AddKeyRequest) throws(SwerveError) -> AddKeyResult {
        guard !request.isTrial else {
            let registry = try opened(create: true)
            try registry.requireNewKey(request.name, publicKey: request.publicKey)
            return AddKeyResult(key: nil)
        }
        return try write(create: true) { registry throws(SwerveError) in
            try registry.addKey(
                request.name, publicKey: request.publicKey, roles: request.roles, note: note())
            return AddKeyResult(key: try Self.key(request.name, in: registry))
        }
    }

    package func revokeKey(_ request: RevokeKeyRequest) throws(SwerveError) -> RevokeKeyResult {
        try write { registry throws(SwerveError) in
            let already = try fault { () throws(SwerveError) in
                try registry.revokeKey(request.name, note: note(request.reason))
            }
            return RevokeKeyResult(
                key: try Self.key(request.name, in: registry), already: already)
        }
    }

    private static func key(
        _ name: ModelName, in registry: Registry
    ) throws(SwerveError) -> RegisteredKey? {
        try registry.keys().first { $0.name == name }
    }

    // MARK: - What they have in common

    private func change(
        _ version: VersionSelector,
        _ body: (Registry, VersionReference) throws(SwerveError) -> Void
    ) throws(SwerveError) -> VersionChangeResult {
        try write { registry throws(SwerveError) in
            let reference = try registry.resolve(version)
            let already = try fault { () throws(SwerveError) in try body(registry, reference) }
            return VersionChangeResult(
                version: try registry.version(reference), already: already)
        }
    }

    /// Why a change was none; nil where it was one.
    func fault(
        _ change: () throws(SwerveError) -> Void
    ) throws(SwerveError) -> SwerveError? {
        do throws(SwerveError) {
            try change()
            return nil
        } catch {
            guard error.code == .unchanged else { throw error }
            return error
        }
    }

    /// Has the registry changed, and then announces what waits: the change is done by then, and
    /// stays done whatever comes of that.
    func write<Result>(
        create: Bool = false, _ change: (Registry) throws(SwerveError) -> Result
    ) throws(SwerveError) -> Result {
        let registry = try opened(create: create)
        let result = try change(registry)
        let pending = PendingAnnouncements.announce(in: registry, by: brokers)
        if let pending { caller.hear(.pending(pending)) }
        return result
    }
}
