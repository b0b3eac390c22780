import Lifecycle
import Pages
import Registry
import TestSupport
import Testing
import Web

@testable import Hub

@Suite("who may send a form", .blocking)
struct PageGateTests {
    private static let act = "/models/http-anomaly/acts/promote"

    /// What was looked at, and the form as the page would send it.
    private func shown(_ scene: PageScene) throws -> (cookie: String, form: [String: String]) {
        let answer = try scene.ask("GET", Self.act + "?version=2")
        var form = answer.fields
        form["reason"] = "why not"
        return (try #require(answer.cookie), form)
    }

    @Test("no page but the hub's own, by what the browser says of where it came from")
    func origins() throws {
        let scene = try PageScene()
        let (cookie, form) = try shown(scene)
        for fields in [
            [], ["Origin: http://evil.example"], ["Origin: null"],
            ["Sec-Fetch-Site: cross-site"], ["Sec-Fetch-Site: same-site"],
            ["Sec-Fetch-Site: none"], ["Sec-Fetch-Site: cross-site", "Origin: http://localhost"],
            ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"],
            ["Origin: http://localhost.evil.example"], ["Origin: http://localhost:1"],
        ] {
            let answer = try scene.ask(
                "POST", Self.act, form: form, cookie: cookie, fields: fields)
            #expect(answer.status == 403, "\(fields)")
            #expect(answer.body.hasPrefix("<!DOCTYPE html>"))
        }
        #expect(try scene.registry.deployment(of: try ModelName(scene.model))?.epoch == 1)
        for fields in [["Origin: http://localhost"], ["Sec-Fetch-Site: same-origin"]] {
            let answer = try scene.ask(
                "POST", Self.act, form: form, cookie: cookie, fields: fields)
            #expect(answer.status == 303, "\(fields)")
        }
    }

    @Test("only with the token of the very session that the browser has")
    func tokens() throws {
        let scene = try PageScene()
        let (cookie, form) = try shown(scene)
        let (other, otherForm) = try shown(scene)
        func send(_ form: [String: String], _ cookie: String?) throws -> Int {
            try scene.ask(
                "POST", Self.act, form: form, cookie: cookie, fields: PageScene.ownPage
            ).status
        }
        var without = form
        without["token"] = nil
        #expect(try send(without, cookie) == 403)
        var wrong = form
        wrong["token"] = otherForm["token"]
        #expect(try send(wrong, cookie) == 403)
        #expect(try send(form, nil) == 403)
        #expect(try send(form, other) == 403)
        #expect(try send(form, "swerve=nonsense") == 403)
        #expect(try send(form, cookie) == 303)
        // As the session's id is nobody's to choose, neither is it what a page tells.
        #expect(form["token"].map { !cookie.contains($0) } == true)
    }

    @Test("a page under another name of this machine is not shown")
    func rebinding() throws {
        let scene = try PageScene()
        let answer = try scene.ask("GET", "/", host: "evil.example")
        #expect(answer.status == 403 && !answer.body.contains("http-anomaly"))
        #expect(try scene.ask("GET", "/", host: "127.0.0.1:80").status == 200)
    }

    @Test("cookies are for the hub alone, and over TLS for nobody who listens")
    func cookies() throws {
        let scene = try PageScene(isOpen: false)
        let plain = try #require(try scene.ask("GET", "/").field("Set-Cookie"))
        #expect(plain.hasPrefix("swerve=") && plain.contains("; HttpOnly; SameSite=Lax"))
        #expect(!plain.contains("Secure") && plain.contains("; Path=/;"))
        let secure = try #require(
            try scene.ask("GET", "/", fields: ["X-Forwarded-Proto: https"]).field("Set-Cookie"))
        #expect(secure.hasPrefix("__Host-swerve=") && secure.hasSuffix("; Secure"))
    }

    @Test("without a token nothing is shown but the sign-in, which leads to what was asked for")
    func strangers() throws {
        // A name with a dot, which no random token of a form can contain.
        let scene = try PageScene(isOpen: false)
        for path in ["/", "/models/http-anomaly", "/fleet", "/audit", "/access"] {
            let answer = try scene.ask("GET", path)
            #expect(answer.status == 401 && answer.body.contains("name=\"bearer\""), "\(path)")
            #expect(!answer.body.contains("ada.lovelace"), "\(path)")
            #expect(answer.fields["next"] == path)
        }
        let stream = try scene.ask("GET", "/live/")
        #expect(stream.status == 200 && stream.body.contains("event: ended"))
        let shown = try scene.ask("GET", "/sign-in?next=//evil.example")
        #expect(shown.fields["next"] == "/")
        var form = shown.fields
        form["bearer"] = "nonsense"
        let refused = try scene.ask(
            "POST", "/sign-in", form: form, cookie: shown.cookie, fields: PageScene.ownPage)
        #expect(refused.status == 401 && refused.body.contains("Not signed in"))
        let forged = try scene.ask("POST", "/sign-in", form: form, cookie: shown.cookie)
        #expect(forged.status == 403)
    }
}

@Suite("sessions of pages")
struct PageSessionsTests {
    private static let subject = HubAccess.anybody

    @Test("one ends when nobody uses it for a while, and after half a day in any case")
    func ends() {
        var sessions = PageSessions()
        sessions.begin("a", Self.subject, nowMs: 0)
        #expect(sessions.subject(of: "a", nowMs: PageSessions.idleMs - 1) != nil)
        #expect(sessions.subject(of: "a", nowMs: 2 * PageSessions.idleMs - 2) != nil)
        #expect(sessions.subject(of: "a", nowMs: 3 * PageSessions.idleMs - 3) != nil)
        #expect(sessions.subject(of: "a", nowMs: PageSessions.lifeMs) == nil)
        #expect(sessions.count == 0)
    }

    @Test("an open stream does not keep one from ending")
    func streams() {
        var sessions = PageSessions()
        sessions.begin("a", Self.subject, nowMs: 0)
        let late = PageSessions.idleMs - 1
        #expect(sessions.subject(of: "a", isUse: false, nowMs: late) != nil)
        #expect(sessions.subject(of: "a", isUse: false, nowMs: late + 1) == nil)
    }

    @Test("the one that was seen least lately gives way")
    func bounded() {
        var sessions = PageSessions(atMost: 2)
        sessions.begin("a", Self.subject, nowMs: 0)
        sessions.begin("b", Self.subject, nowMs: 1)
        #expect(sessions.subject(of: "a", nowMs: 2) != nil)
        sessions.begin("c", Self.subject, nowMs: 3)
        #expect(sessions.count == 2)
        #expect(sessions.subject(of: "b", nowMs: 4) == nil)
        sessions.end("a")
        #expect(sessions.subject(of: "a", nowMs: 5) == nil)
        #expect(sessions.subject(of: "c", nowMs: 5) != nil)
    }

    @Test("an act that was sent twice is begun once, and the oldest are forgotten")
    func ledger() {
        let ledger = ActLedger(atMost: 2)
        #expect(ledger.begin("a") == .first)
        #expect(ledger.begin("a") == .running)
        let notice = Notice(.done, "it is so")
        ledger.finish("a", notice)
        #expect(ledger.begin("a") == .done(notice) && ledger.notice(of: "a") == notice)
        #expect(ledger.begin("b") == .first)
        ledger.forget("b")
        #expect(ledger.begin("b") == .first)
        #expect(ledger.begin("c") == .first)
        #expect(ledger.notice(of: "a") == nil && ledger.begin("a") == .first)
    }
}
