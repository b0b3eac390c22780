import Lifecycle
import Platform
import Registry
import Web

/// A copy of the whole registry on its way to somebody: a file of its own, which goes with it.
final class BackupAnswer: Sendable {
    private let folder: String
    /// The folder is the room's while it is there.
    private let room: UploadRoom
    private let file: PartialFile
    private let length: Int64
    private let digest: Digest

    /// One at a time is made: it reads and checks the whole registry.
    private static let making = Guarded(())

    /// Makes the copy, and checks it.
    ///
    /// - Throws: as `Registry.backup`; nothing is left then.
    init(of registry: Registry, in room: UploadRoom) throws(SwerveError) {
        let folder = try room.place()
        do throws(SwerveError) {
            let path = "\(folder)/registry.db"
            _ = try Self.making.withLock { _ throws(SwerveError) in
                try registry.backup(to: path, isForced: false)
            }
            let file = try PartialFile(path)
            self.file = file
            length = try file.length()
            digest = try Self.digest(of: file)
        } catch {
            UploadRoom.remove(folder)
            throw error
        }
        self.folder = folder
        self.room = room
    }

    deinit {
        file.close()
        UploadRoom.remove(folder)
    }

    /// - Throws: never in practice: what a digest is in base64 can be said.
    func response(of id: String) throws(SwerveError) -> HTTPResponse {
        let base64 = try JSONValueEncoder.encode(digest.bytes).string ?? ""
        var response = HTTPResponse(
            contentType: Self.type,
            payload: .stream(length: length) { [self] writer in
                var place: Int64 = 0
                while place < length {
                    let bytes = try file.read(Self.chunkBytes, from: place)
                    guard !bytes.isEmpty else {
                        // Whoever gets less than it was told sees that it is not whole.
                        throw SwerveError(
                            .system, act: "sending a copy of the registry",
                            reason: "its file became shorter meanwhile")
                    }
                    try writer.write(bytes)
                    place += Int64(bytes.count)
                }
            })
        response.fields = [
            ("Repr-Digest", "sha-256=:\(base64):"), ("Cache-Control", "no-store"),
            ("Content-Disposition", "attachment; filename=\"swerve-\(id).db\""),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return response
    }

    private static func digest(of file: PartialFile) throws(SwerveError) -> Digest {
        var hash = ContentHash()
        var place: Int64 = 0
        while true {
            let bytes = try file.read(chunkBytes, from: place)
            guard !bytes.isEmpty else { return hash.digest() }
            hash.update(bytes)
            place += Int64(bytes.count)
        }
    }

    static let type = "application/vnd.sqlite3"
    private static let chunkBytes = 64 << 10
}
