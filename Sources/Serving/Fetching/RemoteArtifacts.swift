package import Lifecycle
import Platform
import Transfer

/// Artifacts from a web server or a folder, as bundles by digest (`ArtifactBundle`).
///
/// A bundle goes into a file beside the cache, so it need not fit into memory before it is known
/// what it is, and goes on where it broke off: in the same call, in a later one, in a later
/// process. Slots of one host that want the same one wait for the first of them.
package struct RemoteArtifacts: ArtifactSource {
    private let template: AddressTemplate
    private let client: WebClient
    private let folder: ArtifactFolder
    private let warn: @Sendable (String) -> Void
    private let rest = Rest()
    private let leftOverMs: Int64

    /// - Parameters:
    ///   - state: the worker's state folder.
    ///   - leftOverMs: after which what was begun and not gone on with is of no use.
    ///   - warn: gets what is worth a line and ends nothing.
    package init(
        _ settings: RemoteArtifactSettings, state: String, leftOverMs: Int64 = 86_400_000,
        warn: @escaping @Sendable (String) -> Void
    ) throws(SwerveError) {
        template = try AddressTemplate(settings.address, act: "reading artifacts")
        client = WebClient(
            settings.connection, token: settings.tokenFile.map { SecretFile(path: $0) })
        folder = try ArtifactFolder(state: state)
        self.warn = warn
        self.leftOverMs = leftOverMs
    }

    package func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
        try artifact(digest, isCancelled: { false })
    }

    /// - Throws: `.unavailable` for what passes: connections, 429 and 5xx, a certificate not
    ///   believed, a full disk, a cancellation; `.refused` for 401, 403 and redirects that are not
    ///   followed; `.notFound` for 404; `.invalid` for another artifact, asked for twice, the
    ///   second time past all caches; `.tooLarge`.
    package func artifact(
        _ digest: Digest, isCancelled: @escaping @Sendable () -> Bool
    ) throws(SwerveError) -> Artifact {
        let address = try template.address(digest.hex, act: "fetching artifact \(digest.short)")
        let act = "fetching artifact \(digest.short) from \(address.shown)"
        try rest.check(act: act)
        do throws(SwerveError) {
            let (lock, hasWaited) = try lock(digest, act: act, isCancelled)
            defer { lock.release() }
            if hasWaited, let cached = folder.cached(digest), folder.isWhole(cached) {
                return cached
            }
            let download = try BundleDownload(digest, path: partialPath(digest), act: act)
            let artifact = try whole(download, from: address, act: act, isCancelled)
            keep(artifact)
            download.remove()
            removeLeftOvers()
            return artifact
        } catch {
            // A full disk, or one out of reach, is mended while the workers run.
            guard error.code == .system else { throw error }
            throw SwerveError(
                .unavailable, act: error.act, reason: error.reason, remedy: error.remedy)
        }
    }

    /// - Returns: also whether another slot had the lock before.
    private func lock(
        _ digest: Digest, act: String, _ isCancelled: () -> Bool
    ) throws(SwerveError) -> (FileLock, hasWaited: Bool) {
        let path = partialPath(digest) + Self.lockSuffix
        var hasWaited = false
        while true {
            do throws(SwerveError) {
                let waiting: Duration = hasWaited ? .milliseconds(250) : .zero
                return (try FileLock.acquire(path, waiting: waiting), hasWaited)
            } catch {
                guard error.code == .unavailable else { throw error }
                hasWaited = true
            }
            guard !isCancelled() else {
                throw SwerveError(.unavailable, act: act, reason: "it was cancelled")
            }
        }
    }

    /// Goes on after breaks as long as bytes come, and asks once more past all caches for what is
    /// not what it should be.
    private func whole(
        _ download: BundleDownload, from address: WebAddress, act: String,
        _ isCancelled: @escaping @Sendable () -> Bool
    ) throws(SwerveError) -> Artifact {
        var breaks = 0
        var isPastCaches = false
        while true {
            let had = download.have
            do throws(SwerveError) {
                let answer = try client.get(
                    download.wish(address, isPastCaches: isPastCaches),
                    limit: ArtifactBundle.bytesMax, sink: download, act: act,
                    isCancelled: isCancelled)
                if answer.status == 416, had > 0 {
                    try download.beginAnew()
                    continue
                }
                guard answer.isSuccess else {
                    rest.note(answer)
                    throw WebFault.error(answer, act: act)
                }
                return try download.artifact()
            } catch {
                switch error.code {
                case .invalid, .tooLarge:
                    // What is announced as too large has not begun.
                    let wasOfOnePiece = download.isOfOnePiece || had == 0
                    try download.beginAnew()
                    if wasOfOnePiece, isPastCaches || address.scheme == .file { throw error }
                    isPastCaches = isPastCaches || wasOfOnePiece
                    warn("\(error.description); fetching it anew")
                // The server announced more than there is.
                case .unavailable where download.isComplete: return try download.artifact()
                case .unavailable where download.have > had && breaks < Self.breaksMax:
                    guard !isCancelled() else { throw error }
                    breaks += 1
                    warn("\(error.description); going on from byte \(download.have)")
                default: throw error
                }
            }
        }
    }

    /// So that the other slots of the host need not fetch it; whoever loads it keeps it otherwise.
    private func keep(_ artifact: Artifact) {
        try? folder.keep(artifact, isReplacing: true)
    }

    /// What was begun of other artifacts long ago, and nobody is fetching.
    private func removeLeftOvers() {
        let names = (try? FolderListing.names(in: folder.path, limit: 10_000)) ?? []
        for name in names where name.hasSuffix(Self.partialSuffix) {
            let path = "\(folder.path)/\(name)"
            guard let status = try? FileStatus.of(path),
                WallClock.nowMs - status.changedAtMs >= leftOverMs
            else { continue }
            guard let lock = try? FileLock.acquire(path + Self.lockSuffix, waiting: .zero) else {
                continue
            }
            _ = try? StateFile.remove(path)
            _ = try? StateFile.remove(path + BundleDownload.validatorSuffix)
            lock.release()
        }
    }

    private func partialPath(_ digest: Digest) -> String {
        "\(folder.path)/\(digest.hex)\(Self.partialSuffix)"
    }

    private static let partialSuffix = ".part"
    private static let lockSuffix = ".lock"
    private static let breaksMax = 3

    /// Until when a server does not want to be asked.
    private final class Rest: Sendable {
        private let until = Guarded<UInt64>(0)

        func note(_ answer: WebAnswer) {
            guard let seconds = answer.retryAfter, [429, 503].contains(answer.status) else {
                return
            }
            let bounded = UInt64(min(seconds, RemoteArtifacts.restMaxSeconds))
            until.withLock { $0 = MonotonicClock.now &+ bounded &* 1_000_000_000 }
        }

        func check(act: String) throws(SwerveError) {
            let now = MonotonicClock.now
            let until = until.withLock { $0 }
            guard until > now else { return }
            throw SwerveError(
                .unavailable, act: act,
                reason: "the server wants to be asked again after "
                    + "\((until - now) / 1_000_000_000 + 1) s")
        }
    }

    private static let restMaxSeconds = 300
}
