import Lifecycle
import Pages
import Platform
import Synchronization
import Transfer

/// Lets people sign in at the issuer (OpenID Connect, authorization code with PKCE).
///
/// Any thread. To finish one blocks while the issuer is asked, at most a few at once.
final class IssuerSignIn: Sendable {
    private struct State {
        var states = SignInStates()
        /// Exchanges that are at work.
        var atWork = 0
    }

    private let settings: IssuerSettings
    private let signIn: IssuerSettings.SignIn
    private let issuer: TokenIssuer
    private let state = Guarded(State())
    private let isStopping = Atomic<Bool>(false)

    init(_ settings: IssuerSettings, _ signIn: IssuerSettings.SignIn, _ issuer: TokenIssuer) {
        self.settings = settings
        self.signIn = signIn
        self.issuer = issuer
    }

    /// What people know it by: its host.
    var name: String {
        (try? WebAddress(settings.issuer, act: "reading the issuer's address").host)
            ?? settings.issuer
    }

    /// Where the issuer sends browsers back to.
    private var redirect: String { signIn.publicURL + PageAddress.signInCallback }

    /// What is at work is given up.
    func stop() { isStopping.store(true, ordering: .releasing) }

    // MARK: - To the issuer

    /// Where a browser goes to sign in.
    ///
    /// - Parameters:
    ///   - visit: the id in its cookie.
    ///   - next: of this hub: where it goes afterwards.
    /// - Throws: `.unavailable` while the issuer has not told where that is.
    func begin(visit: String, next: String) throws(SwerveError) -> String {
        let endpoints = try endpoints()
        let sent = try state.withLock { state throws(SwerveError) in
            try state.states.begin(visit: visit, next: next, nowMs: BootClock.nowMs)
        }
        let fields = [
            ("response_type", "code"), ("client_id", signIn.clientID),
            ("redirect_uri", redirect), ("scope", signIn.scopes.joined(separator: " ")),
            ("state", sent.state), ("nonce", sent.nonce), ("code_challenge", sent.challenge),
            ("code_challenge_method", "S256"),
        ]
        let mark = endpoints.authorization.contains("?") ? "&" : "?"
        return endpoints.authorization + mark + Self.form(fields)
    }

    // MARK: - Back from it

    /// What a browser brought back.
    ///
    /// Failures are counted for nobody: there is nothing to guess, since a state is bound to its
    /// browser by a MAC; and behind a proxy all browsers have one address, so whoever fails on
    /// purpose would keep everybody out. What the issuer is asked is bounded by `atWorkMax`.
    ///
    /// - Parameters:
    ///   - query: of the address that the issuer sent it to.
    ///   - visit: the id in its cookie.
    /// - Returns: who it is, and where the browser goes next.
    func finish(
        _ query: [String: String], visit: String
    ) -> (verdict: HubAccess.Verdict, next: String) {
        let nowMs = BootClock.nowMs
        var next = "/"
        let verdict: HubAccess.Verdict
        do throws(SwerveError) {
            let outcome = try state.withLock { state throws(SwerveError) in
                try state.states.take(query["state"] ?? "", visit: visit, nowMs: nowMs)
            }
            switch outcome {
            case .refused:
                verdict = Self.refused(
                    "sign-in-unknown",
                    "this sign-in was not begun in this browser, or is over by now: begin it anew")
            case .taken(let sent, let address):
                next = address
                verdict = try self.verdict(query, sent)
            }
        } catch {
            verdict = .refused(HubProblem(error))
        }
        return (verdict, next)
    }

    private func verdict(
        _ query: [String: String], _ sent: SignInStates.Sent
    ) throws(SwerveError) -> HubAccess.Verdict {
        // RFC 9207: of several issuers, the one that was asked.
        if let named = query["iss"], named != settings.issuer {
            return Self.refused("sign-in-refused", "another issuer answered")
        }
        if let error = query["error"] {
            let words = query["error_description"].map { ": \($0.shortened(to: 200))" } ?? ""
            return Self.refused(
                "sign-in-refused",
                "the issuer says \(error.shortened(to: 80))\(words)".printable)
        }
        guard let code = query["code"], !code.isEmpty, code.utf8.count <= Self.codeBytes else {
            return Self.refused("sign-in-refused", "the issuer gave no code")
        }
        let isFree = state.withLock { state in
            guard state.atWork < Self.atWorkMax else { return false }
            state.atWork += 1
            return true
        }
        guard isFree else {
            var problem = HubProblem(
                status: 503, code: "too-busy",
                detail: "too many people sign in at once: begin it anew in a moment")
            problem.fields = [("Retry-After", "2")]
            return .refused(problem)
        }
        defer { state.withLock { $0.atWork -= 1 } }
        let token = try exchange(code, sent)
        return issuer.subject(
            ofSignIn: token, client: signIn.clientID, nonce: sent.nonce, atMs: WallClock.nowMs)
    }

    /// The token that the issuer has for a code.
    ///
    /// - Throws: never with code, secret, token, or what was in the answer.
    private func exchange(
        _ code: String, _ sent: SignInStates.Sent
    ) throws(SwerveError) -> String {
        let act = "asking \(name.shortened(to: 200)) who signs in"
        let endpoints = try endpoints()
        var request = WebRequest(try TokenIssuer.address(endpoints.token, act: act))
        request.headers = ["Accept: application/json"]
        var fields = [
            ("grant_type", "authorization_code"), ("code", code),
            ("redirect_uri", redirect), ("code_verifier", sent.verifier),
        ]
        let secret = try signIn.secretFile.map { file throws(SwerveError) in
            try SecretFile(path: file).read(act: act)
        }
        switch secret ?? signIn.secret {
        case let secret? where endpoints.takesBasic:
            request.authorization = .client(signIn.clientID, secret: secret)
        case let secret?:
            fields += [("client_id", signIn.clientID), ("client_secret", secret)]
        case nil: fields.append(("client_id", signIn.clientID))
        }
        request.posted = Self.form(fields)
        var connection = WebConnection()
        connection.caFile = settings.caFile
        connection.totalMs = Self.patienceMs
        let sink = Sink()
        let answer = try WebExchange.perform(
            request, by: connection, limit: Int64(Limits.shortAnswerBytes), sink: sink, act: act
        ) { [self] in isStopping.load(ordering: .acquiring) }
        switch answer.status {
        case 200...299: break
        case 400, 401, 403:
            throw SwerveError(
                .refused, act: act,
                reason: "it refuses the code, or the client: it answers with \(answer.status)",
                remedy: "begin the sign-in anew; where that does not help, somebody has to look at "
                    + "hub.oidc.client_id and its secret")
        case 300...399:
            throw SwerveError(
                .refused, act: act,
                reason: "it answers with \(answer.status), and nobody else is told the code")
        default: throw WebFault.error(answer, act: act)
        }
        // Not the reader's own words, which may repeat what they speak of.
        guard
            let document = try? JSONValue(
                parsing: sink.bytes, act: act, limit: Limits.shortAnswerBytes),
            let token = document["id_token"]?.string
        else {
            throw SwerveError(
                .invalid, act: act, reason: "its answer has no id_token",
                remedy: "have openid among hub.oidc.scopes")
        }
        return token
    }

    private func endpoints() throws(SwerveError) -> TokenIssuer.Endpoints {
        guard let endpoints = issuer.endpoints else {
            throw SwerveError(
                .unavailable, act: "signing in at \(name.shortened(to: 200))",
                reason: "it has not told yet where that is, or it offers no sign-in",
                remedy: "use a token meanwhile")
        }
        return endpoints
    }

    private static func form(_ fields: [(String, String)]) -> String {
        fields.map { "\($0.0)=\($0.1.percentEncoded)" }.joined(separator: "&")
    }

    private final class Sink: WebSink {
        var bytes: [UInt8] = []
        func begin(_ answer: WebAnswer) {}
        func take(_ more: [UInt8]) { bytes += more }
    }

    private static func refused(_ code: String, _ detail: String) -> HubAccess.Verdict {
        .refused(HubProblem(status: 401, code: code, detail: detail))
    }

    private static let codeBytes = 4_096
    private static let patienceMs = 10_000
    /// Of the few threads that may wait long.
    private static let atWorkMax = 3
}
