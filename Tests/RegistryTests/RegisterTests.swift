import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@Suite("registering versions")
struct RegisterTests {
    @Test("versions count from 1, a model at a time, and read back byte for byte")
    func counts() throws {
        let fixture = try Fixture()
        for number in 1...3 {
            let done = try fixture.register("model \(number)")
            #expect(done.version == VersionReference(model: fixture.model, version: number))
            #expect(done.isNew)
            let stored = try fixture.registry.artifact(done.digest)
            let (artifact, digest) = Fixture.artifact("model \(number)")
            #expect(stored.manifestBytes == artifact.manifestBytes)
            #expect(stored.files == artifact.files)
            #expect(done.digest == digest)
            #expect(try fixture.registry.manifest(digest).bytes == artifact.manifestBytes)
        }
        let (artifact, digest) = Fixture.artifact("model 1")
        let other = try fixture.registry.register(
            artifact, digest: digest, as: try ModelName("other"), metadata: Fixture.metadata())
        #expect(other.version.version == 1)
        #expect(other.isNew)
        #expect(try fixture.registry.models().map(\.name.description) == ["http-anomaly", "other"])
        #expect(try fixture.registry.models().map(\.newest) == [3, 1])
    }

    @Test("the same artifact again is the version that it is, its note untouched")
    func again() throws {
        let fixture = try Fixture(versions: 2)
        let (artifact, digest) = Fixture.artifact("model 1")
        let again = try fixture.registry.register(
            artifact, digest: digest, as: fixture.model, metadata: Fixture.metadata(note: "new"))
        #expect(again.version.version == 1)
        #expect(!again.isNew)
        let versions = try fixture.registry.versions(of: fixture.model)
        #expect(versions.map(\.reference.version) == [1, 2])
        #expect(versions.map(\.metadata) == [Fixture.metadata(), Fixture.metadata()])
        let bytes = artifact.files.values.reduce(0) { $0 + $1.count }
        #expect(versions.first?.bytes == bytes)
    }

    @Test("what does not exist is told by what does")
    func notFound() throws {
        let fixture = try Fixture()
        func said(_ body: () throws -> Void) -> String {
            do { try body() } catch { return code(error) == .notFound ? "\(error)" : "?" }
            return "?"
        }
        let wanted = VersionReference(model: fixture.model, version: 4)
        let missing = { (_: Void) in _ = try fixture.registry.version(wanted) }
        #expect(said { try missing(()) }.contains("the registry has no models yet"))
        try fixture.register("model 1")
        #expect(said { try missing(()) }.contains("http-anomaly has version 1 alone"))
        try fixture.register("model 2")
        #expect(said { try missing(()) }.contains("http-anomaly has versions 1 to 2"))
        let stranger = try ModelName("stranger")
        #expect(
            said { _ = try fixture.registry.versions(of: stranger) }
                .contains("there is no model stranger; there is http-anomaly"))
        #expect(said { _ = try fixture.registry.history(of: stranger) }.contains("stranger"))
        #expect(said { _ = try fixture.registry.deployment(of: stranger) }.contains("stranger"))
        let (_, digest) = Fixture.artifact("never")
        #expect(said { _ = try fixture.registry.artifact(digest) }.contains(digest.description))
        #expect(said { _ = try fixture.registry.manifest(digest) }.contains(digest.description))
    }

    @Test("an artifact that is not what its digest or manifest says is not stored")
    func mismatch() throws {
        let fixture = try Fixture()
        let (artifact, digest) = Fixture.artifact("model 1")
        let (_, otherDigest) = Fixture.artifact("model 2")
        var changed = artifact.files
        changed["model.txt"]?[0] ^= 1
        var fewer = artifact.files
        fewer["spec.json"] = nil
        var more = artifact.files
        more["extra"] = []
        let cases: [(Artifact, Digest)] = [
            (artifact, otherDigest),
            (Artifact(manifestBytes: artifact.manifestBytes, files: changed), digest),
            (Artifact(manifestBytes: artifact.manifestBytes, files: fewer), digest),
            (Artifact(manifestBytes: artifact.manifestBytes, files: more), digest),
        ]
        for (artifact, digest) in cases {
            #expect {
                try fixture.registry.register(
                    artifact, digest: digest, as: fixture.model, metadata: Fixture.metadata())
            } throws: { code($0) == .invalid }
        }
        #expect(try fixture.registry.models().isEmpty)
    }

    @Test("what is too long, or not a finite number, is refused as usage")
    func metadata() throws {
        let fixture = try Fixture()
        let (artifact, digest) = Fixture.artifact("model 1")
        let long = String(repeating: "x", count: 5_000)
        let wrong = [
            VersionMetadata(note: long, registeredAt: "", registeredBy: ""),
            VersionMetadata(registeredAt: "", registeredBy: long),
            VersionMetadata(metrics: ["auc": .nan], registeredAt: "", registeredBy: ""),
            VersionMetadata(metrics: ["": 1], registeredAt: "", registeredBy: ""),
            VersionMetadata(tags: [long: ""], registeredAt: "", registeredBy: ""),
            VersionMetadata(tags: ["a": long], registeredAt: "", registeredBy: ""),
        ]
        for metadata in wrong {
            #expect {
                try fixture.registry.register(
                    artifact, digest: digest, as: fixture.model, metadata: metadata)
            } throws: { code($0) == .usage }
        }
    }

    @Test("workers read artifacts beside a writer; a missing file and an unknown digest differ")
    func source() throws {
        let folder = try TemporaryFolder()
        let (artifact, digest) = Fixture.artifact("model 1")
        #expect {
            try RegistryArtifacts(path: folder.path("none.db")).artifact(digest)
        } throws: { ($0 as? SwerveError)?.isRetryable == true }
        // Somebody mends what cannot be opened, while the workers run.
        #expect {
            try RegistryArtifacts(
                path: folder.path(String(repeating: "n", count: 300))
            ).artifact(digest)
        } throws: { ($0 as? SwerveError)?.isRetryable == true }
        let fixture = try Fixture(versions: 1)
        let source = RegistryArtifacts(path: fixture.path)
        #expect(try source.artifact(digest).files == artifact.files)
        #expect {
            try source.artifact(Fixture.artifact("model 9").1)
        } throws: { code($0) == .notFound }
    }
}
