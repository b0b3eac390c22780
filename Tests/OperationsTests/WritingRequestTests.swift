import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Operations

/// What a backend does for who changes versions and keys.
@Suite("requests that change versions and keys")
struct WritingRequestTests {
    private let fixture: ControlFixture
    private let brokers: FakeBrokers
    private let events = HeardEvents()
    private var model: ModelName { fixture.model }
    private var backend: FileBackend { backend(at: fixture.path) }

    init() throws {
        fixture = try ControlFixture()
        brokers = FakeBrokers(fixture.topic)
    }

    private func backend(at path: String) -> FileBackend {
        let (brokers, events) = (brokers, events)
        return FileBackend(
            registry: path, brokers: { brokers }, for: Caller(author: "ada", hear: events.hear))
    }

    private func version(_ number: Int) -> VersionSelector {
        VersionSelector(model: model, choice: .number(number))
    }

    // MARK: - Versions

    @Test("a version is annotated under the author's name; said again, nothing changes")
    func annotates() throws {
        let request = AnnotateRequest(version: version(2), annotation: Annotation(note: "n"))
        let first = try backend.annotate(request)
        #expect(first.version.metadata.note == "n" && first.already == nil)
        #expect(try fixture.registry.auditHead()?.by == "ada")
        let head = try fixture.registry.auditHead()
        let again = try backend.annotate(request)
        #expect(again.version == first.version && again.already?.code == .unchanged)
        #expect(try fixture.registry.auditHead() == head && events.all == [])
    }

    @Test("a version is put away with the reason, taken back, and what keeps it there is told")
    func archives() throws {
        let request = ArchiveRequest(version: version(3), reason: "old")
        #expect(try backend.archive(request).version.archival?.reason == "old")
        #expect(try backend.archive(request).already?.problem?.kind == .alreadyArchived)
        let undo = ArchiveRequest(version: version(3), isUndone: true)
        #expect(try backend.archive(undo).version.archival == nil)
        #expect(try backend.archive(undo).already?.problem?.kind == .notArchived)
        try fixture.change(.promote(3))
        #expect { try self.backend.archive(request) } throws: { code($0) == .refused }
    }

    @Test("an alias moves, is there already, and goes")
    func aliases() throws {
        let alias = try AliasName("champion")
        let set = SetAliasRequest(alias: alias, version: version(1))
        #expect(try backend.setAlias(set).already == nil)
        #expect(try backend.setAlias(set).already?.problem?.kind == .aliasUnchanged)
        let champion = VersionSelector(model: model, choice: .alias(alias))
        let other = SetAliasRequest(alias: try AliasName("other"), version: champion)
        #expect(try backend.setAlias(other).version.version == 1)
        let removal = RemoveAliasRequest(alias: alias, model: model)
        #expect(try backend.removeAlias(removal).version.version == 1)
        #expect { try self.backend.removeAlias(removal) } throws: { code($0) == .notFound }
    }

    @Test("files of archived versions are told first, and removed where that is asked for")
    func collects() throws {
        _ = try backend.archive(ArchiveRequest(version: version(1)))
        let listed = try backend.collect(CollectRequest(model: model, isDeleting: false))
        #expect(listed.plan.entries.map(\.reference.version) == [1])
        let removed = try backend.collect(CollectRequest(model: nil, isDeleting: true))
        #expect(removed.plan == listed.plan)
        let again = try backend.collect(CollectRequest(model: nil, isDeleting: true))
        #expect(again.plan.entries.isEmpty && again.shrunkBytes == 0)
    }

    // MARK: - Keys

    @Test("a signature that was made elsewhere is held against the registry's key")
    func signs() throws {
        let key = try SigningKey.generate(ModelName("builder"))
        let stranger = try SigningKey.generate(key.name)
        _ = try backend.addKey(
            AddKeyRequest(name: key.name, publicKey: key.publicKey, roles: [.register]))
        func request(_ signer: SigningKey, of number: Int) throws -> SignRequest {
            let digest = try fixture.registry.version(
                VersionReference(model: model, version: number)
            ).digest
            let message = SignedMessage.artifact(model: model, digest: digest)
            return SignRequest(
                version: VersionReference(model: model, version: 1),
                signature: try signer.signer.signature(over: message))
        }
        for wrong in [try request(stranger, of: 1), try request(key, of: 2)] {
            #expect { try self.backend.sign(wrong) } throws: {
                ($0 as? SwerveError)?.problem?.kind == .keyMismatch
            }
        }
        let right = try request(key, of: 1)
        let signed = try backend.sign(right)
        #expect(!signed.already && signed.signatures == [right.signature])
        #expect(try fixture.registry.auditHead()?.by == "builder")
        #expect(try backend.sign(right).already)
    }

    @Test("a key is tried, added once, and ended for good; a trial adds nothing")
    func keys() throws {
        let path = fixture.folder.path("new.db")
        let backend = backend(at: path)
        let key = try SigningKey.generate(ModelName("release"))
        func request(isTrial: Bool) -> AddKeyRequest {
            AddKeyRequest(
                name: key.name, publicKey: key.publicKey, roles: [.promote], isTrial: isTrial)
        }
        #expect(try backend.addKey(request(isTrial: true)).key == nil)
        #expect(try backend.keys(KeysRequest()).keys.isEmpty)
        #expect(try backend.addKey(request(isTrial: false)).key?.addedBy == "ada")
        for isTrial in [true, false] {
            #expect { try backend.addKey(request(isTrial: isTrial)) } throws: {
                code($0) == .refused
            }
        }
        let revoke = RevokeKeyRequest(name: key.name, reason: "lost")
        #expect(try backend.revokeKey(revoke).key?.revocation?.reason == "lost")
        #expect(try backend.revokeKey(revoke).already?.code == .unchanged)
    }

    // MARK: - What waits

    @Test("what an earlier change left is announced behind this one, and told once")
    func pending() throws {
        try fixture.change(.promote(1))
        let head = try fixture.registry.auditHead()?.sequence ?? 0
        let refused = AnnotateRequest(version: version(9), annotation: Annotation(note: "n"))
        #expect { try self.backend.annotate(refused) } throws: { code($0) == .notFound }
        _ = try backend.collect(CollectRequest(model: nil, isDeleting: false))
        #expect(events.all == [] && brokers.looks == 0)
        brokers.isNamed = false
        let request = AnnotateRequest(version: version(1), annotation: Annotation(note: "n"))
        _ = try backend.annotate(request)
        brokers.isNamed = true
        // Also where nothing had to be changed.
        #expect(try backend.annotate(request).already != nil)
        _ = try backend.annotate(
            AnnotateRequest(version: version(1), annotation: Annotation(note: "m")))
        let told = events.all.compactMap { event in
            if case .pending(let announcements) = event { announcements } else { nil }
        }
        #expect(told.map(\.obstacle) == [.noBrokersNamed, nil])
        #expect(told.map { $0.announced.map(\.epoch) } == [[], [1]])
        #expect(try fixture.announced()?.deployment.epoch == 1 && brokers.looks == 1)
        #expect(try fixture.registry.auditHead()?.sequence ?? 0 > head)
    }

    @Test("a change of a registry that is not there makes none")
    func absent() throws {
        let path = fixture.folder.path("none.db")
        let backend = backend(at: path)
        let request = AnnotateRequest(version: version(1), annotation: Annotation(note: "n"))
        #expect(throws: SwerveError.self) { try backend.annotate(request) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
