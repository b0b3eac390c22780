import Lifecycle

/// What a token says whose signature is the issuer's, held against what this hub takes.
struct IssuedClaims: Sendable {
    /// What came of it.
    enum Outcome: Sendable {
        case subject(HubSubject)
        /// The token does not hold, by a code of `HubProblem`.
        case refused(code: String, reason: String)
        /// It holds, and is good for nothing here.
        case withoutRole(name: String)
    }

    let settings: IssuerSettings

    /// - Parameter now: wall clock, milliseconds since 1970.
    func outcome(of claims: JSONValue, atMs now: Int64) -> Outcome {
        guard claims["iss"]?.string == settings.issuer else {
            return .refused(code: "token-unknown", reason: "the token is of another issuer")
        }
        guard Self.texts(claims["aud"]).contains(settings.audience) else {
            return .refused(code: "token-audience", reason: "the token is for somebody else")
        }
        guard let end = Self.milliseconds(claims["exp"]) else {
            return .refused(code: "token-malformed", reason: "the token has no end")
        }
        guard now < end + Self.leewayMs else {
            return .refused(code: "token-expired", reason: "the token's time is over")
        }
        if let given = claims["nbf"] {
            guard let beginning = Self.milliseconds(given), beginning - Self.leewayMs <= now else {
                return .refused(code: "token-early", reason: "the token does not hold yet")
            }
        }
        guard let name = claims[settings.nameClaim]?.string, Self.isName(name) else {
            return .refused(
                code: "token-malformed",
                reason: "the token does not name its subject by '\(settings.nameClaim)'")
        }
        let values = Set(Self.texts(found(in: claims)))
        let grants = settings.rules.filter { values.contains($0.value) }.map(\.grant)
        let subject = "\(name) (oidc)"
        guard !grants.isEmpty else { return .withoutRole(name: subject) }
        return .subject(
            HubSubject(
                name: subject, grants: grants, credential: .issued(untilMs: end + Self.leewayMs)))
    }

    /// The claim of that whole name, else the one inside of others.
    private func found(in claims: JSONValue) -> JSONValue? {
        if let whole = claims[settings.claim] { return whole }
        return settings.claim.split(separator: ".", maxSplits: Self.depthMax)
            .reduce(Optional(claims)) { $0?[String($1)] }
    }

    /// One text, or the texts of a list.
    private static func texts(_ value: JSONValue?) -> [String] {
        if let text = value?.string { return [text] }
        return (value?.array ?? []).compactMap(\.string)
    }

    /// Of seconds since 1970; nil for what is no time.
    private static func milliseconds(_ value: JSONValue?) -> Int64? {
        guard let seconds = value?.double, seconds.isFinite, (0...secondsMax).contains(seconds)
        else { return nil }
        return Int64(seconds * 1_000)
    }

    /// It stands in the audit chain, in logs and on pages.
    private static func isName(_ name: String) -> Bool {
        (1...nameBytes).contains(name.utf8.count) && name == name.printable
    }

    /// Clocks of two machines.
    private static let leewayMs: Int64 = 60_000
    private static let secondsMax = 253_402_300_799.0
    private static let nameBytes = 200
    private static let depthMax = 8
}
