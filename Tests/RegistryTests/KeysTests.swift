import GRDB
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@Suite("keys and signatures in the registry")
struct KeysTests {
    private let fixture: Fixture
    private let key: SigningKey

    init() throws {
        fixture = try Fixture(versions: 2)
        key = try SigningKey.generate(ModelName("ada"))
    }

    private func add(_ roles: Set<KeyRole>) throws {
        try fixture.registry.addKey(
            key.name, publicKey: key.publicKey, roles: roles, note: Fixture.note)
    }

    private func promote(_ version: Int, by key: SigningKey) throws -> Deployment {
        try fixture.registry.change(
            ChangeOrder(
                .change(.promote(version)), of: fixture.model, note: Fixture.note, freshSalt: 1,
                signing: fixture.signing(key)))
    }

    @Test("a key is kept with its roles, and its revocation with it")
    func lifecycle() throws {
        try add([.register, .promote])
        var listed = try #require(try fixture.registry.keys().first)
        #expect(listed.name == key.name && listed.publicKey == key.publicKey)
        #expect(listed.roles == [.promote, .register] && listed.addedBy == "ada")
        #expect(listed.revocation == nil)
        let note = ChangeNote(by: "eve", at: "2026-11-24T00:00:00.000Z", reason: "lost")
        try fixture.registry.revokeKey(key.name, note: note)
        listed = try #require(try fixture.registry.keys().first)
        #expect(listed.revocation?.at == note.at && listed.revocation?.by == "eve")
        #expect(listed.revocation?.reason == "lost")
        #expect {
            try fixture.registry.revokeKey(key.name, note: note)
        } throws: { code($0) == .unchanged }
    }

    @Test("names and keys are never used twice, revoked or not")
    func once() throws {
        try add([.promote])
        let other = try SigningKey.generate(ModelName("bob"))
        #expect {
            try fixture.registry.addKey(
                key.name, publicKey: other.publicKey, roles: [.promote], note: Fixture.note)
        } throws: { code($0) == .refused && "\($0)".contains("never used twice") }
        #expect {
            try fixture.registry.addKey(
                other.name, publicKey: key.publicKey, roles: [.promote], note: Fixture.note)
        } throws: { code($0) == .refused && "\($0)".contains("known as 'ada'") }
        #expect(try fixture.registry.keys().count == 1)
    }

    @Test("keys that are none, roles that are none and unknown names are refused")
    func refused() throws {
        #expect {
            try fixture.registry.addKey(
                key.name, publicKey: [1, 2], roles: [.promote], note: Fixture.note)
        } throws: { code($0) == .invalid }
        #expect {
            try fixture.registry.addKey(
                key.name, publicKey: key.publicKey, roles: [], note: Fixture.note)
        } throws: { code($0) == .usage }
        #expect {
            try fixture.registry.revokeKey(key.name, note: Fixture.note)
        } throws: { code($0) == .notFound }
        #expect(try fixture.registry.auditHead()?.act == "register")
    }

    @Test("the database refuses to change or remove a key")
    func immutable() throws {
        try add([.promote])
        for sql in [
            "DELETE FROM keys", "UPDATE keys SET roles = 'register'",
            "UPDATE keys SET public_key = zeroblob(32)",
            "INSERT OR REPLACE INTO keys SELECT name, zeroblob(32), roles, '', '', NULL, NULL, NULL "
                + "FROM keys",
        ] {
            #expect(throws: DatabaseError.self) {
                try fixture.raw().write { try $0.execute(sql: sql) }
            }
        }
    }

    @Test("a signed change says who, carries its signature, and ends when it says")
    func signed() throws {
        try add([.promote])
        _ = try promote(1, by: key)
        let pending = try #require(try fixture.registry.pendingPublications().first)
        let record = try ControlRecord(
            key: fixture.model.description.utf8, value: pending.record)
        #expect(record.issuedBy == "ada")
        let issued = try #require(Timestamp.milliseconds(of: record.issuedAt))
        #expect(record.expiresAtMs == issued + 3_600_000)
        #expect(pending.expiresAtMs == record.expiresAtMs)
        let signature = try RecordSignature(try #require(pending.signature))
        let message = SignedMessage.controlRecord(
            topic: "swerve.control", registry: fixture.registry.id,
            key: Array(fixture.model.description.utf8), value: pending.record)
        #expect(signature.keyName == "ada")
        #expect(
            SignatureCheck.isValid(
                publicKey: key.publicKey, message: message, signature: signature.bytes))
        #expect(try fixture.registry.history(of: fixture.model).last?.note.by == "ada")
    }

    @Test("a key that may not sign changes nothing, and the error says why")
    func maySign() throws {
        func refused(_ key: SigningKey) throws -> SwerveError? {
            let before = try fixture.registry.auditHead()
            do {
                _ = try promote(1, by: key)
                return nil
            } catch let error as SwerveError {
                #expect(try fixture.registry.deployment(of: fixture.model) == nil)
                #expect(try fixture.registry.auditHead() == before)
                return error
            }
        }
        let unknown = try refused(key)
        #expect(unknown?.problem == Problem(.signerNotFound, [.key: "ada", .role: "promote"]))
        try add([.register])
        let lacking = try refused(key)
        #expect(lacking?.reason.contains("the role register, not promote") == true)
        #expect(lacking?.problem?.kind == .keyLacksRole)
        let impostor = try SigningKey.generate(ModelName("ada"))
        let bob = try SigningKey.generate(ModelName("bob"))
        try fixture.registry.addKey(
            bob.name, publicKey: bob.publicKey, roles: [.promote], note: Fixture.note)
        #expect(try refused(impostor)?.problem?.kind == .keyLacksRole)
        let other = try SigningKey.generate(bob.name)
        #expect(try refused(other)?.problem == Problem(.keyMismatch, [.key: "bob"]))
        try fixture.registry.revokeKey(bob.name, note: Fixture.note)
        #expect(try refused(bob)?.problem == Problem(.keyRevoked, [.key: "bob"]))
    }

    @Test("the same deployment can be signed anew, under the next epoch")
    func renewed() throws {
        try add([.promote])
        try fixture.change(.promote(1))
        let renewed = try fixture.registry.change(
            ChangeOrder(
                .renew, of: fixture.model, note: Fixture.note, signing: fixture.signing(key)))
        #expect(renewed.epoch == 2 && renewed.stable.version == 1)
        #expect(try fixture.registry.pendingPublications().first?.signature != nil)
        #expect(try fixture.registry.auditHead()?.act == "republish")
        #expect(try fixture.findings() == [])
    }

    @Test("an artifact comes with its signatures, each for its model")
    func artifacts() throws {
        try add([.register])
        let reference = VersionReference(model: fixture.model, version: 1)
        #expect(try fixture.registry.sign(reference, by: key.signer, note: Fixture.note))
        #expect(try !fixture.registry.sign(reference, by: key.signer, note: Fixture.note))
        let (artifact, digest) = Fixture.artifact("model 1")
        let other = try ModelName("other")
        _ = try fixture.registry.register(
            artifact, digest: digest, as: other, metadata: Fixture.metadata(), signer: key.signer)
        let found = try fixture.registry.artifact(digest).signatures
        #expect(found.map(\.model) == [fixture.model, other])
        #expect(try fixture.registry.signatures(of: other, digest) == [found[1]])
        for entry in found {
            #expect(
                SignatureCheck.isValid(
                    publicKey: key.publicKey,
                    message: SignedMessage.artifact(model: entry.model, digest: digest),
                    signature: entry.signature.bytes))
        }
        #expect(try fixture.findings() == [])
    }

    @Test("a registration that cannot be signed registers nothing")
    func registration() throws {
        try add([.promote])
        let (artifact, digest) = Fixture.artifact("new")
        #expect {
            try fixture.registry.register(
                artifact, digest: digest, as: fixture.model, metadata: Fixture.metadata(),
                signer: key.signer)
        } throws: { code($0) == .refused }
        #expect(try fixture.registry.versions(of: fixture.model).count == 2)
        #expect(throws: SwerveError.self) { try fixture.registry.artifact(digest) }
    }
}
