package import Lifecycle
package import Registry

/// A token of the hub for somebody, who gets its text from the result: it is told once.
package struct CreateTokenRequest: Codable, Sendable, Equatable {
    package let name: ModelName
    package let role: HubRole
    package let models: ModelPattern
    package let lifetime: TokenLifetime

    package init(
        name: ModelName, role: HubRole, models: ModelPattern = .all,
        lifetime: TokenLifetime = .standard
    ) {
        self.name = name
        self.role = role
        self.models = models
        self.lifetime = lifetime
    }
}

package struct CreateTokenResult: Codable, Sendable, Equatable {
    package let token: RegisteredToken
    /// The token's text, which is kept nowhere: whoever has it has the right.
    package let secret: String
}

/// The tokens, revoked ones among them.
package struct TokensRequest: Codable, Sendable, Equatable {
    package init() {}
}

package struct TokensResult: Codable, Sendable, Equatable {
    /// The newest first.
    package let tokens: [RegisteredToken]
}

/// The end of a token.
package struct RevokeTokenRequest: Codable, Sendable, Equatable {
    package let name: ModelName
    package let reason: String

    package init(name: ModelName, reason: String) {
        self.name = name
        self.reason = reason
    }
}

package struct RevokeTokenResult: Codable, Sendable, Equatable {
    /// As it is now; nil where somebody took its row away meanwhile.
    package let token: RegisteredToken?
    /// Why nothing had to be changed; nil where something was.
    package let already: SwerveError?
}
