import Lifecycle
import Platform
import Registry

/// Finds out who a token stands for: one of the registry's, or one that an issuer signed.
///
/// Any thread; a call reads the registry, so one that was revoked does not hold from then on.
final class TokenDesk: Sendable {
    private struct State {
        var failures = FailedAttempts()
        var admitted = AdmittedTokens()
        var uses = TokenUses()
        /// Refusals by code, since the start.
        var refusals: [String: Int] = [:]
        /// Tokens that the audit chain bore out, since the start.
        var borneOut: Set<ModelName> = []
    }

    private let registry: @Sendable () throws(SwerveError) -> Registry
    private let issuer: TokenIssuer?
    private let state = Guarded(State())

    /// - Parameter issuer: nil where nobody's tokens count but the registry's.
    init(
        registry: @escaping @Sendable () throws(SwerveError) -> Registry, issuer: TokenIssuer? = nil
    ) {
        self.registry = registry
        self.issuer = issuer
    }

    /// Who the text stands for.
    ///
    /// Failures are counted for `peer`, and slowed; a token that held before is not slowed by them,
    /// nor is one that an issuer signed: nobody guesses a signature, and behind a proxy all who ask
    /// have one address.
    func subject(of text: String, from peer: String) -> HubAccess.Verdict {
        let nowMs = BootClock.nowMs
        let token = Self.digest(of: text)
        let isCounted = issuer == nil || text.hasPrefix(HubToken.prefix)
        let wait = state.withLock { state in
            !isCounted || state.admitted.contains(token)
                ? nil : state.failures.wait(peer, at: nowMs)
        }
        if let wait {
            count(Self.slowed)
            return .refused(Self.slowed(for: wait))
        }
        let verdict = look(text, token)
        switch verdict {
        case .admitted(let subject):
            state.withLock { state in
                state.admitted.add(token, of: subject.name, at: nowMs)
                guard case .token(let name) = subject.credential else { return }
                state.uses.note(name, at: nowMs, wallMs: WallClock.nowMs)
            }
        case .refused(let problem) where problem.status == 401:
            count(problem.code)
            state.withLock { state in
                state.admitted.remove(token)
                if isCounted { state.failures.fail(peer, at: nowMs) }
            }
        case .refused(let problem): count(problem.code)
        }
        return verdict
    }

    /// Who the text stood for when it held last; nil where that is not known.
    ///
    /// Waits for nothing.
    func lastSubject(of text: String) -> String? {
        let token = Self.digest(of: text)
        return state.withLock { $0.admitted.subject(of: token) }
    }

    private static func digest(of text: String) -> RawDigest {
        var hash = ContentHash()
        hash.update(Array(text.utf8))
        return hash.rawDigest()
    }

    /// Who has signed in before, as it is now; nil where that does not hold any more.
    ///
    /// - Throws: where the registry cannot be read.
    func current(_ subject: HubSubject) throws(SwerveError) -> HubSubject? {
        switch subject.credential {
        case .none: return nil
        case .issued(let untilMs): return untilMs > WallClock.nowMs ? subject : nil
        case .token(let name):
            guard let token = try registry().token(name), token.revocation == nil,
                !token.isExpired(atMs: WallClock.nowMs)
            else { return nil }
            state.withLock {
                $0.uses.note(name, at: BootClock.nowMs, wallMs: WallClock.nowMs)
            }
            return token.hubSubject
        }
    }

    /// Counts a refusal that was not about a token's text.
    func count(_ code: String) { state.withLock { $0.refusals[code, default: 0] += 1 } }

    /// Refusals since the start, by code.
    var refusals: [String: Int] { state.withLock { $0.refusals } }

    /// The token that ends next of those that hold; nil where none ends.
    ///
    /// - Throws: where the registry cannot be read.
    func nextEnd(atMs now: Int64) throws(SwerveError) -> Int64? {
        try registry().tokens().filter { $0.revocation == nil }
            .compactMap { $0.expiresAt.flatMap(Timestamp.milliseconds(of:)) }
            .filter { $0 > now }.min()
    }

    /// When tokens were used, for the registry; each is given once.
    func takeUses() -> [ModelName: String] {
        state.withLock { $0.uses.take(at: BootClock.nowMs) }
    }

    private func look(_ text: String, _ token: RawDigest) -> HubAccess.Verdict {
        do throws(SwerveError) {
            guard text.hasPrefix(HubToken.prefix) else { return issued(text) }
            guard HubToken(text) != nil else {
                return Self.refused("token-malformed", "the token is mistyped, or cut off")
            }
            return try registered(token.digest)
        } catch {
            return .refused(HubProblem(error))
        }
    }

    private func registered(_ sha256: Digest) throws(SwerveError) -> HubAccess.Verdict {
        let registry = try registry()
        guard let token = try registry.token(sha256: sha256) else {
            return Self.refused("token-unknown", "no such token is known")
        }
        if let revocation = token.revocation {
            return Self.refused(
                "token-revoked", "token \(token.name) was revoked at \(revocation.at)")
        }
        guard !token.isExpired(atMs: WallClock.nowMs) else {
            return Self.refused(
                "token-expired", "token \(token.name) was good until \(token.expiresAt ?? "?")")
        }
        // Once a start: it reads the chain.
        if !state.withLock({ $0.borneOut.contains(token.name) }) {
            do throws(SwerveError) {
                try registry.requireToken(token.name)
            } catch {
                guard error.code == .refused else { throw error }
                return Self.refused("token-unknown", error.reason)
            }
            _ = state.withLock { $0.borneOut.insert(token.name) }
        }
        return .admitted(token.hubSubject)
    }

    private func issued(_ text: String) -> HubAccess.Verdict {
        guard let issuer else {
            return Self.refused("token-unknown", "that is no token of this hub")
        }
        return issuer.subject(of: text, atMs: WallClock.nowMs)
    }

    private static func refused(_ code: String, _ detail: String) -> HubAccess.Verdict {
        .refused(HubProblem.unauthorized(code, detail))
    }

    private static let slowed = "too-many-failures"

    private static func slowed(for seconds: Int) -> HubProblem {
        var problem = HubProblem(
            status: 429, code: slowed,
            detail: "too many tokens from this address did not hold; wait \(seconds) s")
        problem.fields = [("Retry-After", "\(seconds)")]
        return problem
    }
}

extension RegisteredToken {
    /// Who acts with it.
    var hubSubject: HubSubject {
        HubSubject(
            name: subject, grants: [HubSubject.Grant(role: role, models: models)],
            credential: .token(name))
    }
}
