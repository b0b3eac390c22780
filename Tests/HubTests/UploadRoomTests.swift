import Foundation
import TestSupport
import Testing

@testable import Hub

@Suite("where uploads lie")
struct UploadRoomTests {
    private let folder: TemporaryFolder
    private let registry: String

    init() throws {
        folder = try TemporaryFolder()
        registry = folder.path("swerve.db")
    }

    private func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private func upload(in room: UploadRoom) throws -> String {
        let file = try room.place() + "/0"
        try Data("x".utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    @Test("nobody removes what a living process has on its way, nor does that one")
    func living() throws {
        let (mine, other) = (UploadRoom(beside: registry), UploadRoom(beside: registry))
        let files = [try upload(in: mine), try upload(in: other)]
        // Whichever of them comes to lead, and as often as it does.
        for room in [mine, other, mine] { room.clear() }
        #expect(files.allSatisfy { isThere($0) })
        withExtendedLifetime((mine, other)) {}
    }

    @Test("what a killed process left is removed, with or without its lock's file")
    func killed() throws {
        let all = registry + ".uploads"
        for place in ["dead/upload", "older"] {
            try FileManager.default.createDirectory(
                atPath: "\(all)/\(place)", withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(fileURLWithPath: "\(all)/\(place)/0"))
        }
        try Data("4242\n".utf8).write(to: URL(fileURLWithPath: "\(all)/dead.lock"))
        let room = UploadRoom(beside: registry)
        room.clear()
        #expect(try FileManager.default.contentsOfDirectory(atPath: all) == [])
    }

    @Test("a process that ends leaves nothing")
    func ended() throws {
        do {
            let room = UploadRoom(beside: registry)
            UploadRoom.remove(try room.place())
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: registry + ".uploads") == [])
    }
}
