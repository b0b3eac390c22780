/// Why a server answers a request without a route of its own.
package enum HTTPRefusal: Sendable, Equatable {
    /// The head means nothing, or could mean two things.
    case malformed(String)
    /// There is no such path.
    case notFound
    /// The path is there, and takes these methods only.
    case methodNotAllowed([String])
    /// More bytes than the route takes.
    case bodyTooLarge(max: Int)
    case headTooLarge(String)
    /// Too many requests wait already.
    case busy
    /// The body did not come in time.
    case tooSlow

    package var status: Int {
        switch self {
        case .malformed: 400
        case .notFound: 404
        case .methodNotAllowed: 405
        case .tooSlow: 408
        case .bodyTooLarge: 413
        case .headTooLarge: 431
        case .busy: 503
        }
    }
}

/// The routes of a server.
package struct HTTPRoutes: Sendable {
    /// What a refusal of a request reads as; the path as it was sent.
    package typealias Refuse = @Sendable (HTTPRefusal, _ path: String) -> HTTPResponse

    enum Match {
        case route(HTTPRoute, [String: String])
        case refusal(HTTPRefusal)
    }

    package let routes: [HTTPRoute]
    private let words: Refuse?
    /// Who asks: clients take turns.
    ///
    /// On the server's own thread; it must not wait for anything.
    let client: @Sendable (HTTPRequest) -> String

    /// - Parameters:
    ///   - client: tells clients apart; by their addresses without.
    ///   - words: how a refusal reads; nil for a line of text.
    package init(
        _ routes: [HTTPRoute],
        tellingApart client: @escaping @Sendable (HTTPRequest) -> String = { $0.peer },
        refusing words: Refuse? = nil
    ) {
        self.routes = routes
        self.client = client
        self.words = words
    }

    /// What a request is answered with, its route called here: for tests, and for routes that wait
    /// for nothing.
    package func answer(_ request: HTTPRequest) -> HTTPResponse {
        switch match(method: request.method, path: request.path) {
        case .refusal(let refusal): return refused(refusal, path: request.path)
        case .route(let route, let parameters):
            var request = request
            request.parameters = parameters
            return route.answer(request)
        }
    }

    /// The route of a method and path.
    ///
    /// `HEAD` goes to the route of `GET`; the server leaves the body away. Of two routes that fit,
    /// the first is taken.
    func match(method: String, path: String) -> Match {
        let segments: [String]
        do throws(HTTPPath.Fault) {
            guard let cut = try HTTPPath.segments(of: path) else { return .refusal(.notFound) }
            segments = cut
        } catch {
            return .refusal(.malformed(error.rawValue))
        }
        let wanted = method == "HEAD" ? "GET" : method
        var methods: [String] = []
        for route in routes {
            guard let parameters = route.parameters(of: segments) else { continue }
            guard route.method == wanted else {
                methods += route.method == "GET" ? ["GET", "HEAD"] : [route.method]
                continue
            }
            return .route(route, parameters)
        }
        return .refusal(methods.isEmpty ? .notFound : .methodNotAllowed(methods))
    }

    func refused(_ refusal: HTTPRefusal, path: String) -> HTTPResponse {
        var response = words?(refusal, path) ?? text(refusal)
        response.status = refusal.status
        if case .methodNotAllowed(let methods) = refusal {
            response.fields.append(("Allow", methods.joined(separator: ", ")))
        }
        return response
    }

    private func text(_ refusal: HTTPRefusal) -> HTTPResponse {
        switch refusal {
        case .malformed(let reason), .headTooLarge(let reason): .text(reason)
        case .notFound: .text("not found; there are: \(routes.map(\.path).joined(separator: " "))")
        case .methodNotAllowed: .text("this path takes no such method")
        case .bodyTooLarge(let max): .text("the body is longer than \(max) bytes")
        case .busy: .text("too many requests at once")
        case .tooSlow: .text("the request did not come in time")
        }
    }
}
