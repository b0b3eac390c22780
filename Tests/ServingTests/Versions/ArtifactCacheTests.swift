import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Serving

/// The worker's cache of artifacts on a disk of its own.
@Suite("Artifact cache")
struct ArtifactCacheTests {
    /// A registry of one artifact that counts how often it was asked, and can be away.
    private final class Source: ArtifactSource {
        let content = Array("weights".utf8)
        let manifest: [UInt8]
        let asked = Guarded<Int>(0)
        let isAway = Guarded<Bool>(false)

        init() {
            manifest =
                ArtifactManifest(
                    format: "liblinear",
                    files: [
                        ArtifactManifest.File(
                            role: .model, name: "m", bytes: content.count,
                            sha256: ContentHash.sha256(content))
                    ], labels: [:], threshold: 0, goldenSource: .own
                ).bytes
        }

        var digest: Digest { ContentHash.sha256(manifest) }

        func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
            asked.withLock { $0 += 1 }
            guard !isAway.withLock({ $0 }) else {
                throw SwerveError(.unavailable, act: "reading", reason: "away")
            }
            return Artifact(manifestBytes: manifest, files: ["m": content])
        }
    }

    private let folder: TemporaryFolder
    private let source = Source()
    private let cache: ArtifactCache

    init() throws {
        folder = try TemporaryFolder()
        cache = try ArtifactCache(folder: folder.path("state"), source: source)
    }

    private var entry: String { folder.path("state/artifacts/\(source.digest.hex)") }

    /// Loads as the loader does: the content, where it is what the manifest says.
    private func load() throws -> [UInt8] {
        let (loaded, fetched) = try cache.load(source.digest) { _ in
        } load: { artifact throws(SwerveError) in
            let bytes = artifact.files["m"] ?? []
            guard bytes == source.content else {
                throw SwerveError(.invalid, act: "loading", reason: "damaged")
            }
            return bytes
        }
        if let fetched { try cache.keep(fetched) }
        return loaded
    }

    @Test("what was kept is loaded without the source")
    func kept() throws {
        #expect(try load() == source.content)
        source.isAway.withLock { $0 = true }
        #expect(try load() == source.content)
        #expect(source.asked.withLock { $0 } == 1)
    }

    @Test(
        "a damaged entry is fetched again, and mended",
        arguments: ["model", "manifest.json"], ["", "weightz"])
    func damaged(file: String, text: String) throws {
        _ = try load()
        try StateFile.write("\(entry)/\(file)", Array(text.utf8))
        #expect(try load() == source.content)
        #expect(source.asked.withLock { $0 } == 2)
        source.isAway.withLock { $0 = true }
        #expect(try load() == source.content)
    }

    @Test(
        "a damaged file of an entry is named, whether or not the source has the artifact",
        arguments: ["model", "manifest.json"], [true, false])
    func named(file: String, isAway: Bool) throws {
        _ = try load()
        try StateFile.write("\(entry)/\(file)", Array("x".utf8))
        source.isAway.withLock { $0 = isAway }
        do throws(SwerveError) {
            let (_, fetched) = try cache.load(source.digest) { _ in
            } load: { artifact throws(SwerveError) in
                guard artifact.files["m"] == source.content else {
                    throw SwerveError(.invalid, act: "loading", reason: "damaged")
                }
            }
            #expect(!isAway)
            #expect(fetched?.damage?.contains("\(entry)/\(file) is damaged") == true)
        } catch {
            #expect(isAway && error.code == .unavailable)
            #expect(error.reason.hasPrefix("away (and the cache's file \(entry)/\(file) is"))
        }
    }

    @Test("a missing file of an entry is fetched again, and written")
    func missing() throws {
        _ = try load()
        try StateFile.remove("\(entry)/model")
        #expect(try load() == source.content)
        source.isAway.withLock { $0 = true }
        #expect(try load() == source.content)
    }

    @Test("a whole artifact that cannot be loaded is not fetched again")
    func unloadable() throws {
        _ = try load()
        #expect(throws: SwerveError.self) {
            _ = try cache.load(source.digest) { _ in
            } load: { _ throws(SwerveError) -> Int in
                throw SwerveError(.invalid, act: "loading", reason: "of no known kind")
            }
        }
        #expect(source.asked.withLock { $0 } == 1)
    }

    @Test("what is being written by another slot is left to it")
    func another() throws {
        let lock = try FileLock.acquire(
            folder.path("state/artifacts/.lock"), waiting: .zero)
        #expect(try load() == source.content)
        #expect(try FileStatus.of("\(entry)/manifest.json") == nil)
        lock.release()
        #expect(try load() == source.content)
        #expect(try FileStatus.of("\(entry)/manifest.json") != nil)
        #expect(source.asked.withLock { $0 } == 2)
    }

    @Test("another manifest than the digest's is refused")
    func wrongDigest() throws {
        let other = ContentHash.sha256([1])
        let error = try #require(throws: SwerveError.self) {
            _ = try cache.load(other) { _ in
            } load: { _ throws(SwerveError) in
                0
            }
        }
        #expect(error.code == .invalid)
    }
}
