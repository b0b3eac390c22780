import Lifecycle
import Platform
import Transfer

/// The issuer whose tokens a hub takes, with its keys, which are fetched on a thread of its own.
///
/// Keys are fetched at the start, now and then, and where a token names one that is not known: that
/// at a bounded rate, since anybody can name any. While the issuer is away, the keys that are there
/// go on being taken, for a day.
final class TokenIssuer: Sendable {
    private struct State {
        var keys: IssuerKeys?
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

    /// Who a token stands for.
    ///
    /// - Parameter now: wall clock, milliseconds since 1970.
    /// - Returns: 503 while keys are to be fetched that it may be signed by.
    func subject(of text: String, atMs now: Int64) -> HubAccess.Verdict {
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
            switch IssuedClaims(settings: settings).outcome(of: try token.claims(), atMs: now) {
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
                let keys = try fetch()
                state.withLock { state in
                    state.keys = keys
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

    private func fetch() throws(SwerveError) -> IssuerKeys {
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
        return try IssuerKeys(try get(place, act: act), act: act)
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
    private static func address(_ url: String, act: String) throws(SwerveError) -> WebAddress {
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
