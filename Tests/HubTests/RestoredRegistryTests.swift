import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Hub

/// Somebody puts a backup in the registry's place while a hub leads it.
@Suite("a registry restored under a running hub", .blocking)
struct RestoredRegistryTests {
    private static func key(_ name: String, _ last: UInt8) -> String {
        let bytes = Data([UInt8](repeating: 7, count: 31) + [last])
        return #"{"name": "\#(name)", "public_key": "\#(bytes.base64EncodedString())", "#
            + #""roles": ["promote"]}"#
    }

    private static func names(_ running: Running) throws -> [String] {
        let answer = try running.ask("GET", "/v1/keys")
        return (answer.document["keys"]?.array ?? []).compactMap { $0["name"]?.string }.sorted()
    }

    @Test("over a damaged file a hub is alive and not ready, and says so")
    func damaged() throws {
        let running = try Running()
        #expect(try TestSocket.get("/readyz", port: running.port).status == 200)
        for suffix in ["", "-wal"] {
            let path = running.folder.path("swerve.db" + suffix)
            let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try file.write(contentsOf: Data(repeating: 0xAA, count: size))
            try file.close()
        }
        let end = Deadline(afterMs: 120_000)
        var ready = try TestSocket.get("/readyz", port: running.port)
        while ready.status == 200, !end.hasPassed {
            ready = try TestSocket.get("/readyz", port: running.port)
        }
        #expect(ready.status == 503, "\(ready)")
        #expect(
            ["not a SQLite database", "damaged"].contains { ready.body.contains($0) }, "\(ready)")
        #expect(try TestSocket.get("/livez", port: running.port).status == 200)
    }

    @Test("the hub answers what the backup says at once, leads no more, says so, and is not ready")
    func restored() throws {
        let running = try Running()
        let path = running.folder.path("swerve.db")
        #expect(try running.ask("POST", "/v1/keys", Self.key("old", 1)).status == 200)
        let backup = running.folder.path("backup.db")
        _ = try Registry.open(path: path, access: .copying).backup(to: backup, isForced: false)
        #expect(try running.ask("POST", "/v1/keys", Self.key("new", 2)).status == 200)
        #expect(try Self.names(running) == ["new", "old"])
        let head = try running.ask("GET", "/v1/audit/head").document["head"]?["sequence"]?.int
        func acts() throws -> Int? {
            try running.ask("GET", "/v1/audit").document["entries"]?.array?.count
        }
        #expect(try acts() == head)

        // As the documentation says: without what SQLite keeps beside the file.
        for suffix in ["-wal", "-shm", ""] {
            try? FileManager.default.removeItem(atPath: path + suffix)
        }
        try FileManager.default.moveItem(atPath: backup, toPath: path)
        #expect(try Self.names(running) == ["old"])
        let restored = try running.ask("GET", "/v1/audit/head").document["head"]?["sequence"]?.int
        #expect(restored != nil && restored != head)
        #expect(try acts() == restored)

        running.wait { (words: String) in words.contains("another file was put in its place") }
        let refused = try running.ask("POST", "/v1/keys", Self.key("late", 3))
        #expect(refused.status == 503, "\(refused)")
        #expect("\(refused.document)".contains("another file was put"), "\(refused)")
        #expect(try Self.names(running) == ["old"])
        let ready = try TestSocket.get("/readyz", port: running.port)
        #expect(ready.status == 503 && ready.body.contains("start the hub again"), "\(ready)")
        #expect(try TestSocket.get("/livez", port: running.port).status == 200)
        #expect(try Registry.open(path: path, access: .readOnly).verifyAudit().findings.isEmpty)
    }
}
