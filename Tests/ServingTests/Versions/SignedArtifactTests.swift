import Foundation
import Lifecycle
import Logging
import Platform
import Serving
import TestSupport
import Testing

/// The loader with signatures required of artifacts: a model of zeros, whose scores are all zero.
@Suite("Signed artifacts")
struct SignedArtifactTests {
    /// A registry that holds one artifact, and counts how often it was asked.
    private final class Source: ArtifactSource {
        let manifest: [UInt8]
        let files: [String: [UInt8]]
        let signatures = Guarded<[ArtifactSignature]>([])
        let asked = Guarded<Int>(0)

        init() throws {
            let artifact = try SmallArtifacts.liblinear()
            manifest = artifact.manifestBytes
            files = artifact.files
        }

        var digest: Digest { ContentHash.sha256(manifest) }

        func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
            asked.withLock { $0 += 1 }
            guard digest == self.digest else {
                throw SwerveError(.notFound, act: "reading", reason: "no such artifact")
            }
            return Artifact(
                manifestBytes: manifest, files: files, signatures: signatures.withLock { $0 })
        }
    }

    /// One worker's loader, made anew for each load, as after a restart.
    private final class Fixture {
        let folder: TemporaryFolder
        let source: Source
        let key: SigningKey

        init() throws {
            folder = try TemporaryFolder()
            source = try Source()
            key = try SigningKey.generate(ModelName("ci"))
            try trust("register")
        }

        func trust(_ roles: String, _ more: String = "") throws {
            let text = Data(key.publicKey).base64EncodedString()
            try folder.write("trust", Array("ci \(roles) ed25519:\(text) \(more)\n".utf8))
        }

        func sign(for model: ModelName) throws {
            let signature = try key.signer.signature(
                over: SignedMessage.artifact(model: model, digest: source.digest))
            source.signatures.withLock {
                $0.append(ArtifactSignature(model: model, signature: signature))
            }
        }

        /// What becomes of `epoch` in a worker that has just started.
        ///
        /// - Parameter present: what it has loaded already.
        func load(
            epoch: Int64 = 1, requires: Bool = true, present: [LoadedVersion] = [],
            candidate: Candidate? = nil, previous: DeployedVersion? = nil
        ) throws -> VersionManager.Standing {
            let model = try TrackedRecords.model()
            let record = ControlRecord(
                registry: "r",
                deployment: Deployment(
                    model: model, epoch: epoch,
                    stable: DeployedVersion(version: 3, digest: source.digest),
                    candidate: candidate, previous: previous, salt: 1),
                issuedAt: "", issuedBy: "", reason: "")
            let file = try SlotMemoryFile(
                folder: folder.path("state"), slot: SlotID(group: "g", slot: 0), model: model)
            let keeper = try TrustKeeper(
                WorkerConfiguration.Trust(
                    file: folder.path("trust"), requiresSignedArtifacts: requires),
                topic: "control", isDevelopment: true, wording: Self.worded, warn: { _ in })
            let loader = VersionLoader(
                cache: try ArtifactCache(folder: folder.path("state"), source: source),
                trust: keeper, inputTopic: "in", partitionCount: 1
            ) { Issue.record("\($0)") }
            var manager = VersionManager(
                model: model, memory: file.read { Issue.record("\($0)") },
                requiresSignedArtifacts: requires)
            _ = manager.handle(.replayed)
            _ = manager.heard(key: TrackedRecords.key, value: record.bytes)
            let load = try #require(manager.load)
            let request = LoadRequest(load, present: present, askedAt: 0)
            wasPresent = loader.isPresent(request)
            // This thread stands for the loader's.
            let owner = ThreadOwner()
            let result = loader.load(request, on: owner)
            for fetched in result.fetched { try loader.keep(fetched, on: owner) }
            let outcome: VersionManager.Outcome =
                switch result.ending {
                case .ready(let set): ready(set)
                case .failed(let error): .failedFinally(error.description)
                case .cancelled: .failedPassing("cancelled")
                }
            for case .remember(let memory) in manager.handle(
                .finished(load: load.id, outcome))
            { try file.write(memory) }
            return manager.standing
        }

        /// As an executable has words for its problems.
        private static func worded(_ error: SwerveError) -> SwerveError {
            guard let problem = error.problem else { return error }
            return SwerveError(
                error.code, act: error.act, reason: error.reason,
                remedy: "to be mended: \(problem.kind.rawValue) \(problem[.version])",
                problem: problem)
        }

        /// Whether the last load found everything there, and what the last good one made.
        private(set) var wasPresent = false
        private(set) var loaded: [LoadedVersion] = []

        private func ready(_ set: ServingSet) -> VersionManager.Outcome {
            loaded = set.loaded
            return .ready
        }
    }

    private func refusal(_ standing: VersionManager.Standing) -> String {
        guard case .rejected(let reason) = standing else {
            return "not rejected: \(standing as Any)"
        }
        return reason
    }

    @Test(
        "unsigned, the artifact is rejected with the remedy; signed, it is fetched again and served"
    )
    func signing() throws {
        let fixture = try Fixture()
        let reason = refusal(try fixture.load())
        #expect(reason.contains("not signed for m"), "\(reason)")
        #expect(reason.hasSuffix("; to be mended: artifact-not-trusted m@3"), "\(reason)")
        #expect(fixture.source.asked.withLock { $0 } == 1)
        try fixture.sign(for: try ModelName("other"))
        #expect(refusal(try fixture.load()).contains("not signed for m"))
        try fixture.sign(for: try TrackedRecords.model())
        #expect(try fixture.load() == .served)
        // The signatures lie beside the files: nothing is fetched any more.
        let asked = fixture.source.asked.withLock { $0 }
        #expect(try fixture.load(epoch: 2) == .served)
        #expect(fixture.source.asked.withLock { $0 } == asked)
    }

    @Test("an artifact cached before signatures were required is fetched again for them")
    func cachedBefore() throws {
        let fixture = try Fixture()
        #expect(try fixture.load(requires: false) == .served)
        #expect(refusal(try fixture.load(epoch: 2)).contains("not signed"))
        try fixture.sign(for: try TrackedRecords.model())
        #expect(try fixture.load(epoch: 3) == .served)
        let cached = try FileManager.default.subpathsOfDirectory(
            atPath: fixture.folder.path("state/artifacts"))
        #expect(cached.contains { $0.hasSuffix("signatures.json") })
    }

    @Test("a key revoked later stops new epochs, not the restart of the one that is served")
    func revoked() throws {
        let fixture = try Fixture()
        try fixture.sign(for: try TrackedRecords.model())
        #expect(try fixture.load() == .served)
        try fixture.trust("register", "revoked:2020-01-01T00:00:00Z")
        #expect(try fixture.load() == .served)
        let reason = refusal(try fixture.load(epoch: 2))
        #expect(reason.contains("key 'ci' is revoked"), "\(reason)")
    }

    @Test("a restart resumes a canary of the version that was served before, too")
    func revokedCanaryOfPrevious() throws {
        let fixture = try Fixture()
        try fixture.sign(for: try TrackedRecords.model())
        let second = DeployedVersion(version: 2, digest: fixture.source.digest)
        let candidate = Candidate(
            deployed: second, mode: .canary, share: try Share(fraction: 0.5))
        #expect(try fixture.load(candidate: candidate, previous: second) == .served)
        try fixture.trust("register", "revoked:2020-01-01T00:00:00Z")
        #expect(try fixture.load(candidate: candidate, previous: second) == .served)
    }

    @Test("a version that is loaded is judged again by each new epoch")
    func revokedWhileLoaded() throws {
        let fixture = try Fixture()
        try fixture.sign(for: try TrackedRecords.model())
        #expect(try fixture.load() == .served)
        #expect(try fixture.load(epoch: 2, present: fixture.loaded) == .served)
        #expect(fixture.wasPresent)
        try fixture.trust("register", "revoked:2020-01-01T00:00:00Z")
        let reason = refusal(try fixture.load(epoch: 3, present: fixture.loaded))
        #expect(reason.contains("key 'ci' is revoked"), "\(reason)")
        #expect(!fixture.wasPresent)
    }

    @Test("a key without the role register signs nothing that counts")
    func role() throws {
        let fixture = try Fixture()
        try fixture.trust("promote")
        try fixture.sign(for: try TrackedRecords.model())
        #expect(refusal(try fixture.load()).contains("has not the role register"))
    }
}
