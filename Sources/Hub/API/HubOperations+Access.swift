import Lifecycle
import Operations

/// Who may ask for what.
extension HubOperations {
    static let access: [HubOperation] = [
        whoami, tokens, createToken.tellingSecret(), revokeToken,
    ]

    private static let whoami = HubOperation(
        name: "whoami", method: "GET", path: "/v1/whoami",
        summary: "Whom the token stands for, and what it is good for.", right: .reader,
        form: HubOperation.form(of: Whoami.self)
    ) { call throws(SwerveError) in
        HubOperation.Answer(document: try JSONValueEncoder.encode(Whoami(call.subject)))
    }

    /// Whom a token stands for.
    private struct Whoami: Codable {
        struct Grant: Codable {
            let role: HubRole
            let models: ModelPattern
        }

        let name: String
        /// The highest that it has for any model.
        let role: HubRole
        let grants: [Grant]

        init(_ subject: HubSubject) {
            name = subject.name
            role = subject.role
            grants = subject.grants.map { Grant(role: $0.role, models: $0.models) }
        }
    }

    private static let tokens = HubOperation(
        "tokens", "GET", "/v1/tokens", .admin,
        "The tokens, revoked ones among them, without their texts."
    ) { (backend, request: TokensRequest) throws(SwerveError) in try backend.tokens(request) }

    private static let createToken = HubOperation(
        "create-token", "POST", "/v1/tokens", .admin,
        "Makes a token; its text is in the answer, and nowhere else.",
        body: [
            .init("name", .string, isRequired: true, "the token's name, never used again"),
            .init("role", .string, isRequired: true, HubRole.names),
            .init("models", .string, "of names of models, as in http-*,login; all without"),
            .init("lifetime", .string, "as in 90d, 12h, or never; 90d without"),
        ], isLong: true,
        shape: { fields in
            fields["models"] = fields["models"] ?? .string("\(ModelPattern.all)")
            fields["lifetime"] = fields["lifetime"] ?? .string("\(TokenLifetime.standard)")
        }
    ) { (backend, request: CreateTokenRequest) throws(SwerveError) in
        try backend.createToken(request)
    }

    private static let revokeToken = HubOperation(
        "revoke-token", "POST", "/v1/tokens/{name}/revoke", .admin, "Ends a token, for good.",
        body: [reason], isLong: true, shape: reasoned
    ) { (backend, request: RevokeTokenRequest) throws(SwerveError) in
        try backend.revokeToken(request)
    }
}
