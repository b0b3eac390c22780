import Foundation
import GRDB
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Hub

/// Tokens over a real socket; the first one is made in the file, as an admin does.
@Suite("tokens of the hub", .blocking)
struct TokenAPITests {
    /// - Parameter lifetimeMs: from now on; below 0 it is over.
    private func token(
        _ name: String, _ role: HubRole, _ models: String = "*", lifetimeMs: Int64? = nil,
        in running: Running
    ) throws -> String {
        let registry = try Registry.open(
            path: running.folder.path("swerve.db"), access: .readWrite(create: false),
            authority: .breakGlass(by: "root"))
        let secret = try HubToken.generate()
        try registry.addToken(
            TokenDraft(
                name: try ModelName(name), sha256: secret.sha256, role: role,
                models: try ModelPattern(models),
                expiresAt: lifetimeMs.map { Timestamp.text(ofMs: WallClock.nowMs + $0) }),
            note: ChangeNote(by: "root", at: Timestamp.text(ofMs: WallClock.nowMs)))
        return secret.text
    }

    private func code(
        _ running: Running, _ token: String, _ path: String = "/v1/whoami"
    ) throws -> String {
        let answer = try running.ask("GET", path, fields: ["Authorization: Bearer \(token)"])
        return "\(answer.status) \(answer.document["code"]?.string ?? "")"
    }

    @Test("an admin makes tokens, each does what it is for by its name, and a revoked one nothing")
    func life() throws {
        let running = try Running(isOpen: false)
        let admin = "Authorization: Bearer " + (try token("root", .admin, in: running))
        let who = try running.ask("GET", "/v1/whoami", fields: [admin]).document
        #expect(who["name"] == "root (token)" && who["role"] == "admin")
        let made = try running.ask(
            "POST", "/v1/tokens", #"{"name": "ci", "role": "registrar", "models": "http-*"}"#,
            fields: [admin])
        #expect(made.status == 200, "\(made)")
        #expect(made.document["token"]?["created_by"] == "root (token)")
        #expect(made.document["token"]?["expires_at"]?.string != nil)
        let secret = try #require(made.document["secret"]?.string)
        let ci = "Authorization: bearer " + secret
        #expect(try running.ask("GET", "/v1/models", fields: [ci]).status == 200)
        let refused = try running.ask(
            "POST", "/v1/models/http-a/deployment",
            #"{"change": {"kind": "promote", "version": 1}}"#, fields: [ci])
        #expect(refused.status == 403 && refused.document["code"] == "right-lacking")
        #expect(try code(running, secret, "/v1/tokens") == "403 right-lacking")
        #expect(try code(running, secret, "/v1/models/login") == "403 right-lacking")
        #expect(try code(running, secret, "/v1/models/http-a") == "404 model-not-found")
        let key = #"{"name": "k", "public_key": "\#(Self.publicKey)", "roles": ["promote"]}"#
        #expect(try running.ask("POST", "/v1/keys", key, fields: [ci]).status == 403)
        #expect(try running.ask("POST", "/v1/keys", key, fields: [admin]).status == 200)
        let log = try running.ask("GET", "/v1/audit?limit=1", fields: [admin]).document
        #expect(log["entries"]?.array?.first?["fields"]?["by"] == "root (token)")
        let listed = try running.ask("GET", "/v1/tokens", fields: [admin])
        #expect(listed.document["tokens"]?.array?.count == 2)
        #expect(!listed.document.text.contains(secret.suffix(20)))
        let revoked = try running.ask(
            "POST", "/v1/tokens/ci/revoke", #"{"reason": "lost"}"#, fields: [admin])
        #expect(revoked.document["token"]?["revocation"]?["reason"] == "lost", "\(revoked)")
        #expect(try code(running, secret) == "401 token-revoked")
    }

    @Test("what is told once is not kept for who asks again")
    func once() throws {
        let running = try Running(isOpen: false)
        let fields = [
            "Authorization: Bearer " + (try token("root", .admin, in: running)),
            "Idempotency-Key: 6a1d",
        ]
        let body = #"{"name": "ci", "role": "reader"}"#
        let made = try running.ask("POST", "/v1/tokens", body, fields: fields)
        #expect(made.status == 200 && made.document["secret"]?.string != nil, "\(made)")
        let again = try running.ask("POST", "/v1/tokens", body, fields: fields)
        #expect(again.document["code"] == "request-answer-lost", "\(again)")
        #expect(again.document["secret"] == nil)
    }

    @Test("what is no token, or does not hold, is refused with how to show one")
    func refusals() throws {
        let running = try Running(isOpen: false)
        let expired = try token("old", .admin, lifetimeMs: -1, in: running)
        let good = try token("new", .reader, lifetimeMs: 60_000, in: running)
        #expect(try code(running, good) == "200 ")
        #expect(try code(running, expired) == "401 token-expired")
        #expect(try code(running, HubToken.generate().text) == "401 token-unknown")
        #expect(try code(running, String(good.dropLast())) == "401 token-malformed")
        #expect(try code(running, "nonsense") == "401 token-unknown")
        let answer = try running.ask("GET", "/v1/whoami", fields: ["Authorization: Basic eDp5"])
        #expect(answer.status == 401 && answer.document["code"] == "token-malformed")
        #expect(answer.head.contains("WWW-Authenticate: Bearer"))
        let twice = try running.ask(
            "GET", "/v1/whoami",
            fields: ["Authorization: Bearer \(good)", "Authorization: Bearer \(good)"])
        #expect(twice.status >= 400 && twice.status < 500)
        let metrics = try running.text("/metrics")
        #expect(
            metrics.contains("swerve_hub_refusals_total{code=\"token-expired\"} 1"), "\(metrics)")
    }

    @Test("a token put into the file by hand is none")
    func forged() throws {
        let running = try Running(isOpen: false)
        let good = try token("good", .reader, in: running)
        let forged = try HubToken.generate()
        try DatabaseQueue(path: running.folder.path("swerve.db")).write { db in
            try db.execute(
                sql: """
                    INSERT INTO tokens (name, sha256, role, models, created_at, created_by)
                    VALUES ('eve', ?, 'admin', '*', '2026-01-01T00:00:00.000Z', 'eve')
                    """, arguments: [forged.sha256.description])
        }
        #expect(try code(running, good) == "200 ")
        #expect(try code(running, forged.text) == "401 token-unknown")
    }

    @Test("who fails often waits, and a token that held before is not slowed by it")
    func slowed() throws {
        let running = try Running(isOpen: false)
        let good = try token("good", .reader, in: running)
        #expect(try code(running, good) == "200 ")
        for _ in 0..<10 {
            #expect(try code(running, HubToken.generate().text) == "401 token-unknown")
        }
        let answer = try running.ask(
            "GET", "/v1/models", fields: ["Authorization: Bearer \(HubToken.generate().text)"])
        #expect(answer.status == 429 && answer.document["code"] == "too-many-failures")
        #expect(answer.head.contains("Retry-After: "))
        #expect(try code(running, good) == "200 ")
    }

    private static let publicKey = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
}
