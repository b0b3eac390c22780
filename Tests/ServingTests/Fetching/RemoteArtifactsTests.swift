import Lifecycle
import Platform
import TestSupport
import Testing
import Transfer

@testable import Serving

/// Bundles from a server that does what it likes, into the cache.
@Suite(
    "Remote artifacts", .blocking,
    .enabled(if: WebServer.isPossible && TestAuthority.isPossible))
struct RemoteArtifactsTests {
    private let folder: TemporaryFolder
    private let sample = SampleBundle()
    private let server: WebServer

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(String(sample.digest.hex), sample.bytes)
        try folder.write("other", SampleBundle(seed: 9).bytes)
        server = try WebServer(folder.path(""))
    }

    private func source(
        _ address: String, slowSeconds: Int = 30,
        change: (inout RemoteArtifactSettings) -> Void = { _ in }
    ) throws -> RemoteArtifacts {
        var settings = RemoteArtifactSettings(address: address)
        settings.connection.slowSeconds = slowSeconds
        change(&settings)
        return try RemoteArtifacts(settings, state: folder.path("state"), warn: { _ in })
    }

    private func fetch(_ mode: String) throws -> Artifact {
        try source(server.url("\(mode)/{digest}")).artifact(sample.digest)
    }

    private func failure(_ body: () throws -> Void) throws -> SwerveError {
        do {
            try body()
        } catch let error as SwerveError {
            return error
        }
        throw SwerveError(.system, act: "testing", reason: "nothing was refused")
    }

    private var leftOvers: [String] {
        get throws {
            try FolderListing.names(in: folder.path("state/artifacts"), limit: 100)
                .filter { $0.hasSuffix(".part") || $0.hasSuffix(".validator") }
        }
    }

    @Test("a bundle comes over the web or from a folder, and is kept for the next start")
    func comes() throws {
        #expect(try fetch("plain") == sample.artifact)
        #expect(try leftOvers.isEmpty)
        let cache = try ArtifactFolder(state: folder.path("state"))
        #expect(cache.cached(sample.digest) == sample.artifact)
        let file = try source("file://\(folder.path("{digest}"))")
        #expect(try file.artifact(sample.digest) == sample.artifact)
    }

    @Test("after a break only the rest is asked for, if it is still the same")
    func resumes() throws {
        #expect(try fetch("cut:70000") == sample.artifact)
        let (first, second) = (try server.next(), try server.next())
        #expect((first.sent, first.range) == (70_000, nil))
        #expect((second.range, second.ifRange) == ("bytes=70000-", "\"1\""))
        #expect(second.sent == sample.bytes.count - 70_000)
    }

    @Test("over TLS, too, and with the token of a file")
    func secure() throws {
        let authority = try TestAuthority(folder)
        let secure = try WebServer(folder.path(""), identity: authority.identity("server"))
        let token = try folder.write("token", "s3cret\n")
        let source = try source(secure.url("cut:70000/{digest}")) {
            $0.connection.caFile = authority.ca
            $0.tokenFile = token
        }
        #expect(try source.artifact(sample.digest) == sample.artifact)
        let (first, second) = (try secure.next(), try secure.next())
        #expect((first.sent, second.range) == (70_000, "bytes=70000-"))
        #expect((first.authorization, second.authorization) == ("Bearer s3cret", "Bearer s3cret"))
    }

    @Test("a token that its file changed is the one that is shown, without a new start")
    func tokenChanged() throws {
        let token = try folder.write("token", "one\n")
        let source = try source(server.url("auth:two/{digest}")) { $0.tokenFile = token }
        let error = try failure { _ = try source.artifact(sample.digest) }
        #expect(error.reason.contains("401"), "\(error)")
        try folder.write("token", "two\n")
        #expect(try source.artifact(sample.digest) == sample.artifact)
        let shown = [try server.next(), try server.next()].map(\.authorization)
        #expect(shown == ["Bearer one", "Bearer two"])
    }

    @Test("a certificate that nobody vouches for, or that is over, passes: a later one is believed")
    func certificateOver() throws {
        let authority = try TestAuthority(folder)
        let identity = try authority.identity("server", days: -1)
        let secure = try WebServer(folder.path(""), identity: identity)
        let unknown = try source(secure.url("plain/{digest}"))
        var error = try failure { _ = try unknown.artifact(sample.digest) }
        #expect(error.isRetryable && error.reason.contains("certificate"), "\(error)")
        let expired = try source(secure.url("plain/{digest}")) {
            $0.connection.caFile = authority.ca
        }
        error = try failure { _ = try expired.artifact(sample.digest) }
        #expect(error.isRetryable && error.reason.contains("expired"), "\(error)")
        let renewed = try WebServer(folder.path(""), identity: authority.identity("renewed"))
        let believed = try source(renewed.url("plain/{digest}")) {
            $0.connection.caFile = authority.ca
        }
        #expect(try believed.artifact(sample.digest) == sample.artifact)
    }

    @Test("a later process goes on where an earlier one ended")
    func later() throws {
        let digest = sample.digest
        let one = try source(server.url("slow:70000/{digest}"), slowSeconds: 600)
        let begun = folder.path("state/artifacts/\(digest.hex).part")
        let error = try failure {
            _ = try one.artifact(digest) {
                ((try? FileStatus.of(begun))??.bytes ?? 0) >= 70_000
            }
        }
        #expect(error.reason.contains("cancelled"))
        _ = try server.next()
        #expect(try fetch("plain") == sample.artifact)
        #expect(try server.next().range == "bytes=70000-")
        #expect(try leftOvers.isEmpty)
    }

    @Test(
        "a server without ranges, with another answer or a changed file begins anew",
        arguments: ["noranges:70000", "changed:70000", "wrongrange:70000"])
    func anew(mode: String) throws {
        if mode.hasPrefix("wrongrange") {
            // That answer is refused, and the next call asks for the whole.
            let error = try failure { _ = try fetch(mode) }
            #expect(error.code == .unavailable && error.reason.contains("another part"))
        }
        #expect(try fetch(mode) == sample.artifact)
        #expect(try leftOvers.isEmpty)
    }

    @Test("a server that announces more than it has does no harm")
    func long() throws {
        #expect(try fetch("long") == sample.artifact)
        #expect(try leftOvers.isEmpty)
    }

    @Test("breaks without end pass once nothing more comes at them, and what came stays")
    func breaks() throws {
        let error = try failure { _ = try fetch("cuts:1000") }
        #expect(error.code == .unavailable)
        let begun = folder.path("state/artifacts/\(sample.digest.hex).part")
        let had = try #require(try FileStatus.of(begun)).bytes
        #expect(had == 4_000)
        #expect(try fetch("plain") == sample.artifact)
    }

    @Test("damage in a cache on the way is asked past, once")
    func damagedOnTheWay() throws {
        #expect(try fetch("cached:50000") == sample.artifact)
        #expect(try server.next().cacheControl == nil)
        #expect(try server.next().cacheControl == "no-cache")
    }

    @Test("another artifact, a short one and what is no bundle are final")
    func another() throws {
        for (address, words) in [
            (server.url("plain/other?{digest}"), "its manifest has digest"),
            (server.url("short:5000/{digest}"), "it ends at byte"),
            (server.url("endless/{digest}"), "more behind its last file"),
        ] {
            let error = try failure { _ = try source(address).artifact(sample.digest) }
            #expect(error.code == .invalid && error.reason.contains(words), "\(error)")
            #expect(!error.description.contains("?\(sample.digest.hex)"))
        }
        let huge = try failure { _ = try fetch("huge") }
        #expect(huge.code == .tooLarge, "\(huge)")
        let gzip = try failure { _ = try fetch("gzip") }
        #expect(gzip.code == .unavailable && gzip.reason.contains("gzip"))
    }

    @Test("a status that passes leads to the artifact at the next try, a final one is told")
    func statuses() throws {
        let passing = try source(server.url("once:503/{digest}"))
        #expect(try failure { _ = try passing.artifact(sample.digest) }.code == .unavailable)
        #expect(try passing.artifact(sample.digest) == sample.artifact)
        #expect(try failure { _ = try fetch("status:401") }.code == .refused)
        let missing = try failure { _ = try fetch("status:404") }
        #expect(missing.code == .notFound)
        #expect(missing.act.contains("127.0.0.1:\(server.port)/status:404/"))
    }

    @Test("a server that wants to be asked later is not asked before")
    func later429() throws {
        let source = try source(server.url("status:429:200/{digest}"))
        #expect(try failure { _ = try source.artifact(sample.digest) }.reason.contains("429"))
        _ = try server.next()
        let error = try failure { _ = try source.artifact(sample.digest) }
        #expect(error.code == .unavailable && error.reason.contains("asked again after"))
    }

    @Test("slots of one host that want the same one fetch it once")
    func together() throws {
        let one = try source(server.url("plain/{digest}"))
        let two = try source(server.url("plain/{digest}"))
        let digest = sample.digest
        let lock = try FileLock.acquire(
            folder.path("state/artifacts/\(digest.hex).part.lock"), waiting: .zero)
        let found = Guarded<[Artifact?]>([])
        let asked = Guarded(0)
        let threads = [one, two].map { source in
            OSThread(name: "fetching") {
                let artifact = try? source.artifact(digest) {
                    asked.withLock { $0 += 1 }
                    return false
                }
                found.withLock { $0.append(artifact) }
            }
        }
        // Both have met the lock.
        while asked.withLock({ $0 }) < 4 { _ = try Poll.waitForAny([], timeoutMs: 10) }
        lock.release()
        for thread in threads { thread.join() }
        #expect(found.withLock { $0 } == [sample.artifact, sample.artifact])
        #expect(try server.next().path.hasSuffix(String(digest.hex)))
        // Nobody else has asked before this.
        _ = try failure { _ = try fetch("once:404") }
        #expect(try server.next().path.contains("once:404"))
    }

    @Test("what an earlier process began of other artifacts goes")
    func leftOver() throws {
        _ = try ArtifactFolder(state: folder.path("state"))
        try StateFile.write(folder.path("state/artifacts/ab.part"), [1])
        try StateFile.write(folder.path("state/artifacts/ab.part.validator"), [1])
        _ = try fetch("plain")
        #expect(try leftOvers.count == 2, "somebody may go on with it")
        try StateFile.write(folder.path("state/artifacts/cd.part"), [1])
        _ = try RemoteArtifacts(
            RemoteArtifactSettings(address: server.url("plain/{digest}")),
            state: folder.path("state"), leftOverMs: 0, warn: { _ in }
        ).artifact(sample.digest)
        #expect(try leftOvers.isEmpty)
    }
}
