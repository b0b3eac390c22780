import Lifecycle
import Web

/// Who may ask what.
///
/// Without tokens, which are to come, nobody but this machine itself is let in, and no page of a
/// browser: neither one that names this address by another name, nor one that came from elsewhere.
struct HubAccess: Sendable {
    enum Verdict: Sendable {
        /// The name that changes are told to be by.
        case admitted(String)
        case refused(HubProblem)
    }

    /// What a proxy in front of the hub adds: then the client is not this machine.
    private static let forwarding = ["forwarded", "x-forwarded-for", "x-real-ip", "via"]

    func admit(_ request: HTTPRequest, to operation: HubOperation) -> Verdict {
        guard request.isLocal, Self.forwarding.allSatisfy({ request.fields.all($0).isEmpty }) else {
            return .refused(
                HubProblem(
                    status: 401, code: "token-missing",
                    detail: "only this machine itself is let in without a token"))
        }
        guard let host = request.fields["host"], Self.isLoopback(host) else {
            return .refused(
                HubProblem(
                    status: 403, code: "host-unknown",
                    detail: "the request names another host than this machine's own"))
        }
        guard request.fields.all("origin").isEmpty else {
            return .refused(
                HubProblem(
                    status: 403, code: "origin-refused", detail: "the request came from a page"))
        }
        return .admitted("anybody on this machine (unverified)")
    }

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
