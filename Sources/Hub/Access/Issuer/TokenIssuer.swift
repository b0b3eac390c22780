import Lifecycle
import Platform
import Transfer

/// The issuer whose tokens a hub takes, with its keys, which are fetched on a thread of its own.
///
/// Keys are fetched at the start, now and then, and where a token names one that is not known: that
/// at a bounded rate, since anybody can name any. While the issuer is away, the keys that are there
/// go on being taken, for a day.
final class TokenIssuer: Sendable {
    /// Where people sign in, and where the codes are exchanged that they bring back.
    struct Endpoints: Sendable, Equatable {
        let authorization: String
        let token: String
        /// Whether a client says who it is by the field `Authorization`.
        let takesBasic: Bool
    }

    private struct State {
        var keys: IssuerKeys?
        /// Nil where it offers no sign-in.
        var endpoints: Endpoints?
        /// When they came; milliseconds since the machine's start.
        var fetchedAtMs: Int64 = 0
        var schedule = FetchSchedule()
        var fault: SwerveError?
        var isStopping = false
        var thread: OSThread?
    }

    private let settings: IssuerSettings
    private let hear: @Sendable (SwerveError) -> Void
    private let wake: EventFD
    private let state = Guarded(State())

    /// - Parameter hear: told of a fetch that failed, on this one's thread.
    init(
        _ settings: IssuerSettings, hear: @escaping @Sendable (SwerveError) -> Void
    ) throws(SwerveError) {
        self.settings = settings
        self.hear = hear
        wake = try EventFD()
        _ = try Self.address(settings.issuer, act: "reading the issuer's address")
    }

    func start() {
        let thread = OSThread(name: "hub-issuer") { [self] in run() }
        state.withLock { $0.thread = thread }
    }

    /// Once, behind `start`.
    func stop() {
        state.withLock { $0.isStopping = true }
        wake.signal()
        state.withLock { $0.thread.take() }?.join()
    }

    /// Where people sign in; nil before it is known, and where they do not.
    var endpoints: Endpoints? { state.withLock { $0.endpoints } }

    /// Who a token stands for.
    ///
    /// - Parameter now: wall clock, milliseconds since 1970.
    /// - Returns: 503 while keys are to be fetched that it may be signed by.
    func subject(of text: String, atMs now: Int64) -> HubAccess.Verdict {
        subject(of: text, settings, atMs: now) { _ in nil }
    }

    /// Who has signed in, by the token that the issuer made for that.
    ///
    /// - Parameters:
    ///   - client: the hub, as the issuer knows it: whom the token has to be for.
    ///   - nonce: what was sent with who signs in.
    /// - Returns: as above. The session may last longer than the token, which says who somebody is
    ///   and not for how long.
    func subject(
        ofSignIn text: String, client: String, nonce: String, atMs now: Int64
    ) -> HubAccess.Verdict {
        var settings = settings
        settings.audience = client
        let verdict = subject(of: text, settings, atMs: now) { claims in
            let told = Array((claims["nonce"]?.string ?? "").utf8)
            guard SignInStates.isSame(told, Array(nonce.utf8)) else {
                return "the token is of another sign-in"
            }
            // Of a token for several, who asked for it has to be named.
            let isForSeveral = claims["aud"]?.array.map { $0.count > 1 } ?? false
            guard claims["azp"] == nil ? !isForSeveral : claims["azp"]?.string == client else {
                return "somebody else asked for the token"
            }
            return nil
        }
        guard case .admitted(let subject) = verdict, case .issued(let untilMs) = subject.credential
        else { return verdict }
        return .admitted(
            HubSubject(
                name: subject.name, grants: subject.grants,
                credential: .issued(untilMs: max(untilMs, now + Self.sessionMs))))
    }

    /// - Parameter check: says what else of the claims does not hold; nil for nothing.
    private func subject(
        of text: String, _ settings: IssuerSettings, atMs now: Int64,
        check: (JSONValue) -> String?
    ) -> HubAccess.Verdict {
        do throws(SwerveError) {
            let token = try SignedToken(text)
            let (keys, fault) = state.withLock { state in
                let isFresh = BootClock.nowMs - state.fetchedAtMs < Self.keptMs
                return (isFresh ? state.keys : nil, state.fault)
            }
            guard let keys else {
                return Self.later("the issuer's keys are not here: \(fault?.reason ?? "not yet")")
            }
            let candidates = keys.candidates(id: token.keyID, token.algorithm)
            guard !candidates.isEmpty else {
                guard want() else {
                    return Self.refused("token-unknown", "the issuer has no such key")
                }
                return Self.later("the issuer is asked for its newest keys")
            }
            guard candidates.contains(where: { $0.isValid(token.signature, over: token.message) })
            else { return Self.refused("token-unknown", "the token's signature does not hold") }
            let claims = try token.claims()
            if let reason = check(claims) { return Self.refused("sign-in-refused", reason) }
            switch IssuedClaims(settings: settings).outcome(of: claims, atMs: now) {
            case .subject(let subject): return .admitted(subject)
            case .refused(let code, let reason): return Self.refused(code, reason)
            case .withoutRole(let name):
                return .refused(
                    HubProblem(
                        status: 403, code: Problem.Kind.rightLacking.rawValue,
                        detail: "\(name) has no role here"))
            }
        } catch {
            return Self.refused("token-malformed", error.reason)
        }
    }

    /// Whether keys are about to be fetched.
    private func want() -> Bool {
        let isWanted = state.withLock { $0.schedule.want(at: BootClock.nowMs) }
        if isWanted { wake.signal() }
        return isWanted
    }

    // MARK: - The thread

    private func run() {
        while true {
            let waitMs = state.withLock { state -> Int64? in
                state.isStopping ? nil : state.schedule.wait(at: BootClock.nowMs)
            }
            guard let waitMs else { return }
            if waitMs > 0 {
                _ = try? Poll.waitForAny([wake.descriptor], timeoutMs: Int(clamping: waitMs))
                wake.drain()
                continue
            }
            do throws(SwerveError) {
                let (keys, endpoints) = try fetch()
                state.withLock { state in
                    state.keys = keys
                    state.endpoints = endpoints
                    state.fetchedAtMs = BootClock.nowMs
                    state.fault = nil
                    state.schedule.fetched(isDone: true, at: BootClock.nowMs)
                }
            } catch {
                let isStopping = state.withLock { state in
                    state.fault = error
                    state.schedule.fetched(isDone: false, at: BootClock.nowMs)
                    return state.isStopping
                }
                if !isStopping { hear(error) }
            }
        }
    }

    private func fetch() throws(SwerveError) -> (keys: IssuerKeys, endpoints: Endpoints?) {
        let issuer = settings.issuer
        let act = "asking \(issuer.shortened(to: 200)) for its keys"
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        let discovery = try get("\(base)/.well-known/openid-configuration", act: act)
        guard discovery["issuer"]?.string == issuer else {
            throw SwerveError(
                .refused, act: act,
                reason: "it calls itself "
                    + (discovery["issuer"]?.string ?? "nothing").shortened(to: 200).printable,
                remedy: "write hub.oidc.issuer exactly as it calls itself")
        }
        guard let place = discovery["jwks_uri"]?.string else {
            throw SwerveError(.invalid, act: act, reason: "it does not say where its keys are")
        }
        let keys = try IssuerKeys(try get(place, act: act), act: act)
        guard settings.signIn != nil else { return (keys, nil) }
        do throws(SwerveError) {
            return (keys, try Self.endpoints(discovery, act: act))
        } catch {
            // Programs are let in all the same.
            hear(error)
            return (keys, nil)
        }
    }

    /// - Throws: for places that are not over https, and where it does not name both.
    private static func endpoints(
        _ discovery: JSONValue, act: String
    ) throws(SwerveError) -> Endpoints {
        func place(_ field: String) throws(SwerveError) -> String {
            guard let text = discovery[field]?.string, text.utf8.count <= addressBytes,
                text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
            else { throw SwerveError(.invalid, act: act, reason: "it has no \(field)") }
            _ = try address(text, act: act)
            return text
        }
        let methods = discovery["token_endpoint_auth_methods_supported"]?.array?.map(\.string)
        return Endpoints(
            authorization: try place("authorization_endpoint"),
            token: try place("token_endpoint"),
            takesBasic: methods?.contains("client_secret_basic") ?? true)
    }

    private func get(_ url: String, act: String) throws(SwerveError) -> JSONValue {
        let sink = Sink()
        var connection = WebConnection()
        connection.caFile = settings.caFile
        connection.totalMs = Self.patienceMs
        let answer = try WebClient(connection).get(
            .init(try Self.address(url, act: act)), limit: Int64(Self.answerBytes), sink: sink,
            act: act
        ) { [self] in state.withLock { $0.isStopping } }
        guard answer.isSuccess else { throw WebFault.error(answer, act: act) }
        return try JSONValue(parsing: sink.bytes, act: act, limit: Self.answerBytes)
    }

    /// What anybody on the way could change is no key.
    static func address(_ url: String, act: String) throws(SwerveError) -> WebAddress {
        let address = try WebAddress(url, act: act)
        guard address.scheme == .https || (address.scheme == .http && address.isLoopback) else {
            throw SwerveError(
                .usage, act: act, reason: "\(address.shown) is not over https",
                remedy: "give an address that begins with https://")
        }
        return address
    }

    private final class Sink: WebSink {
        var bytes: [UInt8] = []
        func begin(_ answer: WebAnswer) {}
        func take(_ more: [UInt8]) { bytes += more }
    }

    private static func refused(_ code: String, _ detail: String) -> HubAccess.Verdict {
        .refused(HubProblem.unauthorized(code, detail))
    }

    private static func later(_ detail: String) -> HubAccess.Verdict {
        var problem = HubProblem(status: 503, code: "issuer-away", detail: detail)
        problem.fields = [("Retry-After", "1")]
        return .refused(problem)
    }

    private static let patienceMs = 10_000
    private static let answerBytes = 512 << 10
    private static let addressBytes = 2_048
    /// How long who has signed in is believed to have the rights that they had then, at least.
    private static let sessionMs: Int64 = 3_600_000
    private static let keptMs: Int64 = 86_400_000
}

/// When keys are fetched next; a value, in milliseconds since the machine's start.
struct FetchSchedule: Sendable, Equatable {
    private var nextMs: Int64 = 0
    /// Before it nobody's token has them fetched.
    private var restedMs: Int64 = 0
    private var isWanted = false
    private var failures = 0

    /// How long to wait; 0 for no longer.
    func wait(at nowMs: Int64) -> Int64 { isWanted ? 0 : max(0, nextMs - nowMs) }

    /// A token names a key that is not known.
    ///
    /// - Returns: whether keys are about to be fetched.
    mutating func want(at nowMs: Int64) -> Bool {
        if nowMs >= restedMs {
            isWanted = true
            restedMs = nowMs + Self.restMs
        }
        return isWanted
    }

    mutating func fetched(isDone: Bool, at nowMs: Int64) {
        isWanted = false
        failures = isDone ? 0 : min(failures + 1, Self.failuresMax)
        nextMs = nowMs + (isDone ? Self.everyMs : Self.againMs << (failures - 1))
    }

    private static let everyMs: Int64 = 600_000
    private static let restMs: Int64 = 30_000
    private static let againMs: Int64 = 2_000
    /// Up to two minutes and a bit.
    private static let failuresMax = 7
}
