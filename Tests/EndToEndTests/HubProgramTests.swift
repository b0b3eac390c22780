import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

/// What a program asks of a hub over HTTP: files, pages, and each change once.
@Suite("programs at the hub", .serialized, .blocking)
struct HubProgramTests {
    private let stream: TestStream
    private let hub: RunningHub

    init() throws {
        stream = try TestStream(partitions: 2)
        hub = try RunningHub(stream)
        try hub.waitUntilItLeads()
    }

    private static let type = "multipart/form-data; boundary=B"

    private static func upload(seed: Int, request: String = "{}") -> String {
        func part(_ name: String, _ file: String?, _ content: String) -> String {
            let file = file.map { "; filename=\"\($0)\"" } ?? ""
            return "--B\r\nContent-Disposition: form-data; name=\"\(name)\"\(file)\r\n\r\n"
                + content + "\r\n"
        }
        return part("request", nil, request)
            + part("model", "m.model", TestModels.liblinear(seed: seed))
            + part("featurizer", "spec.json", TestModels.spec) + "--B--\r\n"
    }

    private func register(
        _ seed: Int, request: String = "{}", fields: [String] = []
    ) throws -> (status: Int, head: String, body: String, document: JSONValue) {
        try hub.ask(
            "POST", "/v1/models/m/versions", Self.upload(seed: seed, request: request),
            fields: fields, type: Self.type)
    }

    private func leftovers() throws -> [String] {
        let folder = stream.registry + ".uploads"
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        // One for each process, and in it one for each upload.
        return try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { !$0.hasSuffix(".lock") }
            .flatMap { try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\($0)") }
    }

    @Test("files are registered by upload, held against their digest, and nothing is left of them")
    func uploads() throws {
        let said = #"{"labels": {"attack": "1", "normal": "-1"}, "note": "by curl"}"#
        let body = Self.upload(seed: 1, request: said)
        let digest = Data(ContentHash.sha256(Array(body.utf8)).bytes).base64EncodedString()
        let made = try register(1, request: said, fields: ["Content-Digest: sha-256=:\(digest):"])
        #expect(made.status == 200, "\(made)")
        let version = try hub.ask("GET", "/v1/models/m/versions/1").document["version"]
        #expect(version?["metadata"]?["note"] == "by curl", "\(String(describing: version))")

        let other = try register(2, fields: ["Content-Digest: sha-256=:\(digest):"])
        #expect(other.status == 422 && other.body.contains("Content-Digest"), "\(other)")
        for (body, type, status) in [
            (Self.upload(seed: 2), "application/json", 400),
            (String(Self.upload(seed: 2).dropLast(9)), Self.type, 400),
            (Self.upload(seed: 2, request: #"{"labls": {}}"#), Self.type, 400),
            (Self.upload(seed: 2, request: "["), Self.type, 422),
            ("--B--\r\n", Self.type, 400),
        ] {
            let refused = try hub.ask("POST", "/v1/models/m/versions", body, type: type)
            #expect(refused.status == status, "\(refused)")
            #expect(refused.head.contains("application/problem+json"), "\(refused.head)")
        }
        #expect(
            try hub.ask("GET", "/v1/models/m").document["versions"]?.array?.count == 1)
        #expect(try leftovers() == [])

        // A client that is cut off leaves nothing half done.
        do {
            let socket = try TestSocket(port: hub.port)
            socket.send(
                "POST /v1/models/m/versions HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                    + "\(Self.type)\r\nContent-Length: 100000\r\n\r\n"
                    + Self.upload(seed: 2).prefix(300))
            _ = try hub.process.wait(for: "the beginning of the upload") {
                try leftovers().isEmpty ? nil : true
            }
        }
        _ = try hub.process.wait(for: "the end of the upload") {
            try leftovers().isEmpty ? true : nil
        }
        #expect(
            try hub.ask("GET", "/v1/models/m").document["versions"]?.array?.count == 1)
    }

    @Test("an artifact is sent whole, in parts, and not at all where it is there")
    func artifacts() throws {
        let digest = try #require(try register(1).document["digest"]?.string)
        let whole = try hub.ask("GET", "/v1/artifacts/\(digest)")
        #expect(whole.status == 200 && whole.body.hasPrefix("manifest.json"), "\(whole.head)")
        let tag = try #require(
            whole.head.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }?.dropFirst(6))
        let hex = digest.dropFirst("sha256:".count)
        let rest = try hub.ask(
            "GET", "/v1/artifacts/\(hex)", fields: ["Range: bytes=100-", "If-Range: \(tag)"])
        #expect(rest.status == 206)
        #expect(Array(rest.body.utf8) == Array(whole.body.utf8.dropFirst(100)))
        let known = try hub.ask("GET", "/v1/artifacts/\(hex)", fields: ["If-None-Match: \(tag)"])
        #expect(known.status == 304 && known.body.isEmpty)
        #expect(
            try hub.ask("GET", "/v1/artifacts/\(hex)", fields: ["Range: bytes=9999999-"]).status
                == 416)
        let none = String(repeating: "0", count: 64)
        #expect(try hub.ask("GET", "/v1/artifacts/\(none)").status == 404)
        #expect(try hub.ask("GET", "/v1/artifacts/x").status == 422)
    }

    @Test("requests are tried on a version, each with its score or its fault")
    func scores() throws {
        _ = try register(1, request: #"{"labels": {"attack": "1", "normal": "-1"}}"#)
        let body = #"{"requests": [{"method": "GET", "path": "/a"}, {"id": "b"}], "explain": 2}"#
        let scored = try hub.ask("POST", "/v1/models/m/versions/1/score", body).document
        let results = scored["results"]?.array ?? []
        #expect(results.count == 2, "\(scored)")
        #expect(results.first?["score"]?.double != nil)
        #expect(results.first?["explanation"] != nil)
        #expect(results.last?["error"]?.string != nil)
        let many = "[" + Array(repeating: "{}", count: 1_001).joined(separator: ",") + "]"
        #expect(
            try hub.ask("POST", "/v1/models/m/versions/1/score", #"{"requests": \#(many)}"#).status
                == 400)
    }

    private static let promote = #"{"change": {"kind": "promote", "version": 1}}"#

    @Test("what is asked twice under one key is done once, and answered alike, by the next hub too")
    func once() throws {
        _ = try register(1)
        _ = try register(2)
        let path = "/v1/models/m/deployment"
        func ask(
            _ body: String, _ key: String, of hub: RunningHub
        ) throws -> (status: Int, head: String, body: String, document: JSONValue) {
            try hub.ask("POST", path, body, fields: ["Idempotency-Key: \(key)"])
        }
        let first = try ask(Self.promote, "a", of: hub)
        #expect(first.status == 200 && first.document["deployment"]?["epoch"] == 1, "\(first)")
        let canary = #"{"change": {"kind": "canary", "version": 2, "share": 0.05}}"#
        #expect(try ask(canary, "\"b\"", of: hub).document["deployment"]?["epoch"] == 2)
        // A rollback drops the candidate; a second one would be another change.
        let rollback = #"{"change": {"kind": "rollback"}}"#
        let back = try ask(rollback, "c", of: hub)
        let again = try ask(rollback, "c", of: hub)
        #expect(back.status == 200 && again.status == 200 && again.body == back.body, "\(again)")
        #expect(again.head.contains("Idempotency-Replayed: true"))
        #expect(!back.head.contains("Idempotency-Replayed"))
        // Another request under the key is refused.
        let other = try ask(canary, "c", of: hub)
        #expect(
            other.status == 422 && other.document["code"] == "idempotency-key-reused", "\(other)")
        // A refusal changes nothing, and is no answer for later.
        let complete = #"{"change": {"kind": "complete"}}"#
        #expect(try ask(complete, "d", of: hub).status == 409)
        #expect(try ask(canary, "d", of: hub).document["deployment"]?["epoch"] == 4)
        #expect(
            try hub.ask("POST", path, Self.promote, fields: ["Idempotency-Key: a b"]).status == 400)

        _ = try hub.process.stop()
        let next = try RunningHub(stream)
        try next.waitUntilItLeads()
        let later = try ask(rollback, "c", of: next)
        #expect(later.body == back.body && later.status == 200, "\(later)")
        #expect(
            try next.ask("GET", "/v1/models/m").document["deployment"]?["epoch"] == 4)
    }

    @Test("lists come in pages that together are the list")
    func pages() throws {
        for seed in 1...5 { _ = try register(seed) }
        var numbers: [String] = []
        var cursor: String?
        repeat {
            let next = cursor.map { "&cursor=\($0)" } ?? ""
            let page = try hub.ask("GET", "/v1/models/m?limit=2\(next)").document
            numbers += page["versions"]?.array?.compactMap { $0["reference"]?.string } ?? []
            cursor = page["next"]?.string
        } while cursor != nil
        #expect(numbers == (1...5).map { "m@\($0)" })
        let newest = try hub.ask("GET", "/v1/audit?limit=2").document
        let last = newest["entries"]?.array?.compactMap { $0["sequence"]?.int } ?? []
        let before = try hub.ask("GET", "/v1/audit?limit=2&cursor=\(last.first ?? 0)").document
        #expect(newest["next"]?.string == last.first.map { "\($0)" })
        #expect(
            before["entries"]?.array?.compactMap { $0["sequence"]?.int }
                == last.map { $0 - 2 }, "\(before)")
        #expect(try hub.ask("GET", "/v1/audit?cursor=x").status == 400)
        #expect(try hub.ask("GET", "/v1/models?limit=0").status == 400)
    }
}
