import Foundation
import Lifecycle
import Operations
import Pages
import Registry
import TestSupport
import Testing

@testable import Hub

/// Pages over a real socket, on a hub that is open on this machine.
@Suite("the hub's pages", .blocking)
struct PageTests {
    private static let pages = [
        "/", "/?search=http&page=2", "/models/http-anomaly",
        "/models/http-anomaly?versions_below=2&changes_below=1", "/models/http-anomaly/versions/2",
        "/models/http-anomaly/versions/2?against=1", "/fleet", "/fleet/http-anomaly", "/audit",
        "/audit?model=http-anomaly&below=3", "/access", "/sign-in",
        "/models/http-anomaly/acts/canary?version=2&share=5%25",
    ]

    @Test("each page is whole, kept by nobody, and takes nothing from elsewhere")
    func pages() throws {
        let scene = try PageScene()
        // Before the status topic was read, a model's fleet is told to be out of reach.
        let last = Date(timeIntervalSinceNow: 60)
        while Date() < last, try scene.ask("GET", "/fleet/http-anomaly").status == 503 {}
        for path in Self.pages {
            let answer = try scene.ask("GET", path)
            #expect(answer.status == 200, "\(path): \(answer.head) \(answer.body)")
            #expect(answer.body.hasPrefix("<!DOCTYPE html>"))
            #expect(answer.body.hasSuffix("</html>\n"))
            #expect(answer.field("Content-Type") == "text/html; charset=utf-8")
            #expect(answer.field("Cache-Control") == "no-store")
            #expect(answer.field("X-Content-Type-Options") == "nosniff")
            #expect(answer.field("Referrer-Policy") == "same-origin")
            let policy = answer.field("Content-Security-Policy") ?? ""
            #expect(policy.contains("default-src 'none'"))
            #expect(policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe"))
        }
        for asset in PageAssets.all {
            let answer = try scene.ask("GET", asset.path)
            #expect(answer.status == 200 && answer.body.utf8.count == asset.bytes.count)
            #expect(answer.field("Cache-Control")?.contains("immutable") == true)
        }
    }

    @Test("what is not there, or means nothing, is a page that says so; the API stays with JSON")
    func faults() throws {
        let scene = try PageScene()
        for (path, status) in [
            ("/none", 404), ("/models/none", 404), ("/models/A%20B", 400),
            ("/models/http-anomaly/versions/9", 404), ("/models/http-anomaly/versions/x%20y", 400),
            ("/models/http-anomaly/acts/fly", 404), ("/?page=0", 400), ("/?page=x", 400),
            ("/models/http-anomaly/acts/canary?version=2&share=200%25", 400),
            ("/audit?below=9999999999999999999", 400), ("/../etc", 400), ("/?a=1&a=2", 400),
        ] {
            let answer = try scene.ask("GET", path)
            #expect(answer.status == status, "\(path): \(answer.head)")
            #expect(answer.body.hasPrefix("<!DOCTYPE html>"), "\(path)")
            #expect(answer.field("Content-Security-Policy") != nil)
        }
        #expect(try scene.ask("DELETE", "/").status == 405)
        let problem = try scene.ask("GET", "/v1/none")
        #expect(problem.field("Content-Type") == "application/problem+json")
    }

    @Test("a form changes the model once, however often it is sent, and tells what came of it")
    func acts() throws {
        let scene = try PageScene()
        let shown = try scene.ask("GET", "/models/http-anomaly/acts/canary?version=2&share=5%25")
        var form = shown.fields
        #expect(form["epoch"] == "1" && form["version"] == "2")
        form["reason"] = "to see\r\nwhat it does"
        let send = {
            try scene.ask(
                "POST", "/models/http-anomaly/acts/canary", form: form, cookie: shown.cookie,
                fields: PageScene.ownPage)
        }
        let first = try send()
        #expect(first.status == 303, "\(first.body)")
        let address = try #require(first.field("Location"))
        #expect(address.hasPrefix("/models/http-anomaly?told="))
        let second = try send()
        #expect(second.status == 303 && second.field("Location") == address)
        let now = try #require(try scene.registry.deployment(of: try ModelName(scene.model)))
        #expect(now.epoch == 2 && now.candidate?.deployed.version == 2)
        let change = try #require(try scene.registry.history(of: now.model).last)
        #expect(change.note.reason == "to see\nwhat it does")
        #expect(change.note.by.contains("unverified"))
        let told = try scene.ask("GET", address, cookie: shown.cookie)
        #expect(told.body.contains("http-anomaly is at epoch 2 now"))
        // Whose form it was not is told nothing.
        #expect(!(try scene.ask("GET", address)).body.contains("is at epoch 2 now"))
    }

    @Test("each act of a page does what it says")
    func everyAct() throws {
        let scene = try PageScene()
        let model = try ModelName(scene.model)
        let path = "/models/http-anomaly/acts/"
        for (act, stable, candidate) in [
            ("shadow?version=2&share=25%25", 1, 2), ("canary?version=2&share=5%25", 1, 2),
            ("canary?version=2&share=10%25", 1, 2), ("abort", 1, nil),
            ("canary?version=3&share=1%25", 1, 3), ("complete", 3, nil), ("rollback", 1, nil),
            ("promote?version=2", 2, nil), ("rollback?version=1", 1, nil),
        ] as [(String, Int, Int?)] {
            let answer = try scene.act(path + act)
            #expect(answer.status == 303, "\(act): \(answer.body)")
            let now = try #require(try scene.registry.deployment(of: model))
            #expect(now.stable.version == stable, "\(act)")
            #expect(now.candidate?.deployed.version == candidate, "\(act)")
        }
    }

    @Test("who decided upon another state is told, and shown what it would do now")
    func stale() throws {
        let scene = try PageScene()
        let address = "/models/http-anomaly/acts/promote?version=3"
        let shown = try scene.ask("GET", address)
        #expect(try scene.act("/models/http-anomaly/acts/promote?version=2").status == 303)
        var form = shown.fields
        form["reason"] = "the <b>best</b>"
        let answer = try scene.ask(
            "POST", "/models/http-anomaly/acts/promote", form: form, cookie: shown.cookie,
            fields: PageScene.ownPage)
        #expect(answer.status == 409)
        #expect(answer.body.contains("Not done") && answer.body.contains("role=\"alert\""))
        #expect(answer.body.contains("the &lt;b&gt;best&lt;/b&gt;"))
        #expect(answer.fields["epoch"] == "2")
        let now = try #require(try scene.registry.deployment(of: try ModelName(scene.model)))
        #expect(now.stable.version == 2)
    }

    @Test("a change while no broker answers is committed, and the page says that it waits")
    func brokersAway() throws {
        let scene = try PageScene()
        scene.brokers.isAway = true
        let path = "/models/http-anomaly/acts/promote"
        let shown = try scene.ask("GET", path + "?version=2")
        var form = shown.fields
        form["reason"] = "why not"
        let answer = try scene.ask(
            "POST", path, form: form, cookie: shown.cookie, fields: PageScene.ownPage)
        #expect(answer.status == 303, "\(answer.body)")
        let now = try #require(try scene.registry.deployment(of: try ModelName(scene.model)))
        #expect(now.stable.version == 2)
        let address = try #require(answer.field("Location"))
        let told = try scene.ask("GET", address, cookie: shown.cookie).body
        #expect(told.contains("http-anomaly is at epoch 2 now; no broker answers, "), "\(told)")
    }

    @Test("a form without a reason, or with fields that mean nothing, changes nothing")
    func halfForms() throws {
        let scene = try PageScene()
        let address = "/models/http-anomaly/acts/promote?version=2"
        let without = try scene.act(address, reason: " \r\n")
        #expect(without.status == 400 && without.body.contains("no reason is given"))
        for (field, value) in [("key", "short"), ("epoch", "x"), ("version", "0")] {
            #expect(try scene.act(address, changing: [field: value]).status == 400, "\(field)")
        }
        let long = try scene.act(address, reason: String(repeating: "ä", count: 4_000))
        #expect(long.status == 400, "\(long.head)")
        let now = try #require(try scene.registry.deployment(of: try ModelName(scene.model)))
        #expect(now.epoch == 1)
    }

    @Test("whatever a registry says is text on a page")
    func hostile() throws {
        let scene = try PageScene(note: "<script>alert(1)</script>\u{202E}gnp.exe")
        let hostile = "\"><img src=x onerror=alert(2)>"
        #expect(
            try scene.act("/models/http-anomaly/acts/promote?version=2", reason: hostile).status
                == 303)
        for path in Self.pages {
            let body = try scene.ask("GET", path).body
            #expect(!body.contains("<script>alert") && !body.contains("<img src=x"), "\(path)")
            #expect(!body.contains("\u{202E}"), "\(path)")
        }
        let search = try scene.ask("GET", "/?search=%22%3E%3Cscript%3E").body
        #expect(!search.contains("\"><script>"))
    }

    @Test("a page follows what changes, and its stream ends with the hub")
    func live() throws {
        let scene = try PageScene()
        let socket = try TestSocket(port: scene.port)
        socket.send("GET /live/models/http-anomaly HTTP/1.1\r\nHost: localhost\r\n\r\n")
        var text = ""
        func wait(for words: String) {
            while !text.contains(words) {
                let more = socket.receive()
                guard !more.isEmpty else { break }
                text += String(decoding: more, as: UTF8.self)
            }
            #expect(text.contains(words))
        }
        wait(for: "event: clock")
        #expect(text.contains("text/event-stream"))
        #expect(text.contains("event: fragment\ndata: <section id=\"deployment\""))
        text = ""
        #expect(
            try scene.act("/models/http-anomaly/acts/canary?version=2&share=5%25").status == 303)
        wait(for: "data-news=\"epoch 2")
        scene.stop()
        #expect(socket.isEnded())
    }

    @Test("while the registry cannot be read a stream says that it lives, and shows no time")
    func unreadable() throws {
        let scene = try PageScene()
        let path = scene.folder.path("swerve.db")
        try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        let socket = try TestSocket(port: scene.port)
        socket.send("GET /live/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        var text = ""
        func wait(for words: String) {
            while !text.contains(words) {
                let more = socket.receive()
                guard !more.isEmpty else { break }
                text += String(decoding: more, as: UTF8.self)
            }
            #expect(text.contains(words))
        }
        wait(for: ": alive")
        #expect(!text.contains("event: clock") && !text.contains("event: fragment"), "\(text)")
        try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
        // Whoever came meanwhile gets the whole page then.
        wait(for: "event: fragment\ndata: <section id=\"attention\"")
        wait(for: "event: clock")
    }

    @Test("more streams than there is room for are refused, and told to come again")
    func tooManyStreams() throws {
        let scene = try PageScene()
        let open = try (0..<4).map { _ in
            let socket = try TestSocket(port: scene.port)
            socket.send("GET /live/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(String(decoding: socket.receive(), as: UTF8.self).contains(" 200 "))
            return socket
        }
        let refused = try scene.ask("GET", "/v1/events")
        #expect(refused.status == 503 && refused.body.contains("too-busy"))
        #expect(refused.field("Retry-After") != nil)
        withExtendedLifetime(open) {}
    }
}
