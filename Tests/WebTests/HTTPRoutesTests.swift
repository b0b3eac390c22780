import Lifecycle
import Testing
import Web

@Suite("HTTPRoutes")
struct HTTPRoutesTests {
    private let routes = HTTPRoutes([
        HTTPRoute("GET", "/a") { .text("a\($0.query)") },
        HTTPRoute("POST", "/b") { _ in .text("b") },
        HTTPRoute("GET", "/m/{model}/v/{version}") {
            .text("\($0.parameters["model"] ?? "?")@\($0.parameters["version"] ?? "?")")
        },
    ])

    @Test("a request goes to the route of its path and method, HEAD to that of GET")
    func answers() {
        #expect(body("GET", "/a", query: "1") == "a1\n")
        #expect(body("HEAD", "/a") == "a\n")
        #expect(body("POST", "/b") == "b\n")
    }

    private func body(_ method: String, _ path: String, query: String = "") -> String {
        let request = HTTPRequest(method: method, path: path, query: query)
        return String(decoding: routes.answer(request).body, as: UTF8.self)
    }

    @Test("a path that is not there is 404, and names those that are; another method is 405")
    func refuses() {
        for path in ["/", "", "/A", "/a/", "/a/b", "*"] {
            let answer = routes.answer(HTTPRequest(method: "GET", path: path))
            #expect(answer.status == 404, "\(path)")
            #expect(String(decoding: answer.body, as: UTF8.self).contains("/a /b"))
        }
        for (method, path, allowed) in [("PUT", "/a", "GET, HEAD"), ("HEAD", "/b", "POST")] {
            let answer = routes.answer(HTTPRequest(method: method, path: path))
            #expect(answer.status == 405)
            #expect(answer.fields.map(\.0) == ["Allow"] && answer.fields.map(\.1) == [allowed])
        }
    }

    @Test(
        "a path is cut at its slashes first, and each part decoded once",
        arguments: [
            ("/m/a/v/1", "a@1\n"), ("/m/a%20b/v/%31", "a b@1\n"), ("/m/a%2541/v/1", "a%41@1\n"),
            ("/m/a+b/v/1", "a+b@1\n"), ("/m/%C3%A9/v/1", "é@1\n"), ("/m/.../v/1", "...@1\n"),
        ])
    func decodes(path: String, expected: String) {
        #expect(body("GET", path) == expected)
    }

    @Test(
        "dots, hidden slashes, control characters and what cannot be decoded are refused",
        arguments: [
            "/m/../v/1", "/m/./v/1", "/m/%2e%2E/v/1", "/m/%2E/v/1", "/m/a%2fb/v/1", "/m/a%5Cb/v/1",
            "/m/a%00/v/1", "/m/a%0d%0a/v/1", "/m/a%7F/v/1", "/m/a%/v/1", "/m/a%4/v/1",
            "/m/a%zz/v/1",
            "/m/%FF/v/1", "/m/%C0%AE/v/1", "/../a", "/" + String(repeating: "x", count: 5_000),
        ])
    func refusesPaths(path: String) {
        #expect(routes.answer(HTTPRequest(method: "GET", path: path)).status == 400)
    }

    @Test("what combines with a slash is part of the path, and what looks alike is another path")
    func bytes() {
        let routes = HTTPRoutes([HTTPRoute("GET", "/K") { _ in .text("K") }])
        #expect(self.routes.answer(HTTPRequest(method: "GET", path: "/\u{301}a")).status == 404)
        #expect(body("GET", "/m/\u{301}x/v/1") == "\u{301}x@1\n")
        #expect(routes.answer(HTTPRequest(method: "GET", path: "/K")).status == 200)
        for path in ["/\u{212A}", "/%E2%84%AA"] {
            #expect(routes.answer(HTTPRequest(method: "GET", path: path)).status == 404, "\(path)")
        }
    }

    @Test("an empty part is no parameter")
    func empty() {
        for path in ["/m//v/1", "/m/a/v/", "/m/a/v/1/"] {
            #expect(routes.answer(HTTPRequest(method: "GET", path: path)).status == 404, "\(path)")
        }
    }

    @Test("a query's names and values are decoded; one that is there twice is refused")
    func query() throws {
        let request = HTTPRequest(method: "GET", path: "/", query: "a=1+2&b=%26&c&d=x=y")
        #expect(try request.queryValues() == ["a": "1 2", "b": "&", "c": "", "d": "x=y"])
        let marked = HTTPRequest(method: "GET", path: "/", query: "a=1&\u{301}b=2&c=\u{301}x")
        #expect(try marked.queryValues() == ["a": "1", "\u{301}b": "2", "c": "\u{301}x"])
        for bad in ["a=1&a=2", "a=%", "=1", "%FF=1"] {
            #expect(throws: SwerveError.self, "\(bad)") {
                try HTTPRequest(method: "GET", path: "/", query: bad).queryValues()
            }
        }
    }

    @Test("what is encoded for a path is one part of it again, whatever it is")
    func encodes() {
        for text in ["a", "a b", "é%", "\u{202E}x", "+&?#", "~-._"] {
            #expect(HTTPPath.decoded(text.percentEncoded) == text)
            #expect(!text.percentEncoded.contains("/"))
        }
    }
}
