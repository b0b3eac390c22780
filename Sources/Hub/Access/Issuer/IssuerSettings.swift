package import Lifecycle

/// Whose tokens a hub takes beside its own, and what they are good for.
package struct IssuerSettings: Sendable, Equatable {
    /// A value of the claim, and what whoever has it may.
    package struct Rule: Sendable, Equatable {
        package let value: String
        package let grant: HubSubject.Grant

        /// Reads `VALUE=ROLE` and `VALUE=ROLE:MODELS`, where `MODELS` is one name or pattern.
        ///
        /// - Throws: `.usage`.
        package init(_ text: String) throws(SwerveError) {
            guard let mark = text.lastIndex(of: "="), mark != text.startIndex else {
                throw SwerveError(
                    .usage, act: "reading the rule '\(text.shortened(to: 80))'",
                    reason: "not VALUE=ROLE or VALUE=ROLE:MODELS",
                    remedy: "write it as in ml-team=promoter:http-*")
            }
            value = String(text[..<mark])
            let parts = text[text.index(after: mark)...].split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            grant = HubSubject.Grant(
                role: try HubRole(String(parts[0])),
                models: parts.count > 1 ? try ModelPattern(String(parts[1])) : .all)
        }
    }

    /// How people sign in there with a browser.
    package struct SignIn: Sendable, Equatable {
        /// The hub, as the issuer knows it.
        package var clientID: String
        /// Its secret, or a file that holds it, read at each sign-in; nil for a public client.
        package var secret: String?
        package var secretFile: String?
        package var scopes: [String]
        /// Where browsers reach this hub, without a slash at its end.
        package var publicURL: String

        package init(
            clientID: String, secret: String? = nil, secretFile: String? = nil,
            scopes: [String] = ["openid"], publicURL: String
        ) {
            self.clientID = clientID
            self.secret = secret
            self.secretFile = secretFile
            self.scopes = scopes
            self.publicURL = publicURL
        }
    }

    /// Exactly as its tokens name it.
    package var issuer: String
    /// What its tokens are to be for.
    package var audience: String
    /// Which claim says what somebody may; `a.b` also the `b` inside of `a`.
    package var claim: String
    /// Which claim names somebody in the audit chain.
    package var nameClaim: String
    package var rules: [Rule]
    /// Certificates in PEM that the issuer is believed by; nil for the system's.
    package var caFile: String?
    /// Nil where nobody signs in there.
    package var signIn: SignIn?

    package init(
        issuer: String, audience: String, claim: String, nameClaim: String = "sub", rules: [Rule],
        caFile: String? = nil
    ) {
        self.issuer = issuer
        self.audience = audience
        self.claim = claim
        self.nameClaim = nameClaim
        self.rules = rules
        self.caFile = caFile
    }
}
