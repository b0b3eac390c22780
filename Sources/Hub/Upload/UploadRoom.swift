import Lifecycle
import Platform
import Web

/// Where uploads, and copies for backups, lie while a hub has them: a folder beside the registry,
/// which no other user reads, and in it one for each process.
///
/// Any thread. A process's folder is its own while it lives, by a lock beside it: hubs that stand
/// by answer backups too.
final class UploadRoom: Sendable {
    private let all: String
    /// Of this process alone.
    private let own: String
    private let lock = Guarded<FileLock?>(nil)

    /// Nothing is on the disk before the first place.
    init(beside registry: String) {
        all = registry + ".uploads"
        own = "\(all)/\(ProcessIdentity.makeUUID())"
    }

    deinit {
        guard let lock = lock.withLock({ $0.take() }) else { return }
        _ = FolderListing.removeEmpty(own)
        _ = try? StateFile.remove(lock.path)
        lock.release()
    }

    /// A new folder, for whoever asks alone; `remove` takes it away.
    func place() throws(SwerveError) -> String {
        try StateFile.makeFolder(all, permissions: 0o700)
        try lock.withLock { lock throws(SwerveError) in
            // Before the folder, so that none that is in use is ever without it.
            if lock == nil { lock = try FileLock.acquire(own + Self.lockSuffix, waiting: .zero) }
        }
        try StateFile.makeFolder(own, permissions: 0o700)
        let place = "\(own)/\(ProcessIdentity.makeUUID())"
        try StateFile.makeFolder(place, permissions: 0o700)
        return place
    }

    /// Removes what processes left that were killed.
    func clear() {
        let names = (try? FolderListing.names(in: all, limit: Self.leftovers)) ?? []
        for name in names where !name.hasSuffix(Self.lockSuffix) {
            let folder = "\(all)/\(name)"
            guard folder != own,
                let lock = try? FileLock.acquire(folder + Self.lockSuffix, waiting: .zero)
            else { continue }
            for place in (try? FolderListing.names(in: folder, limit: Self.leftovers)) ?? [] {
                Self.remove("\(folder)/\(place)")
            }
            Self.remove(folder)
            // No process ever takes the same name again.
            _ = try? StateFile.remove(lock.path)
        }
    }

    /// Takes a body to disk, part by part.
    ///
    /// - Throws: `.tooLarge`, `.usage` for what is no upload, `.invalid` where it is another than
    ///   its digest says, `.unavailable` where the client is gone, `.system` where the disk is
    ///   full; nothing is left then.
    func receive(_ request: HTTPRequest) throws(SwerveError) -> Upload {
        guard let type = request.fields["content-type"] else {
            throw SwerveError(
                .usage, act: Upload.act, reason: "its Content-Type is not multipart/form-data")
        }
        let wanted = try Upload.wantedDigest(request.fields)
        do throws(SwerveError) {
            let upload = Upload(folder: try place(), in: self)
            try upload.take(request.body, type: type, wanted: wanted)
            return upload
        } catch {
            guard error.problem?.kind == .diskFull else { throw error }
            // Not the place where it lies here.
            throw SwerveError(
                .system, act: Upload.act, reason: "no room is left where the hub keeps uploads",
                remedy: "have somebody free space on the hub's volume, and send it again",
                problem: Problem(.diskFull, [.path: "the hub's uploads"]))
        }
    }

    static func remove(_ folder: String) {
        for name in (try? FolderListing.names(in: folder, limit: leftovers)) ?? [] {
            _ = try? StateFile.remove("\(folder)/\(name)")
        }
        _ = FolderListing.removeEmpty(folder)
    }

    private static let lockSuffix = ".lock"
    private static let leftovers = 10_000
}

/// One upload on disk; its files go with it.
final class Upload {
    static let act = "taking an upload"

    struct File {
        let part: String
        /// As the client calls it.
        let name: String
        let path: String
    }

    private let folder: String
    /// Its place is the room's while it is there.
    private let room: UploadRoom
    private(set) var files: [File] = []
    /// The part `request`, JSON; empty without one.
    private(set) var said: [UInt8] = []
    /// Of all that came.
    private(set) var digest: Digest?

    fileprivate init(folder: String, in room: UploadRoom) {
        self.folder = folder
        self.room = room
    }

    deinit { UploadRoom.remove(folder) }

    func files(_ part: String) -> [File] { files.filter { $0.part == part } }

    fileprivate func take(
        _ body: HTTPBody, type: String, wanted: Digest?
    ) throws(SwerveError) {
        var reader = try MultipartReader(contentType: type)
        var hash = ContentHash()
        var open: PartialFile?
        var isSaid = false
        while let bytes = try body.next() {
            hash.update(bytes)
            try reader.take(bytes) { event throws(SwerveError) in
                switch event {
                case .begin(let part):
                    isSaid = part.name == Self.saidPart
                    guard !isSaid else { return }
                    let path = "\(folder)/\(files.count)"
                    files.append(File(part: part.name, name: part.fileName, path: path))
                    open = try PartialFile(path)
                case .bytes(let bytes):
                    guard isSaid else {
                        try open?.append(bytes)
                        return
                    }
                    guard said.count + bytes.count <= Self.saidBytes else {
                        throw SwerveError(
                            .tooLarge, act: Self.act,
                            reason: "the part request is longer than \(Self.saidBytes) bytes")
                    }
                    said += bytes
                case .end:
                    open?.close()
                    open = nil
                }
            }
        }
        guard reader.isWhole else {
            throw SwerveError(.usage, act: Self.act, reason: "it ends before its last boundary")
        }
        let came = hash.digest()
        guard wanted == nil || wanted == came else {
            throw SwerveError(
                .invalid, act: Self.act,
                reason: "what came has the digest \(came), and not the one of its Content-Digest",
                remedy: "send it again")
        }
        digest = came
    }

    /// Of `Content-Digest` (RFC 9530); nil where there is none, or of another kind alone.
    fileprivate static func wantedDigest(_ fields: HTTPFields) throws(SwerveError) -> Digest? {
        for item in fields.all("content-digest").joined(separator: ",").split(separator: ",") {
            let item = item.drop { $0 == " " }
            guard item.hasPrefix("sha-256=") else { continue }
            let text = item.dropFirst("sha-256=".count)
            guard text.count >= 2, text.hasPrefix(":"), text.hasSuffix(":"),
                let raw = try? JSONValueDecoder.decode(
                    [UInt8].self, from: .string(String(text.dropFirst().dropLast())), act: act),
                raw.count == 32
            else {
                throw SwerveError(
                    .usage, act: act, reason: "its Content-Digest cannot be read",
                    remedy: "write it as sha-256=:BASE64:")
            }
            return Digest(sha256: raw)
        }
        return nil
    }

    private static let saidPart = "request"
    private static let saidBytes = 256 << 10
}
