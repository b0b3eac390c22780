/// A request as a route sees it: no bytes of its body, which routes of this face do not take.
package struct HTTPRequest: Sendable, Equatable {
    /// As it was sent: `GET`, `HEAD`.
    package let method: String
    /// Before the question mark, not decoded.
    package let path: String
    /// Behind it, not decoded; empty without one.
    package let query: String

    package init(method: String, path: String, query: String = "") {
        self.method = method
        self.path = path
        self.query = query
    }
}

/// What a route answers.
package struct HTTPResponse: Sendable, Equatable {
    package var status: Int
    /// The media type, with its parameters.
    package var contentType: String
    package var body: [UInt8]

    package init(status: Int = 200, contentType: String, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// Plain text; a line's end is added.
    package static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(
            status: status, contentType: "text/plain; charset=utf-8", body: Array("\(text)\n".utf8))
    }
}

/// One path of a server, and what answers there.
package struct HTTPRoute: Sendable {
    package let method: String
    package let path: String
    /// Called on the server's thread, one request after the other: it must not wait for anything.
    package let answer: @Sendable (HTTPRequest) -> HTTPResponse

    package init(
        _ method: String, _ path: String,
        answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) {
        self.method = method
        self.path = path
        self.answer = answer
    }
}

/// The routes of a server: an exact path and method each.
package struct HTTPRoutes: Sendable {
    private let routes: [HTTPRoute]

    package init(_ routes: [HTTPRoute]) { self.routes = routes }

    /// What a request is answered with: 404 for a path that is not there, 405 for a method that it
    /// does not take.
    ///
    /// `HEAD` goes to the route of `GET`; the server leaves the body away.
    package func answer(_ request: HTTPRequest) -> HTTPResponse {
        let there = routes.filter { $0.path == request.path }
        guard !there.isEmpty else {
            let paths = routes.map(\.path).joined(separator: " ")
            return .text("not found; there are: \(paths)", status: 404)
        }
        let method = request.method == "HEAD" ? "GET" : request.method
        guard let route = there.first(where: { $0.method == method }) else {
            return .text("this path takes no such method", status: 405)
        }
        return route.answer(request)
    }
}
