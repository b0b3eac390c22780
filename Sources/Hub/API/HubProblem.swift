import Lifecycle
import Web

/// What the API answers where it does not do what was asked: `application/problem+json`.
///
/// Its code never gets another meaning.
struct HubProblem: Sendable {
    let status: Int
    /// The kind of the error's problem, or the error's code; where there is no error a word of the
    /// hub's own, as `token-unknown` or those of `init(_: HTTPRefusal)`.
    let code: String
    let detail: String
    /// The whole error; nil where the request came to no operation.
    var error: SwerveError?
    /// Further fields of the answer's head.
    var fields: [(String, String)] = []

    static let contentType = "application/problem+json"

    init(status: Int, code: String, detail: String) {
        self.status = status
        self.code = code
        self.detail = detail
    }

    /// Who asks is not known.
    static func unauthorized(_ code: String, _ detail: String) -> HubProblem {
        var problem = HubProblem(status: 401, code: code, detail: detail)
        problem.fields = [("WWW-Authenticate", "Bearer realm=\"swerve\"")]
        return problem
    }

    init(_ error: SwerveError, isConditional: Bool = false) {
        self.error = error
        code = error.problem?.kind.rawValue ?? error.code.rawValue
        detail = error.description
        status =
            switch error.code {
            case .usage: 400
            case .notFound: 404
            case .invalid: 422
            case .refused where error.problem?.kind == .rightLacking: 403
            case .refused: isConditional && error.problem?.kind == .epochMoved ? 412 : 409
            case .unchanged: 409
            case .tooLarge: 413
            case .unavailable: 503
            case .timedOut: 504
            case .system: error.problem?.kind == .diskFull ? 507 : 500
            }
    }

    init(_ refusal: HTTPRefusal) {
        status = refusal.status
        switch refusal {
        case .malformed(let reason):
            code = "request-malformed"
            detail = reason
        case .notFound:
            code = "path-not-found"
            detail = "there is no such path"
        case .methodNotAllowed(let methods):
            code = "method-not-allowed"
            detail = "this path takes \(methods.joined(separator: ", "))"
        case .bodyTooLarge(let max):
            code = "body-too-large"
            detail = "the body is longer than \(max) bytes"
        case .headTooLarge(let reason):
            code = "head-too-large"
            detail = reason
        case .busy:
            code = "too-busy"
            detail = "too many requests at once"
        case .tooSlow:
            code = "too-slow"
            detail = "the request did not come in time"
        }
    }

    /// Statuses that every operation may answer with, whatever it does.
    static let statusesOfAll = [400, 401, 403, 408, 413, 422, 429, 431, 500, 503]

    var document: JSONValue {
        var fields: [String: JSONValue] = [
            "type": .string("urn:swerve:problem:\(code)"), "status": .int(Int64(status)),
            "code": .string(code), "title": .string(error?.reason ?? detail),
            "detail": .string(detail),
        ]
        if let error, let document = try? JSONValueEncoder.encode(error) {
            fields["error"] = document
        }
        return .object(fields)
    }

    var response: HTTPResponse {
        var response = HTTPResponse(
            status: status, contentType: Self.contentType, body: document.bytes)
        response.fields = fields
        return response
    }
}
