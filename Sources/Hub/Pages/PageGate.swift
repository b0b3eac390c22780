import Lifecycle
import Pages
import Platform
import Web

/// Who looks at pages: their cookies, their sessions, and whether a form was sent by a page of
/// this hub.
final class PageGate: Sendable {
    /// One request of a browser.
    struct Visit: Sendable {
        /// In the browser's cookie: of a session, or of somebody who needs none.
        let id: String
        /// Whether the browser does not have it yet.
        let isNew: Bool
        let who: Who

        var subject: HubSubject? { if case .known(let subject, _) = who { subject } else { nil } }
    }

    enum Who: Sendable {
        case known(HubSubject, hasSignedIn: Bool)
        /// Nobody that is known; whether there was a session that is over.
        case stranger(wasKnown: Bool)
        /// Not even the sign-in is shown.
        case refused(HubProblem)
    }

    let access: HubAccess
    private let sessions = Guarded(PageSessions())
    /// Made anew with each start, as sessions are.
    private let secret: [UInt8] = RandomText.bytes(32)

    init(_ access: HubAccess) { self.access = access }

    // MARK: - Who it is

    func visit(_ request: HTTPRequest) -> Visit {
        let given = Self.cookie(request)
        let id = given ?? RandomText.make()
        let isNew = given == nil
        if let given,
            let before = sessions.withLock({ $0.subject(of: given, nowMs: BootClock.nowMs) })
        {
            do throws(SwerveError) {
                guard let subject = try access.current(before) else {
                    sessions.withLock { $0.end(given) }
                    return Visit(id: id, isNew: isNew, who: .stranger(wasKnown: true))
                }
                return Visit(id: id, isNew: isNew, who: .known(subject, hasSignedIn: true))
            } catch {
                return Visit(id: id, isNew: isNew, who: .refused(HubProblem(error)))
            }
        }
        switch access.unnamed(request, isOwnPage: true) {
        case .admitted(let subject):
            return Visit(id: id, isNew: isNew, who: .known(subject, hasSignedIn: false))
        case .refused(let problem) where problem.status == 401:
            return Visit(id: id, isNew: isNew, who: .stranger(wasKnown: false))
        case .refused(let problem): return Visit(id: id, isNew: isNew, who: .refused(problem))
        }
    }

    /// Whether who opened a stream may still look.
    func isStillKnown(_ visit: Visit) -> Bool {
        guard case .known(let subject, let hasSignedIn) = visit.who else { return false }
        do throws(SwerveError) {
            guard try access.current(subject) != nil else { return false }
        } catch {
            // Nothing is sent while the registry cannot be read, and it passes.
            return true
        }
        guard hasSignedIn else { return true }
        return sessions.withLock {
            $0.subject(of: visit.id, isUse: false, nowMs: BootClock.nowMs) != nil
        }
    }

    // MARK: - Signing in and out

    /// Begins a session under an id that nobody knew before.
    ///
    /// - Returns: the visit that it makes, or why the token is not taken.
    func signIn(token: String, _ request: HTTPRequest) -> Visit {
        switch access.subject(ofToken: token, from: request.peer) {
        case .refused(let problem):
            return Visit(id: RandomText.make(), isNew: true, who: .refused(problem))
        case .admitted(let subject): return begin(subject)
        }
    }

    /// The same for somebody whom the issuer has named.
    func begin(_ subject: HubSubject) -> Visit {
        let id = RandomText.make()
        sessions.withLock { $0.begin(id, subject, nowMs: BootClock.nowMs) }
        return Visit(id: id, isNew: true, who: .known(subject, hasSignedIn: true))
    }

    func signOut(_ visit: Visit) { sessions.withLock { $0.end(visit.id) } }

    // MARK: - Forms

    /// For the forms of a visit; nobody else can make it.
    func token(of visit: Visit) -> String {
        let inner = ContentHash.sha256(secret + Array(visit.id.utf8)).description
        return String(ContentHash.sha256(secret + Array(inner.utf8)).description.dropFirst(7))
    }

    /// Whether a form was sent by a page of this hub, to the browser of that visit.
    ///
    /// - Returns: why not; nil where it was.
    func refusal(of form: [String: String], _ request: HTTPRequest, _ visit: Visit) -> HubProblem? {
        guard Self.isOwnPage(request) else {
            return HubProblem(
                status: 403, code: "origin-refused",
                detail: "the form does not come from a page of this hub")
        }
        let given = Array((form[ActField.token] ?? "").utf8)
        let wanted = Array(token(of: visit).utf8)
        guard !visit.isNew, SignInStates.isSame(given, wanted) else {
            return HubProblem(
                status: 403, code: "form-stale",
                detail: "the form is of another session, or of before the hub was started: go "
                    + "back, load the page again, and send it anew")
        }
        return nil
    }

    /// By what browsers say, and no page can make them say otherwise.
    static func isOwnPage(_ request: HTTPRequest) -> Bool {
        let sites = request.fields.all("sec-fetch-site")
        guard sites.isEmpty else { return sites == ["same-origin"] }
        guard let host = request.fields["host"], let origin = request.fields["origin"] else {
            return false
        }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    /// Whose turn a request takes, before it is known whether its token holds: that of the subject
    /// for whom the token, or the session, stood last, however many of them somebody has.
    ///
    /// What stood for nobody yet takes its address's: anybody can think tokens up. Waits for
    /// nothing.
    func client(_ request: HTTPRequest) -> String {
        let subject: String?
        if let token = request.fields["authorization"]?.split(separator: " ").last {
            subject = access.desk.lastSubject(of: String(token))
        } else {
            subject = Self.cookie(request).flatMap { id in
                sessions.withLock {
                    $0.subject(of: id, isUse: false, nowMs: BootClock.nowMs)?.name
                }
            }
        }
        return subject.map { "subject \($0)" }
            ?? "address \(FailedAttempts.network(of: request.peer))"
    }

    // MARK: - Cookies

    /// Whether the browser speaks TLS, with this hub or with a proxy in front of it.
    static func isSecure(_ request: HTTPRequest) -> Bool {
        request.isSecure
            || (request.fields["x-forwarded-proto"].map { $0.lowercased() == "https" } ?? false)
    }

    /// The field that gives a browser the id of a visit.
    static func setCookie(_ visit: Visit, _ request: HTTPRequest) -> (String, String) {
        ("Set-Cookie", cookieText(visit.id, request, maxAge: PageSessions.lifeMs / 1_000))
    }

    static func dropCookie(_ request: HTTPRequest) -> (String, String) {
        ("Set-Cookie", cookieText("", request, maxAge: 0))
    }

    private static func cookieText(
        _ value: String, _ request: HTTPRequest, maxAge seconds: Int64
    ) -> String {
        let isSecure = isSecure(request)
        return "\(name(isSecure))=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax"
            + (isSecure ? "; Secure" : "")
    }

    /// With the prefix a browser takes it over TLS alone, and of no other host.
    private static func name(_ isSecure: Bool) -> String {
        isSecure ? "__Host-swerve" : "swerve"
    }

    private static func cookie(_ request: HTTPRequest) -> String? {
        let wanted = name(isSecure(request))
        let pairs = request.fields.all("cookie").flatMap { $0.split(separator: ";") }
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == wanted else { continue }
            let value = String(parts[1])
            return RandomText.isOne(value) ? value : nil
        }
        return nil
    }
}

/// Texts that nobody can guess.
enum RandomText {
    static func bytes(_ count: Int) -> [UInt8] {
        // Of the kernel.
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// 64 hexadecimal digits.
    static func make() -> String {
        bytes(32).map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0\(text)" : text
        }.joined()
    }

    static func isOne(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
            }
    }
}
