import Foundation
import Lifecycle
import Operations
import Platform
import Registry
import TestSupport
import Testing

@testable import Hub

/// Copies of the registry through the API.
@Suite("backups through the hub", .blocking)
struct BackupAPITests {
    private static func key(_ number: Int) -> String {
        let tail = [UInt8(number >> 8), UInt8(number & 255)]
        let bytes = Data([UInt8](repeating: 5, count: 30) + tail)
        return #"{"name": "k\#(number)", "public_key": "\#(bytes.base64EncodedString())", "#
            + #""roles": ["promote"]}"#
    }

    /// Head and bytes of an answer.
    private static func fetch(
        _ port: Int, fields: [String] = []
    ) throws -> (head: String, bytes: [UInt8]) {
        let socket = try TestSocket(port: port)
        let lines = ["GET /v1/backup HTTP/1.1", "Host: localhost", "Connection: close"] + fields
        socket.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        var all: [UInt8] = []
        while true {
            let more = socket.receive()
            guard !more.isEmpty else { break }
            all += more
        }
        let end = try #require(all.firstRange(of: Array("\r\n\r\n".utf8)))
        let head = String(decoding: all[..<end.lowerBound], as: UTF8.self)
        return (head, Array(all[end.upperBound...]))
    }

    private static func leftovers(_ running: Running) -> [String] {
        running.places()
    }

    @Test("a copy that is made while others write is whole, has its digest, and is of one moment")
    func whole() throws {
        let running = try Running()
        #expect(try running.ask("POST", "/v1/keys", Self.key(0)).status == 200)
        let isOver = Guarded(false)
        let written = Guarded(0)
        let writer = OSThread(name: "writer") {
            while !isOver.withLock({ $0 }), written.withLock({ $0 }) < 200 {
                let number = written.withLock { count in
                    count += 1
                    return count
                }
                guard (try? running.ask("POST", "/v1/keys", Self.key(number)))?.status == 200
                else { return }
            }
        }
        var newest = -1
        for round in 1...3 {
            let (head, bytes) = try Self.fetch(running.port)
            #expect(head.hasPrefix("HTTP/1.1 200 "), "\(head)")
            #expect(head.contains("Content-Length: \(bytes.count)"), "\(head)")
            let digest = Data(ContentHash.sha256(bytes).bytes).base64EncodedString()
            #expect(head.contains("Repr-Digest: sha-256=:\(digest):"), "\(head)")
            let path = running.folder.path("copy-\(round).db")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let copy = try Registry.open(path: path, access: .readWrite(create: false))
            #expect(try copy.verifyAudit().findings.isEmpty)
            let keys = try copy.keys().count
            #expect(keys >= 1 && keys >= newest)
            newest = keys
        }
        isOver.withLock { $0 = true }
        writer.join()
        // Once the last answer is sent, its file goes.
        let never = try EventFD()
        while !Self.leftovers(running).isEmpty {
            _ = try Poll.waitForAny([never.descriptor], timeoutMs: 10)
        }
    }

    @Test("it is for admins of all models")
    func rights() throws {
        let running = try Running()
        func token(_ name: String, _ role: String, _ models: String) throws -> String {
            let body =
                #"{"name": "\#(name)", "role": "\#(role)", "models": "\#(models)"}"#
            let answer = try running.ask("POST", "/v1/tokens", body)
            return "Authorization: Bearer \(answer.document["secret"]?.string ?? "?")"
        }
        let some = try running.ask("GET", "/v1/backup", fields: [try token("a", "admin", "m-*")])
        #expect(some.status == 403 && some.document["code"] == "right-lacking", "\(some)")
        let other = try running.ask(
            "GET", "/v1/backup", fields: [try token("b", "promoter", "*")])
        #expect(other.status == 403, "\(other)")
        let all = try Self.fetch(running.port, fields: [try token("c", "admin", "*")])
        #expect(all.head.hasPrefix("HTTP/1.1 200 "), "\(all.head)")
        #expect(String(decoding: all.bytes.prefix(15), as: UTF8.self) == "SQLite format 3")
    }

    @Test("the lease names the port that the system gave")
    func address() throws {
        let running = try Running()
        let registry = try Registry.open(
            path: running.folder.path("swerve.db"), access: .readOnly)
        #expect(try registry.lease()?.address == "http://127.0.0.1:\(running.port)")
    }
}
