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
