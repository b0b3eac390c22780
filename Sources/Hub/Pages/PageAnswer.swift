import Lifecycle
import Pages
import Web

/// Answers to browsers: each with the fields that keep other pages out.
enum PageAnswer {
    /// Of every answer that a browser shows.
    static let fields = [
        ("Content-Security-Policy", PageAssets.contentSecurityPolicy),
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
        // A form's own page has to be told, or browsers would not say where it came from.
        ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]

    /// A page; no cache keeps it.
    static func page(
        _ page: any Page, in context: PageContext, status: Int = 200
    ) -> HTTPResponse {
        var response = HTTPResponse(
            status: status, contentType: "text/html; charset=utf-8",
            body: page.bytes(in: context))
        response.fields = fields
        return response
    }

    /// The browser asks for `address` next, whatever it has sent now.
    ///
    /// - Parameter address: of this hub.
    static func seeOther(_ address: String) -> HTTPResponse {
        var response = HTTPResponse.text("see \(address)", status: 303)
        response.fields = fields + [("Location", address)]
        return response
    }

    /// The browser goes to another server.
    ///
    /// - Parameter address: whole, of characters that a head takes.
    static func elsewhere(_ address: String) -> HTTPResponse {
        var response = HTTPResponse.text("see the issuer", status: 303)
        response.fields = fields + [("Location", address)]
        return response
    }

    static func feed(_ feed: HTTPFeed) -> HTTPResponse {
        var response = HTTPResponse(
            contentType: "text/event-stream; charset=utf-8", payload: .feed(feed))
        // A proxy that gathers what it passes on would keep it for minutes.
        response.fields = fields + [("X-Accel-Buffering", "no")]
        return response
    }

    /// The whole page of a refusal, for who is not even known.
    static func refusal(_ problem: HubProblem) -> HTTPResponse {
        let error =
            problem.error
            ?? SwerveError(
                .refused, act: "answering this request", reason: problem.detail)
        var response = page(
            ErrorPage(status: problem.status, error: error), in: .nobodys, status: problem.status)
        response.fields += problem.fields.filter { $0.0 != "WWW-Authenticate" }
        return response
    }

    static func asset(_ asset: PageAsset) -> HTTPResponse {
        var response = HTTPResponse(contentType: asset.contentType, body: asset.bytes)
        response.fields = fields + [("Cache-Control", "public, max-age=31536000, immutable")]
        return response
    }
}

extension PageContext {
    /// Of pages that tell nothing of the registry.
    static var nobodys: PageContext {
        PageContext(viewer: nil, nowMs: 0, registry: "", antiForgery: "")
    }
}
