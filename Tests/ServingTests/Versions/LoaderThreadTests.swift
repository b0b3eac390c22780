import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Serving

/// What belongs to the loader thread, and what the control thread may ask of the loader.
@Suite("Loader thread", .blocking)
struct LoaderThreadTests {
    private struct Source: ArtifactSource {
        let held: Artifact
        func artifact(_ digest: Digest) throws(SwerveError) -> Artifact { held }
    }

    private static func loader(_ folder: String, _ artifact: Artifact) throws -> VersionLoader {
        VersionLoader(
            cache: try ArtifactCache(folder: folder, source: Source(held: artifact)),
            trust: nil, inputTopic: "in", partitionCount: 1, warn: { _ in })
    }

    /// What a manager asks for that has heard of one deployment of the artifact.
    private static func request(
        _ artifact: Artifact, present: [LoadedVersion] = []
    ) throws -> LoadRequest {
        let record = ControlRecord(
            registry: "r",
            deployment: Deployment(
                model: try TrackedRecords.model(), epoch: 1,
                stable: DeployedVersion(
                    version: 3, digest: ContentHash.sha256(artifact.manifestBytes)), salt: 1),
            issuedAt: "", issuedBy: "", reason: "")
        var manager = VersionManager(model: try TrackedRecords.model(), memory: SlotMemory())
        _ = manager.handle(.replayed)
        _ = manager.heard(key: TrackedRecords.key, value: record.bytes)
        return LoadRequest(try #require(manager.load), present: present, askedAt: 0)
    }

    @Test("without the loader thread nothing is fetched: only what is loaded makes a set")
    func present() throws {
        let folder = try TemporaryFolder()
        let artifact = try SmallArtifacts.liblinear()
        let loader = try Self.loader(folder.path("state"), artifact)
        let request = try Self.request(artifact)
        #expect(!loader.isPresent(request))
        let refused = loader.loadPresent(request)
        guard case .failed(let error) = refused.ending else {
            Issue.record("made of what is not loaded: \(refused.ending)")
            return
        }
        #expect(error.description.contains("fetched by the loader thread only"), "\(error)")
        #expect(refused.fetched.isEmpty)

        let loaded = loader.load(request, on: ThreadOwner())
        guard case .ready(let set) = loaded.ending else {
            Issue.record("not loaded: \(loaded.ending)")
            return
        }
        #expect(loaded.fetched.count == 1)
        let again = try Self.request(artifact, present: set.loaded)
        #expect(loader.isPresent(again))
        guard case .ready(let same) = loader.loadPresent(again).ending else {
            Issue.record("what is loaded makes no set")
            return
        }
        #expect(same.stable.scorer === set.stable.scorer)
    }

    #if DEBUG
    @Test("another thread that loads in the loader thread's place ends the process")
    func foreignLoad() async throws {
        let result = try await #require(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            let folder = try TemporaryFolder()
            let artifact = try SmallArtifacts.liblinear()
            let loader = try LoaderThreadTests.loader(folder.path("state"), artifact)
            let request = try LoaderThreadTests.request(artifact)
            OSThread(name: "loader") {
                let owner = ThreadOwner()
                OSThread(name: "stranger") { _ = loader.load(request, on: owner) }.join()
            }.join()
        }
        let told = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(told.contains("belongs to the thread loader, and stranger called it"), "\(told)")
    }

    @Test("another thread that keeps artifacts in the loader thread's place ends the process")
    func foreignKeep() async throws {
        let result = try await #require(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            let folder = try TemporaryFolder()
            let artifact = try SmallArtifacts.liblinear()
            let loader = try LoaderThreadTests.loader(folder.path("state"), artifact)
            let fetched = ArtifactCache.Fetched(
                artifact: artifact, isReplacing: false, damage: nil)
            OSThread(name: "loader") {
                let owner = ThreadOwner()
                OSThread(name: "stranger") { try? loader.keep(fetched, on: owner) }.join()
            }.join()
        }
        let told = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(told.contains("belongs to the thread loader, and stranger called it"), "\(told)")
    }
    #endif
}
