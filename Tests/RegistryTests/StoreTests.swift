import GRDB
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Registry

/// Each store by itself, within a transaction; what they come to together is tested elsewhere.
@Suite("the stores of the registry")
struct StoreTests {
    private let fixture: Fixture

    init() throws { fixture = try Fixture(versions: 3) }

    private func read<Value>(_ body: (RegistryTransaction) throws -> Value) throws -> Value {
        try fixture.registry.read("testing", body)
    }

    private func write<Value>(_ body: (RegistryTransaction) throws -> Value) throws -> Value {
        try fixture.registry.write("testing", body)
    }

    @Test("models: one is added once, and one that is not there names those that are")
    func models() throws {
        let other = try ModelName("other")
        try write { transaction in
            try transaction.models.add(other, at: "now")
            try transaction.models.add(other, at: "later")
            try transaction.models.require(other)
        }
        #expect(try fixture.count("models") == 2)
        #expect {
            try read { try $0.models.require(try ModelName("none")) }
        } throws: {
            "\($0)".contains("there are http-anomaly, other")
                && problem($0) == Problem(.modelNotFound, [.model: "none"])
        }
    }

    @Test("versions: numbers, digests and the contract are those of the rows")
    func versions() throws {
        let digest = Fixture.artifact("model 2").1
        try read { transaction in
            let versions = transaction.versions
            #expect(try versions.number(of: digest, model: fixture.model) == 2)
            #expect(try versions.number(of: digest, model: try ModelName("other")) == nil)
            #expect(try versions.newest(of: fixture.model) == 3)
            #expect(try versions.newest(of: try ModelName("other")) == 0)
            #expect(try versions.exists(fixture.reference(3)))
            #expect(try !versions.exists(fixture.reference(4)))
            #expect(try versions.contract(fixture.model, 9).task == nil)
            #expect(try versions.origin("http-anomaly", 2)?.digest("artifact") == digest)
            #expect(try versions.origin("http-anomaly", 4) == nil)
            #expect(try versions.saidDigest("http-anomaly", 4) == nil)
            #expect(
                try versions.saidDigest("http-anomaly", 1)
                    == versions.saidDigest("http-anomaly", 2))
            var origins: [Int64] = []
            try versions.forEachOrigin { origins.append(try $0.integer("number", in: 1...9)) }
            #expect(origins == [1, 2, 3])
        }
    }

    @Test("artifacts: what is stored twice is there once, and only what nothing needs is freed")
    func artifacts() throws {
        let (artifact, digest) = Fixture.artifact("model 1")
        try write { transaction in
            let manifest = try ArtifactManifest(parsing: artifact.manifestBytes)
            #expect(
                try !transaction.artifacts.add(artifact, manifest: manifest, digest: digest))
            #expect(try transaction.artifacts.artifact(digest).files == artifact.files)
            // The featurizer's spec is that of the other two, too.
            #expect(try transaction.artifacts.freed(without: [digest]).files == 2)
        }
        #expect {
            try read { try $0.artifacts.manifestBytes(ContentHash.sha256([1])) }
        } throws: { problem($0)?.kind == .artifactNotFound }
    }

    @Test("aliases: one that is set tells the chain, one that is so already does not")
    func aliases() throws {
        let alias = try AliasName("champion")
        let before = try fixture.count("audit")
        try write { transaction in
            let (aliases, note) = (transaction.aliases, Fixture.note)
            #expect(try aliases.set(alias, to: fixture.reference(1), note: note) == nil)
            #expect(try aliases.set(alias, to: fixture.reference(1), note: note) == 1)
            #expect(try aliases.set(alias, to: fixture.reference(2), note: note) == 1)
            #expect(try aliases.number(of: alias, of: fixture.model) == 2)
            #expect(try aliases.byModel()[fixture.model]?.map(\.version) == [2])
            let selector = try VersionSelector("http-anomaly@champion")
            #expect(try aliases.resolve(selector) == fixture.reference(2))
            #expect(try aliases.remove(alias, of: fixture.model, note: note) == 2)
            #expect(try aliases.all(of: fixture.model).isEmpty)
        }
        #expect(try fixture.count("audit") == before + 3)
    }

    @Test("archive: what was put away is collectable, until something else needs it")
    func archive() throws {
        try write { transaction in
            let (archive, first) = (transaction.archive, fixture.reference(1))
            try archive.requireUnarchived(first)
            try archive.add(try transaction.search.version(first), note: Fixture.note)
            #expect(throws: SwerveError.self) { try archive.requireUnarchived(first) }
            #expect(try archive.collectable(of: nil).entries.map(\.reference) == [first])
            let digest = Fixture.artifact("model 1").1
            #expect(try archive.collected(digest) == nil)
            try archive.markCollected(first, at: "then")
            #expect(try archive.collected(digest)?.at == "then")
            #expect(try archive.collectable(of: nil).entries.isEmpty)
            try archive.markStored(digest)
            try archive.remove(try transaction.search.version(first), note: Fixture.note)
            try archive.requireUnarchived(first)
        }
    }

    @Test("keys and signatures: a signature is valid by the key of its name alone")
    func keys() throws {
        let key = try SigningKey.generate(ModelName("ada"))
        let digest = Fixture.artifact("model 1").1
        try write { transaction in
            try transaction.keys.add(
                key.name, key.publicKey, roles: [.register], note: Fixture.note)
            #expect(try transaction.keys.one(key.name)?.roles == [.register])
            #expect(try transaction.audit.keyNames() == ["ada"])
            let (first, note) = (fixture.reference(1), Fixture.note)
            #expect(try transaction.signatures.sign(first, digest, by: key.signer, note: note))
            #expect(try !transaction.signatures.sign(first, digest, by: key.signer, note: note))
            let stored = try #require(try transaction.signatures.all(of: digest).first)
            let text = stored.signature.description
            let message = SignedMessage.artifact(model: fixture.model, digest: digest)
            #expect(try transaction.keys.isValid(text, by: "ada", over: message))
            #expect(try !transaction.keys.isValid(text, by: "bob", over: message))
            #expect(try !transaction.keys.isValid(text, by: "ada", over: message + [0]))
            #expect(try !transaction.keys.isValid(nil, by: "ada", over: message))
        }
    }

    @Test("deployments, history and outbox: a change is a row in each, and published once marked")
    func deployments() throws {
        let model = fixture.model
        for version in 1...2 { try fixture.change(.promote(version)) }
        try write { transaction in
            #expect(try transaction.deployments.one(model)?.stable.version == 2)
            #expect(try transaction.deployments.all().keys.map(\.self) == [model])
            let entries = try transaction.history.entries(of: model, newest: 9)
            #expect(entries.map(\.epoch) == [2, 1] && entries[0].before == entries[1].after)
            #expect(try transaction.history.entries(of: model, newest: 1).count == 1)
            let outbox = transaction.outbox
            #expect(try outbox.pending().map(\.epoch) == [2])
            #expect(try outbox.announcement(model, epoch: 1)?.isPublished == false)
            #expect(try outbox.announcement(model, epoch: 3) == nil)
            try outbox.markPublished(model, upTo: 2, at: "now")
            #expect(try outbox.isPublished(model, epoch: 2))
            #expect(try !outbox.isPublished(model, epoch: 3))
            #expect(try outbox.pending().isEmpty)
            #expect(try outbox.requeue(nil) == 1)
            #expect(try outbox.pending().map(\.epoch) == [2])
            #expect(try outbox.pendingAdoptions(of: model).isEmpty)
        }
    }

    @Test("audit: each entry has the hash of its content behind the entry before")
    func audit() throws {
        try write { transaction in
            let before = try #require(try transaction.audit.head())
            let hash = try transaction.audit.append(
                .annotate, model: fixture.model, note: Fixture.note, details: ["version": 1])
            let head = try #require(try transaction.audit.head())
            #expect(head.sequence == before.sequence + 1 && head.hash == hash)
            #expect(try transaction.audit.hash(of: before.sequence) == before.hash)
            #expect(try transaction.audit.hash(of: head.sequence + 1) == nil)
            var last: [UInt8] = []
            try transaction.audit.forEachRow(from: head.sequence) { row in
                last = Array(try row.text("entry").utf8)
            }
            #expect(AuditEntry.hash(last, after: before.hash) == hash)
            let told = try transaction.audit.told("model", "http-anomaly").entries
            #expect(told.filter { $0.act == .annotate }.map(\.sequence) == [head.sequence])
            #expect(told.last?.version == 1 && told.last?.hash == hash)
        }
    }

    @Test("a transaction that fails leaves nothing of any store")
    func rollback() throws {
        struct Failed: Error {}
        let before = try fixture.count("audit")
        #expect(throws: SwerveError.self) {
            try write { transaction in
                _ = try transaction.aliases.set(
                    try AliasName("champion"), to: fixture.reference(1), note: Fixture.note)
                throw Failed()
            }
        }
        #expect(try fixture.count("aliases") == 0)
        #expect(try fixture.count("audit") == before)
    }
}
