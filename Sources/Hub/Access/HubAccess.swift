import Lifecycle
import Web

/// Who may ask what.
///
/// The role is held against what an operation needs before its body is read; the models that it is
/// about are held by the subject's backend (`SubjectBackend`), which everything goes through.
struct HubAccess: Sendable {
    enum Verdict: Sendable {
        case admitted(HubSubject)
        case refused(HubProblem)
    }

    /// Whether who asks from this machine itself needs no token (`hub.open: loopback`).
    let isOpen: Bool
    let desk: TokenDesk

    /// What a proxy in front of the hub adds: then the client is not this machine.
    private static let forwarding = ["forwarded", "x-forwarded-for", "x-real-ip", "via"]

    /// A program's request: by the token in its field `Authorization`.
    func admit(_ request: HTTPRequest, to operation: HubOperation) -> Verdict {
        let verdict = subject(of: request)
        guard case .admitted(let subject) = verdict else { return verdict }
        // Of which models is the backend's to say.
        guard subject.role >= operation.right else {
            return .refused(
                HubProblem(
                    status: 403, code: Problem.Kind.rightLacking.rawValue,
                    detail: "\(subject.name) has the role \(subject.role.rawValue), and this "
                        + "needs \(operation.right.rawValue)"))
        }
        return verdict
    }

    /// Who a program's request is from.
    ///
    /// - Returns: 401 for none and for a token that does not hold, 429 for too many of these; no
    ///   page of a browser is let in here.
    func subject(of request: HTTPRequest) -> Verdict {
        let given = request.fields.all("authorization")
        guard given.isEmpty else { return bearer(given, from: request.peer) }
        return unnamed(request, isOwnPage: false)
    }

    /// Who a token stands for that somebody has typed: one of the registry's, or an issuer's.
    ///
    /// Tries that fail are counted for the address that they came from, and slowed.
    /// - Parameter peer: `HTTPRequest.peer`.
    func subject(ofToken text: String, from peer: String) -> Verdict {
        desk.subject(of: text, from: peer)
    }

    /// Who has signed in before, as it is now: for each request of a session.
    ///
    /// - Parameter subject: as one of the others gave it.
    /// - Returns: nil where it does not hold any more: revoked, expired, or no longer open.
    /// - Throws: where the registry cannot be read.
    func current(_ subject: HubSubject) throws(SwerveError) -> HubSubject? {
        if subject.credential == .none { return isOpen ? subject : nil }
        return try desk.current(subject)
    }

    /// Who a request without any token is from: anybody on this machine, where that is allowed.
    ///
    /// - Parameter isOwnPage: whether a page of this hub may send it: then its `Origin` has to be
    ///   the address that the request names, and nothing else is let in but that.
    func unnamed(_ request: HTTPRequest, isOwnPage: Bool) -> Verdict {
        let isThisMachine =
            request.isLocal && Self.forwarding.allSatisfy { request.fields.all($0).isEmpty }
        guard isOpen, isThisMachine else {
            desk.count("token-missing")
            return .refused(
                HubProblem.unauthorized(
                    "token-missing",
                    isOpen
                        ? "only this machine itself is let in without a token"
                        : "the request bears no token"))
        }
        guard let host = request.fields["host"], Self.isLoopback(host) else {
            return .refused(
                HubProblem(
                    status: 403, code: "host-unknown",
                    detail: "the request names another host than this machine's own"))
        }
        let origins = request.fields.all("origin")
        guard
            origins.isEmpty
                || (isOwnPage && origins == ["\(request.isSecure ? "https" : "http")://\(host)"])
        else {
            return .refused(
                HubProblem(
                    status: 403, code: "origin-refused", detail: "the request came from a page"))
        }
        return .admitted(Self.anybody)
    }

    private func bearer(_ fields: [String], from peer: String) -> Verdict {
        guard fields.count == 1, let token = Self.token(fields[0]) else {
            desk.count("token-malformed")
            return .refused(
                HubProblem.unauthorized(
                    "token-malformed", "Authorization is not 'Bearer' and one token"))
        }
        return subject(ofToken: token, from: peer)
    }

    /// Behind the scheme, whose case does not count.
    private static func token(_ field: String) -> String? {
        let parts = field.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }

    static let anybody = HubSubject(
        name: "anybody on this machine (unverified)",
        grants: [HubSubject.Grant(role: .admin, models: .all)], credential: .none)

    static func isLoopback(_ host: String) -> Bool {
        var name = host[...]
        if let colon = name.lastIndex(of: ":"),
            name[name.index(after: colon)...]
                .allSatisfy({ $0.isASCII && $0.isNumber })
        {
            name = name[..<colon]
        }
        return ["127.0.0.1", "localhost", "[::1]"].contains(String(name))
    }
}
