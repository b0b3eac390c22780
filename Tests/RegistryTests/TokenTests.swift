import GRDB
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Registry

@Suite("tokens in the registry")
struct TokenTests {
    private let fixture: Fixture
    private let secret: HubToken
    private let name: ModelName

    init() throws {
        fixture = try Fixture(versions: 1)
        secret = try HubToken.generate()
        name = try ModelName("ci")
    }

    private func draft(_ name: ModelName? = nil, _ secret: HubToken? = nil) throws -> TokenDraft {
        TokenDraft(
            name: name ?? self.name, sha256: (secret ?? self.secret).sha256, role: .promoter,
            models: try ModelPattern("http-*"), expiresAt: "2027-01-01T00:00:00.000Z")
    }

    private func add() throws {
        try fixture.registry.addToken(draft(), note: Fixture.note)
    }

    @Test("a token is kept by its hash, found by it, and its end stays with it")
    func lifecycle() throws {
        try add()
        let token = try #require(try fixture.registry.token(sha256: secret.sha256))
        let named = try fixture.registry.token(name)
        #expect(token == named)
        #expect(token.role == .promoter && token.models.description == "http-*")
        #expect(token.createdBy == "ada" && token.createdAt == Fixture.note.at)
        #expect(token.subject == "ci (token)" && token.usedAt == nil)
        let end = try #require(Timestamp.milliseconds(of: "2027-01-01T00:00:00.000Z"))
        #expect(token.isExpired(atMs: end) && !token.isExpired(atMs: end - 1))
        #expect(try fixture.registry.token(sha256: HubToken.generate().sha256) == nil)
        let note = ChangeNote(by: "eve", at: "2026-11-24T00:00:00.000Z", reason: "lost")
        try fixture.registry.revokeToken(name, note: note)
        let revocation = try fixture.registry.tokens().first?.revocation
        #expect(revocation?.by == "eve" && revocation?.reason == "lost")
        #expect {
            try fixture.registry.revokeToken(name, note: note)
        } throws: { code($0) == .unchanged }
        #expect {
            try fixture.registry.revokeToken(ModelName("other"), note: note)
        } throws: { code($0) == .notFound }
        let acts = try fixture.registry.auditEntries().suffix(2).map(\.act)
        #expect(acts == ["create-token", "revoke-token"])
        #expect(try fixture.findings().isEmpty)
        let file = try raw { try String.fetchAll($0, sql: "SELECT entry FROM audit") }
        #expect(!file.joined().contains(secret.text))
    }

    @Test("names are never used twice, revoked, removed by hand or not")
    func once() throws {
        try add()
        let other = try HubToken.generate()
        try fixture.registry.revokeToken(name, note: Fixture.note)
        #expect {
            try fixture.registry.addToken(draft(nil, other), note: Fixture.note)
        } throws: { code($0) == .refused && "\($0)".contains("never used twice") }
        try fixture.tamper("DELETE FROM tokens")
        #expect {
            try fixture.registry.addToken(draft(nil, other), note: Fixture.note)
        } throws: { code($0) == .refused && "\($0)".contains("it was removed") }
    }

    @Test("what the table has otherwise than the chain tells is found, and not believed")
    func edits() throws {
        let forged =
            "INSERT INTO tokens (name, sha256, role, models, created_at, created_by) VALUES "
            + "('eve', 'sha256:' || printf('%064d', 0), 'admin', '*', 'now', 'eve')"
        let edits = [
            ("UPDATE tokens SET role = 'admin'", "token 'ci' has the role 'admin'"),
            ("UPDATE tokens SET models = '*'", "token 'ci' has the models '*'"),
            ("UPDATE tokens SET expires_at = NULL", "token 'ci' has the end none"),
            (
                "UPDATE tokens SET sha256 = 'sha256:' || printf('%064d', 0)",
                "token 'ci' has the hash"
            ),
            ("UPDATE tokens SET revoked_at = 'now', revoked_by = 'eve'", "the revocation of token"),
            ("DELETE FROM tokens", "token 'ci' was removed"),
            (forged, "token eve is in the registry, and no entry tells of it"),
        ]
        for (edit, words) in edits {
            let fixture = try Fixture(versions: 1)
            try fixture.registry.addToken(draft(), note: Fixture.note)
            try fixture.registry.requireToken(name)
            try fixture.tamper(edit)
            let found = try fixture.findings().map(\.words)
            #expect(found.contains { $0.contains(words) }, "\(edit): \(found)")
        }
        try add()
        try fixture.tamper(forged)
        #expect {
            try fixture.registry.requireToken(ModelName("eve"))
        } throws: { code($0) == .refused }
        try fixture.registry.requireToken(name)
        try fixture.tamper("UPDATE tokens SET role = 'admin' WHERE name = 'ci'")
        #expect { try fixture.registry.requireToken(name) } throws: { code($0) == .refused }
    }

    @Test("one that was revoked does not come back by hand unseen")
    func unrevoked() throws {
        try add()
        try fixture.registry.revokeToken(name, note: Fixture.note)
        try fixture.tamper("UPDATE tokens SET revoked_at = NULL, revoked_by = NULL")
        #expect { try fixture.registry.requireToken(name) } throws: { code($0) == .refused }
        let found = try fixture.findings().map(\.words)
        #expect(found.contains { $0.contains("the registry has it as good") }, "\(found)")
    }

    @Test("its use is kept without an entry of the chain, and never goes back")
    func uses() throws {
        try add()
        let head = try fixture.registry.auditHead()
        try fixture.registry.noteUses([name: "2026-11-25T00:00:00.000Z"])
        try fixture.registry.noteUses([name: "2026-11-24T00:00:00.000Z"])
        try fixture.registry.noteUses([ModelName("other"): "2026-11-24T00:00:00.000Z"])
        #expect(try fixture.registry.token(name)?.usedAt == "2026-11-25T00:00:00.000Z")
        #expect(try fixture.registry.auditHead() == head)
        #expect(try fixture.findings().isEmpty)
    }

    @Test("a file with a row of nonsense is an error, and no token")
    func nonsense() throws {
        for edit in ["role = 'king'", "models = 'A B'", "name = 'X'"] {
            let fixture = try Fixture(versions: 1)
            try fixture.registry.addToken(draft(), note: Fixture.note)
            try fixture.tamper("UPDATE tokens SET \(edit)")
            #expect(throws: SwerveError.self, "\(edit)") {
                try fixture.registry.token(sha256: secret.sha256)
            }
        }
        let past = RegisteredToken(
            name: name, role: .reader, models: .all, createdAt: "", createdBy: "",
            expiresAt: "no time", usedAt: nil, revocation: nil)
        #expect(past.isExpired(atMs: 0))
    }

    private func raw<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try fixture.raw().read(body)
    }
}
