import Testing
import Web

@Suite("HTTPRoutes")
struct HTTPRoutesTests {
    private let routes = HTTPRoutes([
        HTTPRoute("GET", "/a") { .text("a\($0.query)") },
        HTTPRoute("POST", "/b") { _ in .text("b") },
    ])

    @Test("a request goes to the route of its path and method, HEAD to that of GET")
    func answers() {
        #expect(routes.answer(HTTPRequest(method: "GET", path: "/a", query: "1")) == .text("a1"))
        #expect(routes.answer(HTTPRequest(method: "HEAD", path: "/a")) == .text("a"))
        #expect(routes.answer(HTTPRequest(method: "POST", path: "/b")) == .text("b"))
    }

    @Test("a path that is not there is 404, and names those that are; another method is 405")
    func refuses() {
        for path in ["/", "", "/A", "/a/", "/a/b", "*"] {
            let answer = routes.answer(HTTPRequest(method: "GET", path: path))
            #expect(answer.status == 404, "\(path)")
            #expect(String(decoding: answer.body, as: UTF8.self).contains("/a /b"))
        }
        #expect(routes.answer(HTTPRequest(method: "PUT", path: "/a")).status == 405)
        #expect(routes.answer(HTTPRequest(method: "HEAD", path: "/b")).status == 405)
    }
}
